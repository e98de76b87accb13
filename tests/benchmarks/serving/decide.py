"""Decisions in process: microseconds an item, and memory, beside GrowthBook's SDK.

    python -m tests.benchmarks.serving decide [--tests 2000] [--seconds 5] [--without-sdk]

Live tests of two to four variants with 20 segments of two comparisons each. In "one split" all
segments of a test have the same even weights, in "own splits" each has uneven weights of its own,
as after an allocation for each segment. Times are of small batches, one after the other: the
fastest tells what the code costs, the median what this machine made of it meanwhile. The loop of
additions beside them tells how fast the machine is.
"""

import argparse
import json
import platform
import random
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from abtest import Snapshot, TestPlan
from tests.benchmarks.serving.workload import asked, conditions, features, snapshot

_BATCH_ITEMS = 300
_MEMORY_TESTS = 10_000


def main(argv: list[str]) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="decide", description=__doc__)
    parser.add_argument("--tests", type=int, default=2000)
    parser.add_argument("--seconds", type=float, default=5.0, help="of each measurement")
    parser.add_argument("--without-sdk", action="store_true", help="leave GrowthBook out")
    parser.add_argument("--memory-of", choices=["one", "own"], help=argparse.SUPPRESS)
    options = parser.parse_args(argv)
    if options.memory_of:
        print(json.dumps(_memory(own=options.memory_of == "own")))
        return 0
    print(f"{platform.processor() or platform.machine()}, Python {platform.python_version()}")
    print(f"a loop's addition takes {_addition_ns():.0f} ns\n")
    print(f"{'':34}{'1 item':>16}{'30 items':>16}   us an item, fastest and median")
    for name, own in (("one split", False), ("own splits", True)):
        live = grown(options.tests, own=own)
        _row(f"{name}, choices", _choices(live), options.seconds)
        _row(f"{name}, JSON", _encoded(live), options.seconds)
    if not options.without_sdk:
        _row("GrowthBook, one split, values", _growthbook(), options.seconds)
    for name in ("one", "own"):
        told = _in_a_process(name)
        print(
            f"\n{_MEMORY_TESTS:,} tests, {name} split{'s' if name == 'own' else ''}: "
            f"{told['built_s']:.1f} s to build, {told['fresh_mb']:.0f} MB; {told['used_mb']:.0f} MB "
            f"once every variant of every segment was shown"
        )
    return 0


def grown(tests: int, *, own: bool) -> Snapshot:
    """So many tests like those of the workload; with uneven splits of each segment's own."""
    model = snapshot(version="1", built_at_s=0.0).plans
    draw = random.Random(1)
    plans = []
    for number in range(tests):
        plan = replace(
            model[number % len(model)],
            test=f"{number:012x}",
            salt=f"{number:012x}",
            item=f"item-{number}",
        )
        plans.append(replace(plan, segment_weights=_splits(plan, draw)) if own else plan)
    items = {plan.item: plan.variants[0].image for plan in plans}
    return Snapshot(version="1", built_at_s=0.0, items=items, plans=plans)


def _splits(plan: TestPlan, draw: random.Random) -> dict[str, dict[str, float]]:
    splits = {}
    for segment in plan.segments:
        weights = {variant.name: 0.1 + draw.random() for variant in plan.variants}
        total = sum(weights.values())
        splits[segment.name] = {name: weight / total for name, weight in weights.items()}
    return splits


Ask = Callable[[str, dict[str, Any], list[str]], object]


def _choices(live: Snapshot) -> Ask:
    return live.choices


def _encoded(live: Snapshot) -> Ask:
    return live.encoded


def _growthbook() -> Ask:
    from growthbook import GrowthBook

    book = GrowthBook(features=features())

    def ask(unit: str, attributes: dict[str, Any], items: list[str]) -> object:
        book.set_attributes({**attributes, "id": unit})
        return [book.get_feature_value(item, "") for item in items]

    assert ask("u", {"country": "DE"}, ["item-0"]) != [""]  # it knows the features
    return ask


def _row(name: str, ask: Ask, seconds: float) -> None:
    cells = []
    for items in (1, 30):
        fastest, median = _timed(ask, items, seconds)
        cells.append(f"{fastest:7.2f} {median:8.2f}")
    print(f"{name:34}{cells[0]:>16}{cells[1]:>16}", flush=True)


def _timed(ask: Ask, items: int, seconds: float) -> tuple[float, float]:
    """Microseconds an item: the fastest batch and the median one."""
    requests = [_request(unit, items) for unit in range(3000)]
    for request in requests:
        ask(*request)
    batch = max(_BATCH_ITEMS // items, 1)
    spent = []
    end = time.perf_counter() + seconds
    at = 0
    while time.perf_counter() < end:
        part = requests[at : at + batch]
        began = time.perf_counter_ns()
        for unit, attributes, wanted in part:
            ask(unit, attributes, wanted)
        spent.append((time.perf_counter_ns() - began) / len(part) / items / 1000)
        at = (at + batch) % (len(requests) - batch)
    spent.sort()
    return spent[0], spent[len(spent) // 2]


def _request(unit: int, items: int) -> tuple[str, dict[str, Any], list[str]]:
    body = json.loads(asked(unit, items))
    return body["unit"], body["attributes"], body["items"]


def _addition_ns() -> float:
    spent = []
    for _ in range(500):
        began, total = time.perf_counter_ns(), 0
        for number in range(1000):
            total += number * 3
        spent.append((time.perf_counter_ns() - began) / 1000)
    return min(spent)


def _in_a_process(name: str) -> dict[str, float]:
    """Memory is measured in a process of its own, where nothing else was."""
    command = [sys.executable, "-m", "tests.benchmarks.serving", "decide", "--memory-of", name]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    told: dict[str, float] = json.loads(run.stdout)
    return told


def _memory(*, own: bool) -> dict[str, float]:
    document = json.loads(json.dumps(grown(_MEMORY_TESTS, own=own).to_dict()))
    before_mb = _resident_mb()
    began = time.perf_counter()
    live = Snapshot.from_dict(document)
    built_s = time.perf_counter() - began
    fresh_mb = _resident_mb() - before_mb
    _show_everything(live, list(live.items))
    return {"built_s": built_s, "fresh_mb": fresh_mb, "used_mb": _resident_mb() - before_mb}


def _show_everything(live: Snapshot, items: Sequence[str]) -> None:
    for place, rule in enumerate(conditions().values()):
        attributes = {"country": rule["country"], "device": "phone", "age": 50}
        if place % 2:
            attributes["device"] = "desktop"
        for unit in range(20):
            live.encoded(f"u{unit}", attributes, items)


def _resident_mb() -> float:
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 1e6
