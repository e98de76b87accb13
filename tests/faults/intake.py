"""Kill whoever has to do with events at random moments of a load: are the counts exact?

    python -m tests.faults.intake [--events 200000] [--postgresql] [--seed 1]

The events are sent by a client that waits for each answer, by way of two intake processes; a tenth
of them is sent twice. Every second or so a process is killed (SIGKILL) and another one started: an
intake, the counter, the scheduler, or all processes of the database, where it has some. The client
sends the batch again that was under way. At the end the counts must be those of the set of events,
worked out from the events alone; so must how late sales came, which the test keeps too, and what a
recount of the log finds.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter as Tally
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from assets.blobs.memory import MemoryBlobs
from studio.db.counts import counts_of
from studio.db.delays import delay_bin, delays_of
from studio.db.engine import Engine, open_engine, reading
from studio.db.tables import create_schema
from studio.services.archiving.archive import Archive
from studio.services.archiving.rebuild import Rebuilding
from studio.services.counting import Counter
from studio.services.experiment_options import TestOptions
from studio.services.tests import NewTest, NewVariant, Tests
from tests.faults.postgres import Postgres, postgres

BATCH = 250
SPAN_S = 3_000.0
"""What is sent happened in so many seconds, which are over: no clock decides what counts."""
VARIANTS = ("white", "oak", "marble")
ROOT = Path(__file__).resolve().parents[2]

INTAKE = """
import json, sys, time
from studio.db.engine import DatabaseFault, open_engine
from studio.services.events import Events

events = Events(open_engine(sys.argv[1]), clock=time.time)
for line in sys.stdin.buffer:
    try:
        taken = events.accept_body(line)
    except DatabaseFault:
        sys.exit(1)
    assert taken is not None and not taken.rejected, taken
    print(taken.accepted, flush=True)
"""
COUNTER = """
import sys, time
from studio.db.engine import DatabaseFault, open_engine
from studio.services.counting import Counter

counter = Counter(open_engine(sys.argv[1]))
print("ready", flush=True)
while True:
    try:
        if not counter.step(wait=True):
            time.sleep(0.01)
    except DatabaseFault:
        sys.exit(1)
"""

SCHEDULER = """
import logging, signal, sys, time
from studio.db.engine import open_engine
from studio.db.leadership import leadership_of
from studio.services.events import Events
from studio.services.scheduling import Duty, Scheduler
from studio.services.tests import Tests

logging.disable()  # that the database is killed is no news
engine = open_engine(sys.argv[1])
events = Events(engine, clock=time.time)
tests = Tests(engine, clock=time.time, new_id=lambda: "unused")
duties = (
    Duty(name="count-events", every_s=0.1, run=events.counter.catch_up),
    Duty(name="advance-tests", every_s=0.1, run=tests.advance_due),
    Duty(name="forget-events", every_s=0.5, run=events.forget),
)
Scheduler(duties, leadership=leadership_of(engine)).start()
print("ready", flush=True)
signal.pause()
"""

Cells = dict[str, tuple[int, int, int, int]]
"""Variant to impressions, clicks, conversions and millionths of money."""
Late = dict[tuple[str, int], int]
"""(variant, bin of the delay) to conversions."""


@dataclass(slots=True)
class Load:
    """Batches in the order of sending, and what the counts must be in the end."""

    bodies: list[bytes]
    expected: Cells
    late: Late
    sent: int


def make_load(events: int, *, seed: int, at_s: float) -> Load:
    """Impressions, clicks and sales of shoppers, shuffled; a tenth is sent once more later.

    Parameters
    ----------
        at_s : when the first of them happened
    """
    generator = random.Random(seed)
    every: list[dict[str, object]] = []
    did: dict[tuple[str, str], dict[str, float]] = defaultdict(dict)
    money: dict[str, int] = defaultdict(int)
    for number in range(events):
        unit = f"s{generator.randrange(events // 2)}"
        variant = VARIANTS[int(unit[1:]) % len(VARIANTS)]
        kind = generator.choices(("impression", "click", "conversion"), (80, 15, 5))[0]
        event: dict[str, object] = {
            "id": f"e{number}", "type": kind, "unit": unit, "item": "mug", "test": "t0",
            "variant": variant, "ts": at_s + number * SPAN_S / events,
        }  # fmt: skip
        did[unit, variant].setdefault(kind, at_s + number * SPAN_S / events)
        if kind == "conversion":
            event["value"] = cents = generator.randrange(1, 10_000)
            money[unit] += cents
        every.append(event)
    again = every + generator.sample(every, events // 10)
    generator.shuffle(again)
    bodies = [
        json.dumps({"events": again[start : start + BATCH]}).encode() + b"\n"
        for start in range(0, len(again), BATCH)
    ]
    return Load(
        bodies=bodies, expected=_expected(did, money), late=_expected_late(did), sent=len(again)
    )


def _expected_late(did: Mapping[tuple[str, str], Mapping[str, float]]) -> Late:
    """From the first sight to the first sale, at once where clocks say that it came before."""
    return Tally(
        (variant, delay_bin(max(kinds["conversion"] - kinds["impression"], 0.0)))
        for (_, variant), kinds in did.items()
        if {"impression", "conversion"} <= kinds.keys()
    )


def _expected(
    did: Mapping[tuple[str, str], Mapping[str, float]], money: Mapping[str, int]
) -> Cells:
    cells = {variant: [0, 0, 0, 0] for variant in VARIANTS}
    for (unit, variant), kinds in did.items():
        if "impression" in kinds:
            one = (1, "click" in kinds, "conversion" in kinds, money[unit] * 1_000_000)
            cells[variant] = [have + more for have, more in zip(cells[variant], one, strict=True)]
    return {name: (c[0], c[1], c[2], c[3]) for name, c in cells.items()}


@dataclass(slots=True)
class Process:
    """A process of ours that may be killed and is then started anew."""

    code: str
    url: str
    kills: int = 0
    _running: subprocess.Popen[bytes] | None = field(default=None, init=False)

    @property
    def running(self) -> subprocess.Popen[bytes]:
        """The process, started if it is not there."""
        if self._running is None:
            self._running = subprocess.Popen(
                [sys.executable, "-c", self.code, self.url],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                cwd=ROOT,
                env={**os.environ, "PYTHONPATH": str(ROOT)},
            )
        return self._running

    def kill(self, *, counts: bool = True) -> None:
        """End it at once, whatever it does, and bury it."""
        if self._running is None:
            return
        self._running.send_signal(signal.SIGKILL)
        for pipe in (self._running.stdin, self._running.stdout):
            if pipe is not None:
                with suppress(BrokenPipeError):
                    pipe.close()
        self._running.wait()
        self._running = None
        self.kills += counts

    def put(self, body: bytes) -> bool:
        """Hand over a batch; False where the process is dead."""
        pipe = self.running.stdin
        assert pipe is not None
        try:
            pipe.write(body)
            pipe.flush()
        except BrokenPipeError:
            return False
        return True

    def await_work(self) -> None:
        """Start it, and return once it works."""
        assert self.answer() == b"ready\n"

    def answer(self) -> bytes:
        """What it says next; empty where it died first."""
        pipe = self.running.stdout
        assert pipe is not None
        return pipe.readline()


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a run came to; `recount` tells where the log says something else than the counts."""

    counted: Cells
    expected: Cells
    late: Late
    expected_late: Late
    recount: tuple[str, ...]
    accepted: int
    sent: int
    kills: Mapping[str, int]
    seconds: float

    @property
    def exact(self) -> bool:
        """Whether every number is what it must be."""
        right = (self.counted, self.late) == (self.expected, self.expected_late)
        return right and not self.recount


def run(
    url: str,
    *,
    events: int,
    kills: int,
    seed: int,
    intakes: int = 2,
    scheduled: bool = True,
    database: Postgres | None = None,
) -> Outcome:
    """Send a load through processes that are killed at random moments, and count it.

    Parameters
    ----------
        scheduled : let a scheduler work beside the counter, and be killed like it
        database  : what the URL leads to, where it may be killed as well
    """
    engine = open_engine(url)
    create_schema(engine)
    began_s = _start_test(engine)
    load = make_load(events, seed=seed, at_s=began_s)
    generator = random.Random(seed + 1)
    deadly = set(generator.sample(range(len(load.bodies)), kills))
    crew = Crew(
        intakes=[Process(INTAKE, url) for _ in range(intakes)],
        others=[Process(code, url) for code in (COUNTER, SCHEDULER)[: 1 + scheduled]],
        database=database,
    )
    started_s, accepted = time.monotonic(), 0
    try:
        crew.start()
        for number, body in enumerate(load.bodies):
            intake = crew.intakes[number % intakes]
            if number in deadly:
                crew.kill_one(generator, intake, body)
            accepted += _send(intake, body)
        # Those that are ended below were at rest, and prove nothing.
        killed = crew.kills()
    finally:
        crew.end()
    Counter(engine).settle()
    outcome = Outcome(
        counted=_counted(engine),
        expected=load.expected,
        late=_late(engine),
        expected_late=load.late,
        recount=_recounted(engine),
        accepted=accepted,
        sent=load.sent,
        kills=killed,
        seconds=time.monotonic() - started_s,
    )
    engine.dispose()
    return outcome


def _start_test(engine: Engine) -> float:
    """A test that keeps how late sales come, started when the load's first event happened."""
    began_s = time.time() - SPAN_S - 1.0
    tests = Tests(engine, clock=lambda: began_s, new_id=lambda: "t0")
    new = NewTest(
        item="mug",
        variants=tuple(NewVariant(name=name, image=f"{name}.webp") for name in VARIANTS),
        options=TestOptions(
            metric="conversion_rate", attribution="corrected", attribution_days=7.0
        ),
    )
    tests.start(tests.create(new, who="x").id, who="x")
    return began_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Crew:
    """All that may be killed."""

    intakes: list[Process]
    others: list[Process]
    database: Postgres | None

    def start(self) -> None:
        """Start the counter and the scheduler, and wait until they work."""
        for process in self.others:
            process.await_work()

    def kill_one(self, generator: random.Random, intake: Process, body: bytes) -> None:
        """Kill somebody, an intake while it writes a batch or before or after."""
        draw = generator.random()
        if draw < 0.15 and self.database is not None:
            # It takes an intake's transaction and the counter's along, at whatever point they are.
            intake.put(body)
            threading.Event().wait(generator.random() * 0.02)
            self.database.kill()
            self.database.start()
            intake.kill(counts=False)
            self._revive(self.others)
        elif draw < 0.45:
            victim = generator.choice(self.others)
            victim.kill()
            victim.await_work()
        else:
            # The batch is on its way, perhaps written, when the process dies: nobody heard of it.
            intake.put(body)
            threading.Event().wait(generator.random() * 0.02)
            intake.kill()

    @staticmethod
    def _revive(processes: Iterable[Process]) -> None:
        """Start anew those that a database that was away has ended."""
        for process in processes:
            process.kill(counts=False)
            process.await_work()

    def kills(self) -> dict[str, int]:
        """How often who was killed."""
        names = ("counter", "scheduler")
        others = {name: one.kills for name, one in zip(names, self.others, strict=False)}
        database = 0 if self.database is None else self.database.kills
        return {"intake": sum(one.kills for one in self.intakes), **others, "database": database}

    def end(self) -> None:
        """End all but the database."""
        for process in (*self.intakes, *self.others):
            process.kill()


def _send(intake: Process, body: bytes) -> int:
    """Send until it is answered, as a client does; how many were told to be new."""
    while True:
        if intake.put(body) and (answer := intake.answer()):
            return int(answer)
        intake.kill()


def _counted(engine: Engine) -> Cells:
    with reading(engine) as connection:
        counts = counts_of(connection, "t0")
    return {
        one.variant: (one.impressions, one.clicks, one.conversions, one.value_micros)
        for one in counts
    }


def _late(engine: Engine) -> Late:
    with reading(engine) as connection:
        found = delays_of(connection, "t0")
    late: Late = defaultdict(int)
    for (variant, _, number), often in found.items():
        late[variant, number] += often
    return late


def _recounted(engine: Engine) -> tuple[str, ...]:
    """Where the counts are not what the log says."""
    archive = Archive(engine, blobs=MemoryBlobs(), clock=time.time)
    return Rebuilding(engine, archive).rebuild("t0").differences


def main(argv: Sequence[str] | None = None) -> int:
    """Run once and tell."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--events", type=int, default=200_000)
    parser.add_argument("--kills", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--postgresql", action="store_true", help="instead of SQLite")
    asked = parser.parse_args(argv)
    load = {"events": asked.events, "kills": asked.kills, "seed": asked.seed}
    if asked.postgresql:
        with postgres() as database:
            found = run(database.url, database=database, **load)
    else:
        with tempfile.TemporaryDirectory() as folder:
            found = run(f"sqlite:///{folder}/packshot.sqlite", **load)
    kills = ", ".join(f"{name} {count}" for name, count in found.kills.items())
    print(
        f"{found.sent:,} events sent, {found.accepted:,} told to be new, killed: {kills}; "
        f"{found.seconds:.0f} s"
    )
    for variant, cells in sorted(found.expected.items()):
        print(f"  {variant:8} expected {cells}  counted {found.counted.get(variant)}")
    print(
        f"  delays   {sum(found.late.values()):,} sales in {len(found.late)} bins; by the recount "
        f"{len(found.recount)} numbers differ"
    )
    print("exact" if found.exact else "NOT EXACT")
    return 0 if found.exact else 1


if __name__ == "__main__":
    raise SystemExit(main())
