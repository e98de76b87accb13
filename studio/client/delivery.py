"""How events reach the server: in batches, each event once, whatever happens between.

A batch leaves when it is full or its oldest event has waited long enough. What the server could
not take stays in memory and is tried again, later each time, or when the server asks for it. What
waits too long goes to disk, where it survives the process, and is sent when the server is back.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Generator, Sequence
from typing import Any, Final, TypeAlias

from studio.client.answers import Answers, Tally
from studio.client.messages import Call, Effect, Heard, Plan, Request, Rest, Work
from studio.client.options import Options
from studio.client.outbox import Outbox
from studio.client.spill import Segment, Spill, SpillFull

_LOG = logging.getLogger(__name__)

EVENTS_PATH: Final = "/v1/events"
ADOPT_S: Final = 60.0
"""How often the folder of spilled events is looked at for what other processes left."""
FULL_AGAIN_S: Final = 30.0
"""How long a disk that took nothing is left alone; meanwhile events wait in memory."""
_LEAST_REST_S: Final = 0.001
"""So that rounding never lets a plan turn on the spot."""
Steps: TypeAlias = Generator[Effect, Any, list[bytes]]
Kept: TypeAlias = Generator[Effect, Any, bool]


class Delivery:
    """Sends what is in an outbox.

    Parameters
    ----------
        spill  : where events wait while the server is away; None: in memory only
        clock  : monotonic seconds
        random : a number in [0, 1)
    """

    def __init__(
        self,
        outbox: Outbox,
        *,
        spill: Spill | None,
        options: Options,
        clock: Callable[[], float],
        random: Callable[[], float],
    ) -> None:
        self._outbox = outbox
        self._spill = spill
        self._options = options
        self._clock = clock
        self._answers = Answers(options, clock=clock, random=random)
        self._in_flight: list[bytes] = []
        self._look_s = float("-inf")
        self._store_from_s = float("-inf")
        self._spilled = spill is not None
        self._queue_had_turn = False
        self._closing_s: float | None = None
        self._waiters: list[Callable[[bool], None]] = []
        self._lock = threading.Lock()

    @property
    def tally(self) -> Tally:
        """What became of events so far."""
        return self._answers.tally

    @property
    def failure(self) -> str | None:
        """Why events do not flow; None where they do."""
        return self._answers.failure

    @property
    def pending(self) -> int:
        """Events in memory."""
        return len(self._outbox) + len(self._in_flight)

    def open(self) -> None:
        """Let another plan begin after one that ended."""
        self._closing_s = None
        self._outbox.open()

    def close(self) -> None:
        """Let the plan end: what waits is sent once more, or kept on disk."""
        self._closing_s = self._clock() + self._options.close_s

    def forked(self) -> None:
        """Begin anew in a forked process: what was in flight is the parent's."""
        self._lock = threading.Lock()
        self._in_flight, self._waiters = [], []
        self._answers.forked()
        if self._spill is not None:
            self._spill.forked()

    def when_sent(self, tell: Callable[[bool], None]) -> None:
        """Send what waits now, and tell whether all of it was taken."""
        with self._lock:
            self._waiters.append(tell)

    def drop(self, count: int) -> None:
        """Count lost events."""
        if count and not self.tally.dropped:
            why = "no room in memory or on disk, or the client is closed"
            _LOG.error("events_dropped", extra={"why": why})
        self._answers.count(dropped=count)

    def plan(self) -> Plan:
        """What to do next, until `close`."""
        self._outbox.put_back(self._in_flight)
        self._in_flight = []
        while self._closing_s is None:
            if self._is_spilling_due():
                yield from self._make_room()
            elif self._is_queue_due() and not (self._is_spill_due() and self._queue_had_turn):
                yield from self._send_queued()
            elif self._is_spill_due():
                yield from self._send_spilled()
            else:
                self._tell_waiters()
                yield Rest(self._next_due_s())
        yield from self._finish()

    def _is_held(self) -> bool:
        return self._clock() < self._answers.resume_s

    def _is_spilling_due(self) -> bool:
        due_s = self._spilling_due_s()
        return due_s is not None and self._clock() >= due_s

    def _spilling_due_s(self) -> float | None:
        """When events go to disk, by the clock; None where there is no reason or no disk."""
        if self._spill is None or not self._outbox:
            return None
        if len(self._outbox) > self._options.max_queued // 2:
            return self._store_from_s
        if self.failure is None:
            return None
        return max(self._outbox.since_s + self._options.spill_after_s, self._store_from_s)

    def _is_queue_due(self) -> bool:
        if self._is_held() or not self._outbox:
            return False
        full = len(self._outbox) >= self._options.batch
        due_s = self._outbox.since_s + self._options.flush_s
        return full or bool(self._waiters) or self._clock() >= due_s

    def _is_spill_due(self) -> bool:
        if self._spill is None or self._is_held():
            return False
        return self._spilled or self._clock() >= self._look_s

    def _next_due_s(self) -> float | None:
        """Until when there is nothing to do, as seconds from now; None until woken."""
        now_s, dues_s = self._clock(), []
        if self._outbox:
            since_s = self._outbox.since_s
            dues_s.append(max(since_s + self._options.flush_s, self._answers.resume_s))
        if (spilling_s := self._spilling_due_s()) is not None:
            dues_s.append(spilling_s)
        if self._spill is not None:
            wanted_s = now_s if self._spilled else self._look_s
            dues_s.append(max(wanted_s, self._answers.resume_s))
        return max(min(dues_s) - now_s, _LEAST_REST_S) if dues_s else None

    def _send_queued(self) -> Plan:
        self._queue_had_turn = True
        self._in_flight = self._outbox.take(self._answers.batch)
        left = yield from self._deliver(self._in_flight)
        self._outbox.put_back(left)
        self._in_flight = []
        if left:
            self._tell_waiters()

    def _send_spilled(self) -> Plan:
        spill = self._spill
        if spill is None:
            return
        self._queue_had_turn = False
        segment: Segment | None = yield Work(spill.oldest)
        self._spilled = segment is not None
        self._look_s = self._clock() + ADOPT_S
        if segment is None:
            return
        left = yield from self._deliver(segment.lines)
        finish = spill.release if left else spill.done
        yield Work(lambda: finish(segment))

    def _deliver(self, lines: Sequence[bytes]) -> Steps:
        """Send events; those that must be sent later are returned."""
        rest = list(lines)
        while rest:
            part = rest[: self._answers.batch]
            heard: Heard = yield Call(_request(part), self._timeout_s())
            match self._answers.judge(heard, part):
                case "taken" | "refused":
                    rest = rest[len(part) :]
                case "smaller":
                    self._answers.batch = max(len(part) // 2, 1)
                case "later":
                    return rest
        return rest

    def _timeout_s(self) -> float:
        if self._closing_s is None:
            return self._options.request_s
        return min(self._options.request_s, max(self._closing_s - self._clock(), 0.1))

    def _make_room(self) -> Plan:
        """Put the oldest events to disk; where it takes none, they go on waiting in memory."""
        self._in_flight = lines = self._outbox.take(self._options.batch)
        if not (yield from self._stored(lines)):
            self._outbox.put_back(lines)
            self._store_from_s = self._clock() + FULL_AGAIN_S
        self._in_flight = []

    def _stored(self, lines: Sequence[bytes]) -> Kept:
        kept: bool = yield Work(lambda: self._kept(lines))
        if kept:
            self._spilled = True
            self._answers.count(spilled=len(lines))
        return kept

    def _kept(self, lines: Sequence[bytes]) -> bool:
        if self._spill is None:
            return False
        try:
            self._spill.keep(lines)
        except SpillFull as fault:
            _LOG.warning("spill_refused", extra={"why": str(fault)})
            return False
        return True

    def _finish(self) -> Plan:
        """The last tries at everything in memory, then the disk; what finds no place is counted."""
        if self._spill is None:
            self._answers.resume_s = float("-inf")
        while not self._outbox.shut():
            self._in_flight = lines = self._outbox.take(self._options.batch)
            left = yield from self._tried(lines, patient=False)
            if left and not (yield from self._stored(left)):
                self.drop(len((yield from self._tried(left, patient=True))))
            self._in_flight = []
        self._tell_waiters()

    def _tried(self, lines: list[bytes], *, patient: bool) -> Steps:
        """Send events while the client closes; those that are left are returned.

        The patient have nowhere else to put them, and wait for a server that is away or busy.
        """
        left_s = (self._closing_s or 0.0) - self._clock()
        while lines and left_s > 0:
            wait_s = self._answers.resume_s - self._clock()
            if wait_s <= 0:
                lines = yield from self._deliver(lines)
            elif patient and wait_s < left_s:
                yield Rest(max(wait_s, _LEAST_REST_S))
            else:
                break
            left_s = (self._closing_s or 0.0) - self._clock()
        return lines

    def _tell_waiters(self) -> None:
        with self._lock:
            waiters, self._waiters = self._waiters, []
        for tell in waiters:
            tell(self.pending == 0)


def _request(lines: Sequence[bytes]) -> Request:
    return Request(
        method="POST",
        path=EVENTS_PATH,
        headers={"Content-Type": "application/json"},
        body=b'{"events":[' + b",".join(lines) + b"]}",
    )
