"""Try what may befall a shop in production, at full length.

The same faults are tests, small enough to run with all others:

    python -m pytest tests/faults

Here they are as long as in real life. Each run starts real processes and a real database, kills
them at moments drawn from the seed, and works out from the events alone what the counts must be.
Nothing is touched but temporary folders.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from tests.faults import intake, outage

RUNS = {
    "intake": "two intakes, a counter and a scheduler on SQLite, killed 40 times (SIGKILL) during "
    "the load; a tenth of the events is sent twice",
    "intake-postgresql": "the same on PostgreSQL, which is killed too",
    "database": "`packshot serve --workers 2` under three clients; its PostgreSQL is killed, then "
    "hung, then stopped, each time for --seconds; the last time the server is killed too, its "
    "snapshot's file damaged, and it starts without its database",
}
OTHERS = """
other faults, as tests only:
  test_scheduler_faults.py  two schedulers at a time, killed: all is done, and nothing twice
  test_stream_faults.py     counters and Valkey killed, Valkey flushed: nothing lost, or named
  test_server_faults.py     disk full, clock set back and forward, snapshot damaged while it serves,
                            slow clients
  test_start_faults.py      a server that starts while its database hangs, its snapshot damaged

A replica that is replaced under load: tests/studio/cli/test_crew.py.
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run what was asked for, one after the other; 1 where any count is not exact."""
    parser = _parser()
    asked = parser.parse_args(argv)
    if unknown := set(asked.run) - set(RUNS):
        parser.error(f"no run {', '.join(sorted(unknown))}; there are {', '.join(RUNS)}")
    failed = 0
    for name in asked.run or RUNS:
        print(f"== {name}: {RUNS[name]}", flush=True)
        failed += _run(name, asked)
    return 1 if failed else 0


def _run(name: str, asked: argparse.Namespace) -> int:
    load = ["--events", str(asked.events), "--kills", str(asked.kills), "--seed", str(asked.seed)]
    if name == "intake":
        return intake.main(load)
    if name == "intake-postgresql":
        return intake.main([*load, "--postgresql"])
    return outage.main(["--seconds", str(asked.seconds)])


def _parser() -> argparse.ArgumentParser:
    listed = "\n".join(f"  {name:18} {what}" for name, what in RUNS.items())
    parser = argparse.ArgumentParser(
        prog="python -m tests.faults",
        description=f"{__doc__}\nruns:\n{listed}",
        epilog=OTHERS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("run", nargs="*", metavar="RUN", help="default: all of them")
    parser.add_argument("--events", type=int, default=200_000, help="of the load (%(default)s)")
    parser.add_argument("--kills", type=int, default=40, help="of processes (%(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="of load and moments (%(default)s)")
    parser.add_argument(
        "--seconds", type=float, default=30.0, help="that the database is away (%(default)s)"
    )
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
