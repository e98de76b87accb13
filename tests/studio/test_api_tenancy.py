"""What a process does for its tenants besides answering."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

from studio.api.services import Services, Tenancy
from studio.api.tenancy import Part, tenants_at_work
from studio.bootstrap import api_services, open_shell, tenant_services
from studio.services.scheduling import Duty
from studio.settings import Settings

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
