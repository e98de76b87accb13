"""What a process does for its tenants besides answering."""

from __future__ import annotations

import threading
from dataclasses import replace
from functools import partial
from pathlib import Path

import httpx
import pytest

from studio.api.services import Services, Tenancy
from studio.api.tenancy import Part, tenants_at_work
from studio.bootstrap.server import api_services, tenancy_of, tenant_services
from studio.bootstrap.shell import open_shell
from studio.db.engine import DatabaseSilent
from studio.services.scheduling import Duty, Rounds
from studio.services.tenants import Tenants
from studio.settings import Settings
from tests.faults.waiting import until
from tests.studio.serving import running

SLOW = 4
"""As many as there are threads for one kind of work."""
LONG_S = 3600.0
PATIENCE_S = 20.0


def test_tenants_streams_end_with_the_server(tmp_path: Path) -> None:
    """One that did not hear of the end held the server up for half a minute, and was cut off."""
    shell = open_shell(Settings(home=tmp_path, workers=1, database_url="", stream_url=""))
    shell.tenants.create("acme")
    services = api_services(shell)
    assert services.tenancy is not None
    services.tenancy.look(lambda _begun: None)
    own = services.tenancy.services["acme"]
    assert not own.stopping.is_set()
    services.stopping.set()
    assert own.stopping.is_set()
    for each in (own.keys._engine, shell.engine):
        each.dispose()


def test_a_start_without_the_database_does_not_ask_it_again_who_there_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that hangs kept a server from answering for ten seconds more."""
    shell = open_shell(Settings(home=tmp_path, workers=1, database_url="", stream_url=""))
    for name in ("acme", "new"):
        shell.tenants.create(name)
    (shell.settings.of_tenant("acme").home_dir / "snapshot.json").touch()
    asked = []
    read = Tenants.names

    def ask(tenants: Tenants) -> tuple[str, ...]:
        asked.append(1)
        return read(tenants)

    monkeypatch.setattr(Tenants, "names", ask)
    tenancy = tenancy_of(replace(shell, away=True))
    for names, times in ((["acme"], 0), (["acme", "new"], 1)):
        tenancy.look(lambda _begun: None)
        assert (sorted(tenancy.services), len(asked)) == (names, times)
    for own in tenancy.services.values():
        own.keys._engine.dispose()
    shell.engine.dispose()


def test_who_is_removed_is_left_and_who_is_not_known_just_now_is_not(tmp_path: Path) -> None:
    shell = open_shell(Settings(home=tmp_path, workers=1, database_url="", stream_url=""))
    for name in ("acme", "bolt"):
        shell.tenants.create(name)
    secret = (
        open_shell(shell.settings.of_tenant("acme"), beside=shell)
        .keys.create(name="all", scopes=["decide"])
        .secret
    )
    services = replace(api_services(shell), executor=None, scheduler=None)
    assert services.tenancy is not None
    with running(services) as address, httpx.Client(base_url=address, timeout=30) as client:
        opened = dict(services.tenancy.services)
        assert set(opened) == {"acme", "bolt"}
        bearer = {"Authorization": f"Bearer {secret}"}
        asked = {"unit": "u", "items": ["mug"]}
        assert client.post("/v1/decide", json=asked, headers=bearer).status_code == 200
        shell.tenants.remove("acme")
        tenancy = services.tenancy
        until(lambda: set(tenancy.services) == {"bolt"}, "one tenant less")
        assert client.post("/v1/decide", json=asked, headers=bearer).status_code == 401
        assert client.get(f"/of/acme/v1/assets/{'0a' * 32}").status_code == 404
        assert client.get("/readyz").json()["reasons"] == []
    for own in opened.values():
        own.keys._engine.dispose()

    def away() -> list[str]:
        raise DatabaseSilent("away")

    lost = Tenancy(away, lambda name: opened[name], kept=lambda: ["bolt"])
    lost.look(lambda _begun: None)
    lost._kept = lambda: ["acme"]
    lost.look(lambda _begun: None)
    assert set(lost.services) == {"acme", "bolt"}
    shell.engine.dispose()


def test_no_outage_brings_back_who_was_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their folder stays, with the snapshot that others are served from while nobody can be asked.

    Nor does their database stay open: each time round cost a server ten open files.
    """
    shell = open_shell(Settings(home=tmp_path, workers=1, database_url="", stream_url=""))
    for name in ("acme", "bolt", "coil"):
        shell.tenants.create(name)
        (shell.settings.of_tenant(name).home_dir / "snapshot.json").touch()
    shell.tenants.remove("coil")  # while nobody serves them
    tenancy = tenancy_of(shell)
    tenancy.look(lambda _begun: None)
    opened = dict(tenancy.services)
    assert set(opened) == {"acme", "bolt"}
    engines = [own.keys._engine for own in opened.values()]
    assert all(engine.pool.checkedin() for engine in engines)  # type: ignore[attr-defined]
    shell.tenants.remove("acme")
    tenancy.look(lambda _begun: None)
    assert not opened["acme"].keys._engine.pool.checkedin()  # type: ignore[attr-defined]

    def away(_tenants: Tenants) -> tuple[str, ...]:
        raise DatabaseSilent("away")

    monkeypatch.setattr(Tenants, "names", away)
    for looking in (tenancy, tenancy_of(replace(shell, away=True))):
        looking.look(lambda _begun: None)
        assert set(looking.services) == {"bolt"}
        engines += [own.keys._engine for own in looking.services.values()]
    for engine in (*engines, shell.engine):
        engine.dispose()


def test_nothing_more_is_done_for_who_is_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shell = open_shell(Settings(home=tmp_path, workers=1, database_url="", stream_url=""))
    shell.tenants.create("acme")
    dropped: list[str] = []
    drop = Rounds.drop

    def dropping(rounds: Rounds, tenant: str) -> None:
        dropped.append(tenant)
        drop(rounds, tenant)

    monkeypatch.setattr(Rounds, "drop", dropping)
    tenancy = tenancy_of(shell)
    with tenants_at_work(tenancy, Part(duties=True)):
        assert set(tenancy.services) == {"acme"}
        shell.tenants.remove("acme")
        # Snapshots, duties, webhooks and images.
        until(lambda: dropped == ["acme"] * 4, "all work for them dropped")
    shell.engine.dispose()


def test_webhooks_that_answer_nobody_hold_up_no_other_tenant(tmp_path: Path) -> None:
    """As many tenants as there are threads, each with a receiver that never answers."""
    shell = open_shell(Settings(home=tmp_path, workers=1, database_url="", stream_url=""))
    names = [f"slow-{number}" for number in range(SLOW)] + ["quick"]
    for name in names:
        shell.tenants.create(name)
    over, advanced = threading.Event(), threading.Event()
    held = threading.Semaphore(0)

    def wait() -> None:
        held.release()
        over.wait(LONG_S)

    def open_one(name: str) -> Services:
        found = tenant_services(
            open_shell(shell.settings.of_tenant(name), beside=shell), stopping=threading.Event()
        )
        (webhooks,) = (duty for duty in found.duties if duty.name == "deliver-webhooks")
        if name != "quick":
            return replace(found, duties=(replace(webhooks, run=wait),))
        for _ in range(SLOW):
            assert held.acquire(timeout=PATIENCE_S)
        duty = Duty(name="advance-tests", every_s=LONG_S, run=advanced.set)
        return replace(found, duties=(duty,))

    tenancy = Tenancy(lambda: names, open_one)
    with tenants_at_work(tenancy, Part(duties=True), leads=lambda: True):
        try:
            assert advanced.wait(PATIENCE_S)
        finally:
            over.set()
    for own in tenancy.services.values():
        own.keys._engine.dispose()
    shell.engine.dispose()


def readiness_names_the_closed(client: httpx.Client, *, root: str, other: str) -> None:
    """Whoever may not manage the installation learns that somebody is not served, and not who."""
    for secret, names in ((root, ["broken"]), (None, None), ("nonsense", None)):
        headers = {} if secret is None else {"Authorization": f"Bearer {secret}"}
        answer = client.get("/readyz", headers=headers)
        told = answer.json()
        assert (answer.status_code, told["ready"], told["degraded"]) == (200, True, True)
        assert (told["reasons"], told["tenants_closed"]) == (["tenants_closed"], names)
        assert ("broken" in answer.text) == (names is not None)
    own = client.get("/readyz", headers={"Authorization": f"Bearer {other}"}).json()
    assert (own["reasons"], own["tenants_closed"]) == ([], None)


def test_a_tenant_that_cannot_be_opened_is_told_to_try_again_and_keeps_out_nobody(
    tmp_path: Path,
) -> None:
    """Refused as a key that is none, their clients gave up, and threw their events away."""
    settings = Settings(home=tmp_path, workers=1, database_url="", stream_url="")
    shell = open_shell(settings)
    secrets = {}
    for name in ("broken", "whole"):
        shell.tenants.create(name)
        own = open_shell(settings.of_tenant(name), beside=shell)
        secrets[name] = own.keys.create(name="all", scopes=["decide", "events", "manage"]).secret
        own.engine.dispose()
    database = settings.of_tenant("broken").home_dir / "packshot.sqlite"
    database.write_bytes(b"no database at all" * 1000)
    services = replace(api_services(shell), executor=None, scheduler=None)
    with running(services) as address, httpx.Client(base_url=address, timeout=30) as client:
        for name, status in (("broken", 503), ("whole", 200), ("nobody", 401)):
            secret = secrets.get(name, secrets["whole"].replace("whole", name))
            bearer = {"Authorization": f"Bearer {secret}"}
            told = [
                client.get("/v1/tests", headers=bearer),
                client.post("/v1/decide", json={"unit": "u", "items": ["mug"]}, headers=bearer),
                client.post("/v1/events", json={"events": []}, headers=bearer),
            ]
            assert [each.status_code for each in told] == [status] * 3, (name, told[0].text)
            assert all(("retry-after" in each.headers) == (status == 503) for each in told)
            assert str(tmp_path) not in told[0].text
        root = shell.keys.create(name="root", scopes=["manage"]).secret
        readiness_names_the_closed(client, root=root, other=secrets["whole"])
        image = f"/v1/assets/{'0a' * 32}"
        for name, status in (("broken", 503), ("whole", 404), ("nobody", 404)):
            for ask in (client.get, client.head):
                assert ask(f"/of/{name}{image}").status_code == status, name
        by_root = {"Authorization": f"Bearer {root}"}
        page = partial(client.get, "/metrics", headers=by_root)
        assert "packshot_tenants_closed 1" in page().text.splitlines()
        undelivered = 'packshot_webhook_deliveries_dead{tenant="whole"} 0'
        until(lambda: undelivered in page().text.splitlines(), "what webhooks were not told")
    assert services.tenancy is not None
    for own_services in services.tenancy.services.values():
        own_services.keys._engine.dispose()
    shell.engine.dispose()
