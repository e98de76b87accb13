"""What both faces of a client share: deciding, and turning what shoppers do into events."""

from __future__ import annotations

import json
import logging
import random
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, SupportsFloat, TypeAlias

from abtest.snapshot import Decision, Reason
from studio.client.answers import Tally
from studio.client.choices import Choice, Choices
from studio.client.delivery import Delivery
from studio.client.errors import ClientError, OptionsInvalid
from studio.client.following import Follower
from studio.client.held import Held
from studio.client.ids import event_id
from studio.client.options import Options
from studio.client.outbox import Outbox
from studio.client.spill import Spill
from studio.client.wire import Origin

_LOG = logging.getLogger(__name__)

SNAPSHOT_FILE: Final = "snapshot"
SPILL_FOLDER: Final = "events"
AGENT: Final = "packshot-client"

EventType: TypeAlias = Literal["impression", "click", "conversion"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """How a client is.

    Parameters
    ----------
        snapshot       : version of what is decided by; "none" before the first
        age_s          : seconds since the server last confirmed it; None: not yet
        streaming      : changes come by the server's stream, not by polling
        snapshot_fault : why the snapshot is not being refreshed; None: it is
        events_fault   : why events are not being taken; None: they are
        pending        : events in memory
        tally          : what became of the others
        unforeseen     : decisions that failed inside and were answered with defaults
    """

    snapshot: str
    age_s: float | None
    streaming: bool
    snapshot_fault: str | None
    events_fault: str | None
    pending: int
    tally: Tally
    unforeseen: int


class Core:
    """A client without its threads or tasks.

    Parameters
    ----------
        wake    : wakes the sender of events, from any thread
        settled : tells that a look for a snapshot has ended, well or not
    """

    def __init__(
        self,
        url: str,
        *,
        key: str | None,
        home: Path | None,
        options: Options,
        wake: Callable[[], None],
        settled: Callable[[], None],
    ) -> None:
        self.origin = Origin.of(url)
        self.options = options
        self.headers = {"User-Agent": AGENT}
        if key is not None:
            if not (key.isascii() and key.isprintable() and key and " " not in key):
                raise OptionsInvalid("key", "printable ASCII without spaces is expected")
            self.headers["Authorization"] = f"Bearer {key}"
        clock = time.monotonic
        self.held = Held(file=None if home is None else home / SNAPSHOT_FILE, clock=clock)
        self.outbox = Outbox(limit=options.max_queued, batch=options.batch, clock=clock, wake=wake)
        spill = None
        if home is not None and options.max_spill_bytes:
            spill = Spill(home / SPILL_FOLDER, max_bytes=options.max_spill_bytes)
        self.delivery = Delivery(
            self.outbox, spill=spill, options=options, clock=clock, random=random.random
        )
        self.follower = Follower(
            self.held, options=options, clock=clock, random=random.random, settled=settled
        )
        self._unforeseen = 0
        self.held.load()

    def open(self) -> None:
        """Get ready for plans, the first ones or others after those that ended."""
        self.follower.open()
        self.delivery.open()

    def forked(self) -> None:
        """Begin anew in a forked process; what waited is the parent's to send."""
        self.outbox.forked()
        self.delivery.forked()

    def check_start(self) -> None:
        """Raise what a person must put right before the client is of use.

        Raises
        ------
            KeyRefused, ServerUnsuitable
        """
        failure = self.follower.failure
        if isinstance(failure, ClientError):
            raise failure
        if self.held.age_s is None:
            why = failure or "no answer yet"
            _LOG.warning(
                "server_away", extra={"why": str(why), "snapshot": self.held.snapshot.version}
            )

    def decide(
        self,
        unit: object,
        attributes: object,
        items: Iterable[str],
        *,
        defaults: Mapping[str, str] | None,
    ) -> Choices:
        """The images of items for one shopper; never raises."""
        snapshot = self.held.snapshot
        asked: Any = items
        try:
            asked = list(items)
            decisions = snapshot.decide_all(unit, attributes, asked)
        except Exception:  # noqa: BLE001 - a shop must have an image, whatever is wrong here
            self._unforeseen += 1
            _LOG.exception("decide_failed")
            names = asked if isinstance(asked, list) else []
            decisions = [_unknown(item) for item in names]
        return Choices(
            unit=unit,
            snapshot=snapshot.version,
            decisions=decisions,
            defaults=defaults,
            base=self.origin.base + self.origin.prefix,
        )

    def record(
        self, kind: EventType, choice: Choice, *, value: SupportsFloat | None = None
    ) -> str | None:
        """Queue an event; its id, None where nothing is counted. Never raises."""
        if not choice.counts:
            return None
        event: dict[str, object] = {
            "id": event_id(),
            "type": kind,
            "unit": choice.unit,
            "item": choice.item,
            "test": choice.test,
            "variant": choice.variant,
            "segment": choice.segment,
            "propensity": choice.propensity,
            "snapshot": choice.snapshot,
            "ts": time.time(),
        }
        try:
            if value is not None:
                event["value"] = float(value)
            line = json.dumps(event, separators=(",", ":"), allow_nan=False).encode("ascii")
        except (TypeError, ValueError) as fault:
            _LOG.error("event_unusable", extra={"why": str(fault)})
            return None
        if not self.outbox.put(line):
            self.delivery.drop(1)
            return None
        return str(event["id"])

    def record_impressions(self, choices: Choices) -> None:
        """Queue an impression of each choice that a test made."""
        for choice in choices.values():
            self.record("impression", choice)

    @property
    def health(self) -> Health:
        """How the client is."""
        failure = self.follower.failure
        return Health(
            snapshot=self.held.snapshot.version,
            age_s=self.held.age_s,
            streaming=self.follower.streaming,
            snapshot_fault=None if failure is None else str(failure),
            events_fault=self.delivery.failure,
            pending=self.delivery.pending,
            tally=self.delivery.tally,
            unforeseen=self._unforeseen,
        )


def _unknown(item: object) -> Decision:
    name = item if isinstance(item, str) else type(item).__name__
    return Decision(item=name, image=None, reason=Reason.UNKNOWN_ITEM)
