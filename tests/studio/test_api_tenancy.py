"""What a process does for its tenants besides answering."""

from __future__ import annotations

from pathlib import Path

from studio.bootstrap import api_services, open_shell
from studio.settings import Settings


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
