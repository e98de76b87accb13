"""Runs duties in the one process that leads, each in its own time and thread."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol

from apscheduler.events import EVENT_JOB_MAX_INSTANCES, JobSubmissionEvent
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.interval import IntervalTrigger

from studio.db.engine import DatabaseFault
from studio.db.leadership import Leadership
from studio.services.scheduling.duty import Duty

_LOG = logging.getLogger(__name__)

GLANCE_S: Final = 1.0
"""How often it is asked who leads, and whether the clock was set back."""
STEP_S: Final = 1.0
"""A clock that is so far behind what has passed was set back; slewing stays far below it."""


class Count(Protocol):
    """Lets a counter grow, such as `studio.api.metrics.Metrics.add`."""

    def __call__(self, name: str, amount: float = 1.0, **labels: str) -> None:
        """Add to the counter of this name and labels."""


class Scheduler:
    """Does the duties while it leads.

    A duty that fails is tried again with growing pauses, and holds up no other; one that takes
    longer than its interval is not begun a second time. Lost leadership is noticed within
    `GLANCE_S`: no duty begins after that, and what one had begun is safe, because each act locks
    the rows that it is about and looks again whether it is still due.

    APScheduler reckons in wall time, and would wait for an hour if the clock were set back by
    one; so that is looked for, and everything is due at once then.
    """

    def __init__(
        self,
        duties: Sequence[Duty],
        *,
        leadership: Leadership,
        count: Count | None = None,
        wall: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._duties = tuple(duties)
        self._leadership = leadership
        self._count = count
        self._wall, self._monotonic = wall, monotonic
        self._ahead_s = wall() - monotonic()
        self._failures: dict[str, int] = {}
        self._leads = threading.Event()
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None
        self._jobs = self._planned()

    @property
    def leads(self) -> bool:
        """Whether this process is the one that does the duties."""
        return self._leads.is_set()

    @property
    def led(self) -> bool:
        """Whether any process does them, this one or another of the same database."""
        return self.leads or self._leadership.elsewhere

    @property
    def duties(self) -> tuple[Duty, ...]:
        """What is done here."""
        return self._duties

    def start(self) -> None:
        """Begin to compete, and to work once this process leads; returns at once."""
        self._jobs.start(paused=True)
        self._thread = threading.Thread(target=self._lead, name="scheduler", daemon=True)
        self._thread.start()

    def stop(self, *, timeout_s: float) -> bool:
        """Begin nothing more, and wait for what runs; whether it all ended in time.

        A stopped scheduler is not started again.
        """
        self._ended.set()
        self._leads.clear()
        thread, self._thread = self._thread, None
        if thread is None:
            return True
        ending = threading.Thread(
            target=self._end, args=(thread,), name="scheduler-end", daemon=True
        )
        ending.start()
        ending.join(timeout_s)
        return not ending.is_alive()

    def _end(self, thread: threading.Thread) -> None:
        """Each of these may wait for a database that hangs."""
        thread.join()
        self._jobs.shutdown()
        self._leadership.release()

    def glance(self) -> None:
        """Look who leads, and whether the clock was set back; called once a second."""
        holds = self._leadership.hold()
        if holds and not self.leads:
            self._leads.set()
            self._note_clock()
            self._retime()
            self._jobs.resume()
            _LOG.info("scheduler_leads", extra={"duties": [duty.name for duty in self._duties]})
        elif self.leads and not holds:
            self._leads.clear()
            self._jobs.pause()
            _LOG.warning("scheduler_lost_the_lead")
        elif self.leads and self._was_set_back():
            _LOG.warning("clock_set_back", extra={"by_s": round(self._behind_s(), 3)})
            self._retime()
            self._note_clock()

    def _lead(self) -> None:
        while not self._ended.is_set():
            try:
                self.glance()
            except Exception:  # noqa: BLE001 - outermost loop of a thread; the next glance may pass
                _LOG.exception("scheduler_glance_failed")
            self._ended.wait(GLANCE_S)

    def _planned(self) -> BackgroundScheduler:
        logging.getLogger("apscheduler").setLevel(logging.CRITICAL)  # its events are told by ours
        jobs = BackgroundScheduler(
            timezone=UTC,
            executors={"default": ThreadPoolExecutor(max(len(self._duties), 1))},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )
        for duty in self._duties:
            trigger = IntervalTrigger(seconds=duty.every_s, timezone=UTC)
            jobs.add_job(self._run, trigger, args=[duty], id=duty.name, name=duty.name)
        jobs.add_listener(self._note_overlap, EVENT_JOB_MAX_INSTANCES)
        return jobs

    def _run(self, duty: Duty) -> None:
        if not self.leads:
            return
        began_s = self._monotonic()
        try:
            duty.run()
        except Exception as fault:  # noqa: BLE001 - a worker's outermost loop: others must go on
            self._failures[duty.name] = failures = self._failures.get(duty.name, 0) + 1
            wait_s = duty.backoff_s(failures, fault)
            _LOG.error(
                "duty_failed",
                # An outage is told by each duty every few seconds: where in it says nothing more.
                exc_info=None if isinstance(fault, DatabaseFault) else fault,
                extra={
                    "duty": duty.name,
                    "why": type(fault).__name__,
                    "failures": failures,
                    "again_in_s": wait_s,
                },
            )
            self._jobs.modify_job(duty.name, next_run_time=_in(wait_s))
            self._add("packshot_duties_total", duty=duty.name, outcome="failed")
            return
        self._failures.pop(duty.name, None)
        self._add("packshot_duties_total", duty=duty.name, outcome="done")
        self._add("packshot_duty_seconds_sum", self._monotonic() - began_s, duty=duty.name)

    def _note_overlap(self, event: JobSubmissionEvent) -> None:
        self._add("packshot_duties_total", duty=event.job_id, outcome="still_busy")

    def _add(self, name: str, amount: float = 1.0, **labels: str) -> None:
        if self._count is not None:
            self._count(name, amount, **labels)

    def _note_clock(self) -> None:
        self._ahead_s = self._wall() - self._monotonic()

    def _behind_s(self) -> float:
        return self._ahead_s - (self._wall() - self._monotonic())

    def _was_set_back(self) -> bool:
        behind_s = self._behind_s()
        if behind_s < 0.0:  # set forward, or the machine has slept: what was due is due
            self._note_clock()
        return behind_s >= STEP_S

    def _retime(self) -> None:
        """Let everything be due now."""
        for job in self._jobs.get_jobs():
            job.modify(next_run_time=_in(0.0))


def _in(wait_s: float) -> datetime:
    return datetime.now(UTC) + timedelta(seconds=wait_s)
