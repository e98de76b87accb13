"""A process that drains a batch: run by the crash tests, and killed by them.

Each job writes `start NAME` and `end NAME` to a file as whole lines. A job named in the last
argument never ends: it waits to be killed.
"""

import os
import sys
import threading
import time

from sqlalchemy import create_engine, event

from gpu import Control, LocalExecutor, WorkerOptions
from gpu.queues.sql import SqlJobQueue


def main(url: str, log: str, workers: str, hang_at: str) -> None:
    engine = create_engine(url)
    if url.startswith("sqlite"):
        event.listen(engine, "connect", lambda raw, _: raw.execute("PRAGMA busy_timeout=10000"))
    descriptor = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    def handle(payload: dict[str, str], _control: Control) -> dict[str, str]:
        os.write(descriptor, f"start {payload['name']}\n".encode())
        if payload["name"] == hang_at:
            threading.Event().wait()
        os.write(descriptor, f"end {payload['name']}\n".encode())
        return {"made": payload["name"]}

    executor = LocalExecutor(
        queue=SqlJobQueue(engine, clock=time.time),
        handlers={"work": handle},
        workers=int(workers),
        options=WorkerOptions(lease_s=3600.0, poll_s=0.01),
    )
    executor.drain("b1")
    print("drained", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
