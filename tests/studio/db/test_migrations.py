"""The steps of the migrations give exactly the tables of the code, up and down, on both kinds."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import inspect, text

from studio.bootstrap.databases import METADATA
from studio.db import migrating, migrations
from studio.db.engine import Engine, KeysBroken, open_engine, reading, reshaping, writing
from studio.db.migrations import HEAD
from studio.db.revision import MARK, create_current, revision_of
from studio.services.errors import DatabaseAhead, DatabaseBehind, StepNotFound
from studio.services.schema import Schema

ROOT = Path(__file__).resolve().parents[3]
OPEN = """\
from assets.index.tables import METADATA as assets
from gpu.queues.tables import METADATA as jobs
from studio.db.engine import open_engine
from studio.db.tables import METADATA
from studio.services.schema import Schema
for _ in range(2): Schema(open_engine("{url}"), (assets, jobs, METADATA)).make_ready()
import sys
print("alembic" in sys.modules)
"""
OURS = {name for part in METADATA for name in part.tables}


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """A database without a table, once of each kind."""
    name = "sqlite_url" if request.param == "sqlite" else "postgres_url"
    opened = open_engine(request.getfixturevalue(name))
    yield opened
    opened.dispose()


@pytest.fixture
def schema(engine: Engine) -> Schema:
    return Schema(engine, METADATA)


def tables(engine: Engine) -> set[str]:
    return set(inspect(engine).get_table_names()) - {MARK}


def take_all_steps(engine: Engine) -> None:
    with reshaping(engine) as connection:
        migrating.upgrade(connection, METADATA)


def mark(engine: Engine, revision: str) -> None:
    with writing(engine) as connection:
        connection.execute(text(f"UPDATE {MARK} SET version_num = '{revision}'"))


def shape(engine: Engine) -> dict[str, list[str]]:
    """What each table consists of, line by line, in an order of its own."""
    if engine.dialect.name == "sqlite":
        with reading(engine) as connection:
            rows = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE sql <> ''"))
            return {
                row.name: sorted(re.sub(r'[",\s]+', " ", line).strip()
                                 for line in re.sub(r",\s*\n", "\n", row.sql).splitlines())
                for row in rows if not row.name.startswith("sqlite_")
            }  # fmt: skip
    with reading(engine) as connection:
        rows = connection.execute(
            text(
                "SELECT c.relname AS name, c.relkind::text || coalesce(pg_get_partkeydef(c.oid), '')"
                " || coalesce(pg_get_indexdef(i.indexrelid), '') AS what, a.attname || ' ' ||"
                " format_type(a.atttypid, a.atttypmod) || ' ' || a.attnotnull::text || ' ' ||"
                " a.attidentity::text || ' ' || coalesce(pg_get_expr(d.adbin, d.adrelid), '') AS line"
                " FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
                " JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0"
                " LEFT JOIN pg_index i ON i.indexrelid = c.oid"
                " LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum"
                " WHERE n.nspname = 'public'"
            )
        )
        found: dict[str, list[str]] = {}
        for row in rows:
            found.setdefault(row.name, [row.what]).append(row.line)
        return {name: sorted(lines) for name, lines in found.items()}


def test_the_steps_give_exactly_the_tables_of_the_code(engine: Engine) -> None:
    take_all_steps(engine)
    with reading(engine) as connection:
        assert revision_of(connection) == HEAD
        assert migrating.differences(connection, METADATA) == ()
    stepped = shape(engine)
    with reshaping(engine) as connection:
        migrating.downgrade(connection, METADATA, to="base")
    assert tables(engine) == set()
    with reshaping(engine) as connection:
        create_current(connection, METADATA)
    assert shape(engine) == stepped


def test_every_step_can_be_taken_back_and_taken_again(engine: Engine) -> None:
    revisions = ["base", *(step.revision for step in migrating.steps())]
    assert revisions[-1] == HEAD
    take_all_steps(engine)
    for before in reversed(revisions[:-1]):
        with reshaping(engine) as connection:
            migrating.downgrade(connection, METADATA, to=before)
            assert (revision_of(connection) or "base") == before
    assert tables(engine) == set()
    for revision in revisions[1:]:
        with reshaping(engine) as connection:
            migrating.upgrade(connection, METADATA, to=revision)
    assert tables(engine) == OURS


def test_a_new_database_gets_all_tables_and_the_mark_by_itself(
    schema: Schema, engine: Engine
) -> None:
    schema.make_ready()
    schema.make_ready()
    assert tables(engine) == OURS
    found = schema.status()
    assert (found.revision, found.waiting, found.tables) == (HEAD, (), len(OURS))
    assert schema.check() == ()


def test_what_differs_is_named(schema: Schema, engine: Engine) -> None:
    schema.make_ready()
    with writing(engine) as connection:
        connection.execute(text("ALTER TABLE notice ADD COLUMN colour VARCHAR(8)"))
        connection.execute(text("DROP INDEX audit_by_subject"))
    found = schema.check()
    assert len(found) == 2
    assert any("colour" in line for line in found)
    assert any("audit_by_subject" in line for line in found)


def test_tables_of_other_programs_are_left_alone(schema: Schema, engine: Engine) -> None:
    with writing(engine) as connection:
        connection.execute(text("CREATE TABLE shop_order (id INTEGER PRIMARY KEY)"))
    schema.make_ready()
    assert schema.check() == ()
    assert schema.downgrade(to="base").tables == 0
    assert tables(engine) == {"shop_order"}
    assert schema.upgrade().created == tuple(sorted(OURS))


def test_tables_without_a_mark_are_completed_and_marked(schema: Schema, engine: Engine) -> None:
    for part in METADATA:
        part.create_all(engine)
    with writing(engine) as connection:
        connection.execute(text("DROP TABLE audit"))
    schema.make_ready()
    assert schema.status().revision == HEAD
    assert tables(engine) == OURS


def test_tables_without_a_mark_that_lack_something_are_not_touched(
    schema: Schema, engine: Engine
) -> None:
    with writing(engine) as connection:
        connection.execute(text("CREATE TABLE api_key (id VARCHAR(32) PRIMARY KEY)"))
    for act in (
        schema.make_ready,
        schema.upgrade,
        lambda: schema.upgrade(to=HEAD),
        lambda: schema.downgrade(to="base"),
    ):
        with pytest.raises(DatabaseBehind, match=r"lacks api_key\.name") as caught:
            act()
        assert "move it away" in str(caught.value)
    assert "api_key.name" in schema.status().lacks
    assert tables(engine) == {"api_key"}


def test_a_database_of_a_newer_version_is_refused_and_kept(schema: Schema, engine: Engine) -> None:
    schema.make_ready()
    mark(engine, "9999")
    for act in (schema.make_ready, schema.upgrade):
        with pytest.raises(DatabaseAhead, match="9999"):
            act()
    assert schema.status().waiting == ()
    with pytest.raises(DatabaseAhead):
        schema.downgrade(to="base")
    assert tables(engine) == OURS


def test_a_step_that_is_not_there_is_named(schema: Schema) -> None:
    for act in (schema.upgrade, schema.downgrade):
        with pytest.raises(StepNotFound, match=HEAD):
            act(to="0815")


@pytest.fixture
def older(engine: Engine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Engine:
    """A database at the newest step, and a version of the code that has one step more."""
    folder = tmp_path / "migrations"
    source = Path(migrations.__file__).parent
    (folder / "versions").mkdir(parents=True)
    for file in (*source.glob("*.py"), *source.glob("*.mako"), *source.glob("versions/*.py")):
        (folder / file.relative_to(source)).write_bytes(file.read_bytes())
    (folder / "versions" / "r9000_more.py").write_text(
        f'"""A colour for webhooks."""\nimport sqlalchemy as sa\nfrom alembic import op\n'
        f'revision = "9000"\ndown_revision = "{HEAD}"\nbranch_labels = depends_on = None\n'
        "def upgrade():\n    with op.batch_alter_table('webhook', recreate='auto') as batch:\n"
        "        batch.add_column(sa.Column('colour', sa.String(8)))\n"
        "        batch.alter_column('url', existing_type=sa.Text(), type_=sa.String(4096))\n"
        "def downgrade():\n    with op.batch_alter_table('webhook') as batch:\n"
        "        batch.drop_column('colour')\n"
    )
    take_all_steps(engine)
    monkeypatch.setattr(migrations, "__file__", str(folder / "__init__.py"))
    for name in ("studio.db.revision.HEAD", "studio.services.schema.HEAD"):
        monkeypatch.setattr(name, "9000")
    return engine


def columns(engine: Engine, table: str) -> set[str]:
    return {column["name"] for column in inspect(engine).get_columns(table)}


def test_an_older_embedded_database_moves_on_by_itself_and_a_server_waits_to_be_told(
    older: Engine, schema: Schema
) -> None:
    with writing(older) as connection:
        connection.execute(
            text("INSERT INTO webhook VALUES ('w', 'https://x.example', '[]', 's', 1.0, NULL)")
        )
    assert schema.status().waiting == (("9000", "A colour for webhooks"),)
    if older.dialect.name == "postgresql":
        with pytest.raises(DatabaseBehind, match="packshot db upgrade"):
            schema.make_ready()
        assert "colour" not in columns(older, "webhook")
        schema.upgrade()
    schema.make_ready()
    assert "colour" in columns(older, "webhook")
    assert schema.status().revision == "9000"
    moved = schema.downgrade(to=HEAD)
    assert (moved.before, moved.after, moved.dropped) == ("9000", HEAD, ())
    assert "colour" not in columns(older, "webhook")


def test_rows_that_would_point_to_nothing_take_a_change_back(sqlite_url: str) -> None:
    engine = open_engine(sqlite_url)
    Schema(engine, METADATA).make_ready()

    def break_keys() -> None:
        with reshaping(engine) as connection:
            connection.execute(
                text("INSERT INTO test_segment (test_id, position, name, rule) "
                     "VALUES ('nobody', 0, 'x', '{}')")
            )  # fmt: skip

    with pytest.raises(KeysBroken, match="test_segment"):
        break_keys()
    with writing(engine) as connection:
        assert connection.execute(text("PRAGMA foreign_keys")).scalar() == 1
        assert connection.execute(text("SELECT count(*) FROM test_segment")).scalar() == 0
    engine.dispose()


def test_two_processes_that_open_a_new_database_make_it_once(
    engine: Engine, tmp_path: Path
) -> None:
    """And import no Alembic: every command opens it, and would take 0.15 s of CPU time more."""
    url = engine.url.render_as_string(hide_password=False)
    command = [sys.executable, "-c", OPEN.format(url=url)]
    both = [
        subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(2)
    ]
    told = [one.communicate(timeout=60)[0] for one in both]
    assert [one.returncode for one in both] == [0, 0]
    assert told == ["False\n", "False\n"]
    assert tables(engine) == OURS
