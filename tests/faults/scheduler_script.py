"""Schedulers as processes: each line "run" on stdin forks one, whose id is answered.

One interpreter imports everything once, so that a process that is killed costs a fork and not a
start. It has a single thread itself, so that forking it is safe.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import time
from functools import partial

import abtest
from studio.db.engine import open_engine
from studio.db.leadership import leadership_of
from studio.services import deliveries as sending
from studio.services.deliveries import Deliveries
from studio.services.outgoing import post
from studio.services.scheduling import Duty, Scheduler, scheduler
from studio.services.tests import Tests


def hurry() -> None:
    """Shorten what is waited for: a killed process's lease, and the pauses between tries."""
    # Not as the module is imported: whoever collects tests imports it too.
    sending.LEASE_S = 1.0  # type: ignore[misc]
    sending.PAUSES_S = (0.2,) * 50  # type: ignore[misc,assignment]
    scheduler.GLANCE_S = 0.02  # type: ignore[misc]


def work(url: str) -> None:
    """Be a scheduler until killed."""
    engine = open_engine(url)
    tests = Tests(engine, clock=time.time, new_id=lambda: "unused")
    sender = Deliveries(
        engine, clock=time.time, post=partial(post, private=True), chance=random.random
    )
    duties = (
        Duty(name="advance-tests", every_s=0.1, run=tests.advance_due),
        Duty(name="deliver-webhooks", every_s=0.1, run=sender.step),
    )
    Scheduler(duties, leadership=leadership_of(engine)).start()
    signal.pause()


def main(url: str) -> None:
    """Fork as asked."""
    hurry()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # whoever is killed is not waited for
    abtest.analyse  # noqa: B018 - imported now, and not by each that is forked
    print("ready", flush=True)
    for _ in sys.stdin:
        child = os.fork()
        if child == 0:
            os.close(0)
            work(url)
        print(child, flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
