"""Of two schedulers one leads, and the lead does not outlive its holder."""

import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from sqlalchemy import event, text

from studio.db.engine import Engine, open_engine
from studio.db.leadership import Leadership, PostgresLeadership, leadership_of

ROOT = Path(__file__).resolve().parents[3]
SCRIPT = """
import sys
from studio.db.engine import open_engine
from studio.db.leadership import leadership_of
lead = leadership_of(open_engine(sys.argv[1]))
print(lead.hold(), flush=True)
sys.stdin.read()
"""


def until_held(lead: Leadership) -> None:
    """Wait for it: a server takes a moment to notice that a session is gone."""
    pause, deadline_s = threading.Event(), time.monotonic() + 60
    while not lead.hold():
        assert time.monotonic() < deadline_s, "nobody let go of it"
        pause.wait(0.01)


def test_one_holds_it_and_the_other_waits_for_its_release(engine: Engine) -> None:
    one, other = leadership_of(engine), leadership_of(engine)
    assert not other.elsewhere
    assert (one.hold(), one.hold(), other.hold()) == (True, True, False)
    assert (one.elsewhere, other.elsewhere) == (False, True)
    one.release()
    assert (other.hold(), one.hold()) == (True, False)
    assert (other.elsewhere, one.elsewhere) == (False, True)
    other.release()
    one.release()  # who waits keeps the connection that it asks on


def test_a_killed_process_leads_no_longer(engine: Engine) -> None:
    url = engine.url.render_as_string(hide_password=False)
    with subprocess.Popen(
        [sys.executable, "-c", SCRIPT, url],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as other:  # fmt: skip
        assert other.stdout is not None
        assert other.stdout.readline() == "True\n"
        mine = leadership_of(engine)
        assert not mine.hold()
        other.kill()
    until_held(mine)
    mine.release()


def test_a_cut_connection_loses_the_lead_and_notices(postgres_url: str) -> None:
    engine = open_engine(postgres_url)
    one, other = PostgresLeadership(engine), PostgresLeadership(engine)
    assert one.hold()
    with engine.begin() as connection:
        connection.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_locks "
                "WHERE locktype = 'advisory' AND granted"
            )
        )
    until_held(other)
    assert not one.hold()
    other.release()
    assert one.hold()
    one.release()
    engine.dispose()


def test_a_server_is_told_to_let_go_of_a_machine_that_lost_its_power(postgres_url: str) -> None:
    """Else it keeps the lock for two hours. Over a local socket the settings are taken and moot."""
    engine = open_engine(postgres_url)
    said: list[str] = []
    lead = PostgresLeadership(engine)
    event.listen(
        lead._engine, "before_cursor_execute", lambda _c, _cursor, sql, *_: said.append(sql)
    )
    assert lead.hold()
    assert lead.hold()
    lock = next(place for place, sql in enumerate(said) if "pg_try_advisory_lock" in sql)
    settings = {"tcp_keepalives_idle", "tcp_keepalives_interval", "tcp_keepalives_count"}
    assert {sql.split()[1] for sql in said[:lock]} == settings | {"tcp_user_timeout"}
    lead.release()
    engine.dispose()


def test_a_server_that_is_gone_gives_the_lead_to_nobody() -> None:
    engine = open_engine("postgresql+psycopg://nobody@127.0.0.1:1/none")
    lead = leadership_of(engine)
    assert (lead.hold(), lead.elsewhere) == (False, False)


@pytest.mark.parametrize("database", ["", "shop.sqlite"])
def test_databases_of_one_folder_have_leads_of_their_own(tmp_path: Path, database: str) -> None:
    one = leadership_of(open_engine(f"sqlite:///{tmp_path / 'packshot.sqlite'}"))
    other = leadership_of(open_engine(f"sqlite:///{tmp_path / (database or 'packshot.sqlite')}"))
    assert one.hold()
    assert other.hold() is bool(database)
    one.release()
    other.release()
