"""Decisions as bytes, and never an error: what is wrong inside costs the test, not the shop."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Final

import structlog

from abtest import Decision, Reason
from studio.api.metrics import Metrics
from studio.services.errors import BatchTooLarge
from studio.services.feed import Feed

_LOG = structlog.get_logger("studio.api")

FAILURES: Final = "packshot_decide_failures_total"
"""Counter of requests that got default images because something was wrong inside."""
_TOLD_EVERY_S: Final = 1.0
"""A defect may show in thousands of requests a second: one of them stands in the log."""


class SafeFeed:
    """The feed's answers; default images where it fails, with a counter and a line in the log.

    Parameters
    ----------
        clock : seconds, monotonic
    """

    def __init__(
        self, feed: Feed, *, metrics: Metrics, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._feed = feed
        self._metrics = metrics
        self._clock = clock
        self._told_s = self._failed_s = float("-inf")
        self._untold = 0
        metrics.add(FAILURES, 0)  # there from the start, so that an alert can watch it grow

    def answer(
        self,
        unit: object,
        attributes: object,
        items: Sequence[object],
        *,
        placement: object = None,
        forced: object = None,
    ) -> bytes:
        """The JSON body that answers a request.

        Raises
        ------
            BatchTooLarge: more items than one request may ask for
        """
        try:
            place = placement if isinstance(placement, str) else None
            return self._feed.answer(unit, attributes, items, placement=place, forced=forced)
        except BatchTooLarge:
            raise
        except Exception:  # noqa: BLE001 - a shop must have an image, whatever is wrong here
            self._tell()
            return self._defaults(items)

    def decide(
        self, unit: object, attributes: object, items: Sequence[object]
    ) -> tuple[str, Sequence[Decision]]:
        """The snapshot's version, and the decisions as values.

        Raises
        ------
            BatchTooLarge
        """
        try:
            answer = self._feed.decide(unit, attributes, items)
        except BatchTooLarge:
            raise
        except Exception:  # noqa: BLE001 - as above
            self._tell()
            images, version = self._known()
            return version, [
                Decision(item=str(item), image=images.get(str(item)), reason=Reason.DEFAULT)
                for item in items
            ]
        return answer.snapshot, answer.decisions

    def failed_within(self, span_s: float) -> bool:
        """Whether a request got default images lately because something was wrong inside."""
        return self._clock() - self._failed_s < span_s

    def _tell(self) -> None:
        """Count a failure, and log it if none was logged just now."""
        self._metrics.add(FAILURES)
        self._failed_s = now_s = self._clock()
        if now_s - self._told_s < _TOLD_EVERY_S:
            self._untold += 1
            return
        _LOG.exception("decide_failed", not_logged=self._untold)
        self._told_s, self._untold = now_s, 0

    def _defaults(self, items: Sequence[object]) -> bytes:
        """The default image of each item, by the least of what the snapshot knows."""
        images, version = self._known()
        decisions = [
            _default(item, images.get(item) if type(item) is str else None) for item in items
        ]
        body = {"snapshot": version, "decisions": decisions}
        # ASCII: an id with half a surrogate pair, which UTF-8 cannot hold, is echoed too.
        return json.dumps(body, separators=(",", ":")).encode("ascii")

    def _known(self) -> tuple[Mapping[str, str], str]:
        """Default images by item, and the version of what they are of."""
        try:
            snapshot = self._feed.snapshot
            images, version = snapshot.items, snapshot.version
        except Exception:  # noqa: BLE001 - what is wrong may be the snapshot itself
            return {}, "none"
        return images, version


def _default(item: object, image: str | None) -> dict[str, object]:
    return {
        "item": item if isinstance(item, str) else type(item).__name__,
        "image": image,
        "variant": None,
        "test": None,
        "segment": None,
        "propensity": 1.0,
        "reason": "default",
    }
