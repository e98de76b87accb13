"""Decisions over HTTP, one core serving and one loading, beside three others on the same server.

    python -m tests.benchmarks.serving http [--seconds 5] [--rounds 3] [--json FILE]

Needs `wrk` and two cores; the row of GrowthBook needs its SDK (`pip install growthbook`). Servers
run one at a time, in turns, and each is measured in every round; a row shows the median of its
rounds. On a machine that does other work too, look at the requests per second of processor time:
they count what the server itself spent.
"""

import argparse
import json
import os
import platform
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path

import httpx

from studio.services.snapshot_file import SnapshotFile
from tests.benchmarks.serving import workload

ROOT = Path(__file__).parents[3]
_CONNECTIONS = 16
_WARM_S = 4
"""What the feed makes ready when it is first asked for is made before anything is measured."""
_KINDS = (
    "empty", "sized", "quick", "packshot", "packshot, busy", "packshot, beside", "route", "growthbook",
)  # fmt: skip
_SHOWN = {
    "empty": "empty handler (a)",
    "sized": "empty handler that sends 5 KB, as 30 items take",
    "quick": "empty quick answer, where no handler is asked",
    "packshot": "Packshot",
    "packshot, busy": "Packshot, snapshot swapped each second, events pouring in",
    "packshot, beside": "Packshot, while the same is made beside it and not sent",
    "route": "same answer, ordinary FastAPI route (b)",
    "growthbook": "GrowthBook SDK behind such a route (c)",
}


@dataclass(frozen=True, kw_only=True)
class Measured:
    """One run of wrk."""

    kind: str
    items: int
    requests_per_s: float
    requests_per_cpu_s: float
    p50_ms: float
    p99_ms: float
    failed: int


def main(argv: list[str] | None = None) -> int:
    """Measure all kinds and print the table."""
    asked = _arguments(argv)
    if shutil.which("wrk") is None:
        print("wrk is not installed (apt-get install wrk)", file=sys.stderr)
        return 1
    kinds = [kind for kind in _KINDS if kind != "growthbook" or find_spec("growthbook")]
    runs: list[Measured] = []
    with tempfile.TemporaryDirectory() as folder:
        for number in range(asked.rounds):
            for kind in kinds:
                home = Path(folder) / f"{kind.split(',')[0]}-{number}-{len(runs)}"
                home.mkdir()
                runs += _measure(kind, home, seconds=asked.seconds)
                print(f"{number + 1}/{asked.rounds} {kind}", file=sys.stderr)
    rows = medians(runs)
    print(table(rows))
    if asked.json is not None:
        asked.json.write_text(json.dumps([asdict(row) for row in rows], indent=1))
    return 0


def medians(runs: list[Measured]) -> list[Measured]:
    """The median of each number over the rounds; failures are added up."""
    rows = []
    for kind, items in dict.fromkeys((run.kind, run.items) for run in runs):
        same = [run for run in runs if (run.kind, run.items) == (kind, items)]
        middle = {
            name: statistics.median(getattr(run, name) for run in same)
            for name in ("requests_per_s", "requests_per_cpu_s", "p50_ms", "p99_ms")
        }
        failed = sum(run.failed for run in same)
        rows.append(Measured(kind=kind, items=items, failed=failed, **middle))
    return rows


def table(rows: list[Measured]) -> str:
    """Markdown, with each row's ratio to the empty handler and to the ordinary route."""
    lines = [
        f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, commit "
        f"{_commit()}; {workload.TESTS:,} tests, {workload.SEGMENTS} segments, "
        f"one even split for all segments of a test; {_CONNECTIONS} connections",
        "",
        "| items | server | requests/s | p50 ms | p99 ms | requests per CPU second | of (a) | times (b) |",
        "|---|---|---|---|---|---|---|---|",
    ]
    by = {(row.kind, row.items): row for row in rows}
    for items in sorted({row.items for row in rows}):
        for kind in _KINDS:
            row = by.get((kind, items))
            if row is None:
                continue
            failed = f", {row.failed:,} failed" if row.failed else ""
            lines.append(
                f"| {items} | {_SHOWN[kind]}{failed} | {row.requests_per_s:,.0f} | {row.p50_ms:.2f} "
                f"| {row.p99_ms:.2f} | {row.requests_per_cpu_s:,.0f} "
                f"| {_ratio(row, by.get(('empty', items)))} | {_ratio(row, by.get(('route', items)))} |"
            )
    return "\n".join(lines)


def _ratio(row: Measured, other: Measured | None) -> str:
    return "" if other is None else f"{row.requests_per_cpu_s / other.requests_per_cpu_s:.2f}"


def _measure(kind: str, home: Path, *, seconds: int) -> list[Measured]:
    """Both sizes of request, on a server of their own."""
    file = SnapshotFile(home / "snapshot.json")
    _write(file, version=1)
    measured = []
    name, _, beside = kind.partition(", ")
    with _server(name, home) as (process, port):
        for items in (1, 30):
            bodies = [workload.asked(unit, items) for unit in range(workload.UNITS)]
            script = home / f"ask-{items}.lua"
            script.write_text(workload.wrk_script(bodies, path="/v1/decide"))
            _wrk(script, port, seconds=_WARM_S)
            bustle = _bustle(file, port, sent=beside == "busy") if beside else nullcontext()
            with bustle:
                measured.append(_run(kind, items, script, port, seconds=seconds, process=process))
    return measured


def _run(kind: str, items: int, script: Path, port: int, *, seconds: int, process: int) -> Measured:
    before_s = _cpu_s(process)
    told = _wrk(script, port, seconds=seconds)
    spent_s = _cpu_s(process) - before_s
    requests = int(_found(r"(\d+) requests in", told))
    errors = re.findall(r"Non-2xx or 3xx responses: (\d+)", told)
    errors += re.findall(r"(?:connect|read|write|timeout) (\d+)", told)
    return Measured(
        kind=kind,
        items=items,
        requests_per_s=float(_found(r"Requests/sec:\s+([\d.]+)", told)),
        requests_per_cpu_s=requests / spent_s,
        p50_ms=_ms(_found(r"^\s+50%\s+(\S+)", told)),
        p99_ms=_ms(_found(r"^\s+99%\s+(\S+)", told)),
        failed=sum(map(int, errors)),
    )


def _wrk(script: Path, port: int, *, seconds: int) -> str:
    command = ["wrk", "-t1", f"-c{_CONNECTIONS}", f"-d{seconds}s", "--latency", "-s", str(script)]
    url = f"http://127.0.0.1:{port}"
    done = subprocess.run([*_on_core(0), *command, url], capture_output=True, text=True, check=True)
    return done.stdout


@contextmanager
def _server(kind: str, home: Path) -> Iterator[tuple[int, int]]:
    """A server on the second core; its process and its port."""
    command = [sys.executable, "-m", "tests.benchmarks.serving.served", kind, str(home)]
    with subprocess.Popen(
        [*_on_core(1), *command], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            port = int(process.stdout.readline())
            _wait_for(port)
            yield process.pid, port
        finally:
            process.terminate()
            process.communicate()


def _wait_for(port: int) -> None:
    body = workload.asked(1, 1)
    while True:
        with suppress(httpx.TransportError):
            kind = {"Content-Type": "application/json"}
            answer = httpx.post(f"http://127.0.0.1:{port}/v1/decide", content=body, headers=kind)
            answer.raise_for_status()
            return
        time.sleep(0.1)


@contextmanager
def _bustle(file: SnapshotFile, port: int, *, sent: bool) -> Iterator[None]:
    """A new snapshot each second, and batches of events one after the other.

    To make them takes a part of the two cores that server and load have, too. What that alone does
    is seen where they are not `sent`, but written to a file that nobody reads.
    """
    ended = threading.Event()
    file = file if sent else SnapshotFile(file.path.with_name("unread.json"))

    def swap() -> None:
        version = 2
        while not ended.wait(1.0):
            _write(file, version=version)
            version += 1

    def send() -> None:
        number = 0
        with httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
            variants = [{"name": name, "image": f"{name}.webp"} for name in ("a", "b")]
            made = client.post(
                "/v1/tests", json={"item": f"own-{time.time_ns()}", "variants": variants}
            )
            test, item = made.json()["id"], made.json()["item"]
            client.post(f"/v1/tests/{test}/start")
            while not ended.wait(0.1):  # some 1,000 events a second
                shared = {"type": "impression", "item": item, "test": test, "variant": "a"}
                events = [
                    {**shared, "id": f"{test}-{number + step}", "unit": f"u{number + step}"}
                    for step in range(100)
                ]
                batch = client.build_request(
                    "POST", "/v1/events", json={"events": events}, timeout=30
                )
                if sent:
                    client.send(batch).raise_for_status()
                number += 100

    threads = [threading.Thread(target=work) for work in (swap, send)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        ended.set()
        for thread in threads:
            thread.join()


def _write(file: SnapshotFile, *, version: int) -> None:
    now_s = time.time()
    made = workload.snapshot(version=str(version), built_at_s=now_s)
    file.write(made.document(), now_s=now_s)


def _on_core(number: int) -> list[str]:
    return ["taskset", "-c", str(number)] if shutil.which("taskset") else []


def _cpu_s(process: int) -> float:
    """Seconds of processor time, user and system, that a process has spent."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _found(pattern: str, text: str) -> str:
    found = re.search(pattern, text, re.MULTILINE)
    assert found is not None, text
    return found.group(1)


def _ms(text: str) -> float:
    """A time of wrk's in milliseconds.

    >>> [_ms(text) for text in ("850.00us", "1.50ms", "2.00s")]
    [0.85, 1.5, 2000.0]
    """
    number, unit = re.fullmatch(r"([\d.]+)(us|ms|s)", text).groups()  # type: ignore[union-attr]
    return float(number) * {"us": 0.001, "ms": 1.0, "s": 1000.0}[unit]


def _commit() -> str:
    command = ["git", "describe", "--always", "--dirty"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout.strip()


def _arguments(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks.serving http",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--seconds", type=int, default=5, help="of each run")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", type=Path, metavar="FILE", help="the rows as JSON too")
    return parser.parse_args(argv)
