"""The snapshot of many live tests: how long it takes to build, and what one change costs.

    python -m tests.benchmarks.serving refresh [--tests 20000]

SQLite in a folder of its own. Then decisions of 30 items are timed one by one, first alone and then
beside a thread that changes a test and refreshes the feed ten times a second.
"""

import argparse
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import insert

from studio.db import tables
from studio.db.engine import Engine, open_engine
from studio.services.feed import Feed
from studio.services.tests import Tests
from tests.benchmarks.serving.workload import conditions


def main(argv: list[str]) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="refresh", description=__doc__)
    parser.add_argument("--tests", type=int, default=20_000)
    parser.add_argument("--seconds", type=float, default=10.0, help="of each series of decisions")
    options = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as folder:
        engine = open_engine(f"sqlite:///{folder}/packshot.sqlite")
        tables.create_schema(engine)
        fill(engine, options.tests)
        file = Path(folder) / "snapshot.json"
        feed = Feed(engine, clock=time.time, file=file)
        _told("whole snapshot, from the database to the file", feed.refresh)
        print(f"  {file.stat().st_size / 1e6:.1f} MB")
        follower = Feed(engine, clock=time.time, file=file)
        tests = Tests(engine, clock=time.time, new_id=lambda: "new")
        _told("nothing has changed", feed.refresh)
        for number in range(3):
            tests.stop(f"t{number}", who="bench")
            _told("one test has changed", feed.refresh)
            _told("  a process that follows", follower.follow)
        _decisions("decisions alone", feed, options.seconds)
        _beside(feed, tests, options.seconds)
        engine.dispose()
    return 0


def fill(engine: Engine, count: int) -> None:
    """So many running tests of three variants and 20 segments, written as fast as can be."""
    numbers = range(count)
    names = ("white", "oak", "marble")
    segments = list(conditions().items())
    weights = dict.fromkeys(names, 1 / 3)
    with engine.begin() as connection:
        written: dict[Any, list[dict[str, Any]]] = {
            tables.ITEM: [{"item": f"item-{n}", "image": f"{n:064x}"} for n in numbers],
            tables.TEST: [
                {
                    "id": f"t{n}", "item": f"item-{n}", "state": "running", "salt": f"t{n}",
                    "control": "white", "options": {}, "created_s": 0.0, "started_s": 0.0,
                }
                for n in numbers
            ],
            tables.VARIANT: [
                {"test_id": f"t{n}", "position": i, "name": name, "image": f"{n:060x}{i:04x}"}
                for n in numbers for i, name in enumerate(names)
            ],
            tables.SEGMENT: [
                {"test_id": f"t{n}", "position": i, "name": name, "rule": dict(rule)}
                for n in numbers for i, (name, rule) in enumerate(segments)
            ],
            tables.PERIOD: [
                {
                    "test_id": f"t{n}", "number": 0, "started_s": 0.0, "weights": weights,
                    "segment_weights": {}, "after_promotion": False,
                }
                for n in numbers
            ],
        }  # fmt: skip
        for table, lines in written.items():
            connection.execute(insert(table), lines)


def _told(name: str, work: Callable[[], object]) -> None:
    began_s, used_s = time.perf_counter(), time.process_time()
    result = work()
    spent_s, used_s = time.perf_counter() - began_s, time.process_time() - used_s
    print(f"{name:48} {spent_s:8.3f} s, {used_s:8.3f} s of processor time, {result}", flush=True)


def _decisions(name: str, feed: Feed, seconds: float) -> None:
    spent_us = []
    end_s = time.perf_counter() + seconds
    unit = 0
    while time.perf_counter() < end_s:
        unit += 1
        items = [f"item-{(unit * 31 + place * 67) % 20_000}" for place in range(30)]
        began = time.perf_counter_ns()
        feed.answer(f"u{unit}", {"country": "DE", "device": "phone", "age": 30}, items)
        spent_us.append((time.perf_counter_ns() - began) / 1000)
    spent_us.sort()
    half, late = spent_us[len(spent_us) // 2], spent_us[len(spent_us) * 99 // 100]
    print(f"{name:48} p50 {half:6.0f} us, p99 {late:6.0f} us, most {spent_us[-1] / 1000:.1f} ms")


def _beside(feed: Feed, tests: Tests, seconds: float) -> None:
    ended = threading.Event()

    def change() -> None:
        number = 100
        while not ended.wait(0.1):
            number += 1
            tests.stop(f"t{number}", who="bench")
            feed.refresh()

    thread = threading.Thread(target=change)
    thread.start()
    _decisions("decisions beside ten swaps a second", feed, seconds)
    ended.set()
    thread.join()
