"""A server that starts while its database hangs, its last snapshot damaged: it answers from the one
before, and becomes whole."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import NullPool, create_engine

from studio.bootstrap.shell import open_shell
from studio.services.tests import NewTest, NewVariant, Tests
from studio.settings import Settings
from tests.faults.packshot import packshot
from tests.faults.waiting import until
from tests.studio.serving import photo

VARIANTS = ("white", "oak")


@contextmanager
def hanging(url: str) -> Iterator[Callable[[], None]]:
    """A PostgreSQL that takes connections and answers nothing, until it is let go on."""
    admin = create_engine(url, poolclass=NullPool)
    with admin.connect() as connection:
        folder = Path(str(connection.exec_driver_sql("SHOW data_directory").scalar()))
    first = int((folder / "postmaster.pid").read_text().split()[0])
    os.kill(first, signal.SIGSTOP)
    try:
        yield lambda: os.kill(first, signal.SIGCONT)
    finally:
        os.kill(first, signal.SIGCONT)


def started(tests: Tests, item: str, *, image: str = "") -> str:
    variants = tuple(NewVariant(name=name, image=image or f"{name}.webp") for name in VARIANTS)
    made = tests.create(NewTest(item=item, variants=variants), who="merchant")
    return tests.start(made.id, who="merchant").id


def test_a_server_answers_at_once_and_becomes_whole(tmp_path: Path, postgres_url: str) -> None:
    home = tmp_path / "home"
    shell = open_shell(Settings(home=home, database_url=postgres_url, images="signed"))
    digest = shell.store.put(photo()).digest
    test = started(shell.tests, "mug", image=digest)
    shell.feed.refresh()  # what the server before this one left
    started(shell.tests, "vase")
    shell.feed.refresh()
    shell.tenants.create("acme")
    acme = open_shell(shell.settings.of_tenant("acme"), beside=shell)
    started(acme.tests, "tea", image=acme.store.put(photo()).digest)
    acme.feed.refresh()
    keys = {
        name: own.keys.create(name="all", scopes=["decide", "events"]).secret
        for name, own in (("", shell), ("acme", acme))
    }
    shell.engine.dispose()
    # The last that it wrote is damaged: the one before it serves.
    file = home / "snapshot.json"
    file.write_bytes(file.read_bytes()[:-20])
    environment = {
        "PACKSHOT_DATABASE_URL": postgres_url,
        "PACKSHOT_WORKERS": "1",
        "PACKSHOT_IMAGES": "signed",
    }

    def ask(path: str, body: dict[str, Any] | None = None, *, tenant: str = "") -> httpx.Response:
        method, headers = "GET", {}
        if body is not None:
            method, headers = "POST", {"Authorization": f"Bearer {keys[tenant]}"}
        return httpx.request(method, server.url + path, json=body, headers=headers, timeout=60)

    def decided(item: str, *, tenant: str = "") -> dict[str, Any]:
        answer = ask("/v1/decide", {"unit": "u", "items": [item]}, tenant=tenant)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()["decisions"][0]
        return found

    def reason(item: str) -> str:
        return str(decided(item)["reason"])

    def sees_its_picture() -> None:
        url = str(decided("mug")["image"])
        assert url.startswith(f"/v1/assets/{digest}?sig=")
        shown = ask(url)
        assert (shown.status_code, shown.headers["content-type"]) == (200, "image/jpeg"), shown.text
        assert ask(f"{url}x").status_code == 403

    seen = {
        "id": "1", "type": "impression", "unit": "u", "item": "mug", "test": test,
        "variant": "oak", "ts": time.time(),
    }  # fmt: skip
    with hanging(postgres_url) as let_go, packshot(home, environment=environment) as server:
        told = server.logged("database_away")
        assert [line["why"] for line in told] == ["no answer within 1 s"]
        assert server.logged("snapshot_damaged", file=file.name)
        assert [reason("mug") for _ in range(20)] == ["test"] * 20
        assert reason("vase") == "unknown_item"
        sees_its_picture()
        tea = decided("tea", tenant="acme")
        assert tea["reason"] == "test"
        assert ask(str(tea["image"])).status_code == 200
        ready = ask("/readyz").json()
        assert ready["ready"]
        assert "database_away" in ready["reasons"]
        let_go()
        until(lambda: bool(server.logged("database_back")), "a database that is back")
        until(lambda: not ask("/readyz").json()["degraded"], lambda: ask("/readyz").text)
        until(lambda: reason("vase") == "test", "all that was known before")
        sees_its_picture()
        assert ask("/v1/events", {"events": [seen]}).json()["accepted"] == 1
        started(shell.tests, "cup")
        until(lambda: reason("cup") == "test", "what has changed since")
        shell.engine.dispose()
        assert server.stop() == 0
