"""What the server's answers to batches of events mean, and what is to be done about them."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal, TypeAlias

from studio.client.backoff import Backoff, retry_after_s
from studio.client.messages import Answer, Heard, Unreachable
from studio.client.options import Options

_LOG = logging.getLogger(__name__)

_NEVER_TAKEN: Final = frozenset({400, 413, 415, 422})
"""Answers to a batch that no other try will change."""
_FOR_A_PERSON: Final = frozenset({401, 403, 404, 405})
"""Answers that end when a person has changed the key or the address; the events wait for it."""
_MAX_TOLD: Final = 20
"""Different reasons of rejection that are logged; a loop of bad events must not flood the log."""

Verdict: TypeAlias = Literal["taken", "refused", "smaller", "later"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What became of events so far.

    Parameters
    ----------
        accepted   : newly taken by the server
        duplicates : the server had them already
        rejected   : not taken by the server; the log has the reasons
        spilled    : went to disk for a while
        dropped    : lost, for lack of room
    """

    accepted: int = 0
    duplicates: int = 0
    rejected: int = 0
    spilled: int = 0
    dropped: int = 0


class Answers:
    """Judges answers, and keeps what follows from them.

    Attributes
    ----------
        batch    : how many events to send at once; less after the server found a batch too large
        resume_s : before this moment of the clock nothing should be sent
        failure  : why events do not flow; None where they do
        tally    : what became of events so far

    Parameters
    ----------
        clock  : monotonic seconds
        random : a number in [0, 1)
    """

    def __init__(
        self, options: Options, *, clock: Callable[[], float], random: Callable[[], float]
    ) -> None:
        self._options = options
        self._clock = clock
        self._backoff = Backoff(
            first_s=options.retry_first_s, most_s=options.retry_most_s, random=random
        )
        self._lock = threading.Lock()
        self._told: set[str] = set()
        self.batch = options.batch
        self.resume_s = float("-inf")
        self.failure: str | None = None
        self.tally = Tally()

    def forked(self) -> None:
        """Begin anew in a forked process."""
        self._lock = threading.Lock()
        self.tally = Tally()

    def judge(self, heard: Heard, part: Sequence[bytes]) -> Verdict:
        """What an answer means for the events that were sent, with its number and log kept."""
        if isinstance(heard, Unreachable):
            return self._later(heard.why, self._backoff.next_s())
        if heard.status == 200 and (counts := _counts(heard)) is not None:
            self._succeeded(heard, counts)
            return "taken"
        if heard.status == 413 and len(part) > 1:
            return "smaller"
        if heard.status in _NEVER_TAKEN:
            self._reject(len(part), heard.detail)
            return "refused"
        return self._later(heard.detail, self._wait_s(heard))

    def _wait_s(self, answer: Answer) -> float:
        if answer.status in _FOR_A_PERSON:
            return self._options.retry_most_s
        return max(retry_after_s(answer) or 0.0, self._backoff.next_s())

    def _succeeded(self, answer: Answer, counts: tuple[int, int]) -> None:
        if self.failure is not None:
            _LOG.warning("events_flow_again", extra={"after": self.failure})
        self.failure = None
        self.resume_s = float("-inf")
        self._backoff.reset()
        self.batch = min(self.batch + 1, self._options.batch)
        accepted, duplicates = counts
        self.count(accepted=accepted, duplicates=duplicates)
        for each in json.loads(answer.body).get("rejected", ()):
            self._reject(1, str(each.get("why")) if isinstance(each, dict) else "?")

    def _later(self, why: str, wait_s: float) -> Verdict:
        if self.failure is None:
            _LOG.warning("events_delayed", extra={"why": why, "wait_s": round(wait_s, 3)})
        self.failure = why
        self.resume_s = self._clock() + wait_s
        return "later"

    def _reject(self, count: int, why: str) -> None:
        self.count(rejected=count)
        if why not in self._told and len(self._told) < _MAX_TOLD:
            self._told.add(why)
            _LOG.warning("events_rejected", extra={"why": why, "count": count})

    def count(self, **more: int) -> None:
        """Add to the tally."""
        with self._lock:
            tally = self.tally
            fields = {name: getattr(tally, name) + count for name, count in more.items()}
            self.tally = replace(tally, **fields)


def _counts(answer: Answer) -> tuple[int, int] | None:
    """Accepted events and duplicates; None for an answer that is not the server's, as a proxy's."""
    try:
        body = json.loads(answer.body)
        return int(body["accepted"]), int(body["duplicates"])
    except (ValueError, TypeError, KeyError):
        return None
