"""The feed: which image to show whom, always with an answer.

::

    feed = Feed(engine, clock=time.time, file=home / "snapshot.json")
    feed.refresh()                              # by a thread every second, and after each change
    answer = feed.decide("shopper-7", {"country": "DE"}, ["mug", "shoe"])

Decisions read only an immutable snapshot in memory. `refresh` builds a new one off the request
path when anything has changed, swaps it in whole and writes it to a file. Processes that serve
beside the one that builds `follow` that file, and a process that finds no database starts from it.
With neither, every item gets the fallback image, and the counters and `age_s` say so.
"""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from abtest import (
    AbtestError,
    Choices,
    Decision,
    Reason,
    Snapshot,
)
from studio.db.engine import DatabaseFault, Engine
from studio.services.errors import BatchTooLarge
from studio.services.feed_building import FeedBuilder
from studio.services.image_links import ImageLinks, PublicImages
from studio.services.previews import Previews
from studio.services.snapshot_file import Kept, SnapshotFile

_LOG = logging.getLogger(__name__)

NO_SNAPSHOT = "none"
"""The version of a feed that has nothing to decide by yet."""
MAX_ITEMS = 200
"""Most items of one request."""

Refresh = Literal["unchanged", "swapped", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The decisions of one request, in the order of its items, and the snapshot they rest on."""

    snapshot: str
    decisions: tuple[Decision, ...]


class Feed:
    """The decisions of one process.

    Parameters
    ----------
        file       : where the snapshot is kept between runs
        fallback   : image of an unknown item; None lets the client show its own
        images     : where clients find what tests name
        previews   : reads the tokens of previews; None takes none
    """

    def __init__(
        self,
        engine: Engine,
        *,
        clock: Callable[[], float],
        file: Path,
        fallback: str | None = None,
        images: ImageLinks | None = None,
        previews: Previews | None = None,
    ) -> None:
        self._clock = clock
        self._file = SnapshotFile(file)
        self._fallback = fallback
        self._previews = previews
        links = PublicImages() if images is None else images
        self._builder = FeedBuilder(engine, fallback=fallback, images=links)
        self._building = threading.Lock()
        self._counting = threading.Lock()
        self._reasons: Counter[str] = Counter()
        self._refreshes: Counter[str] = Counter()
        self._known_s = float("-inf")
        self._following = False
        self._digest = ""
        self._stamp: tuple[int, int, int] | None = None
        self._document: tuple[Snapshot, bytes] | None = None
        self._snapshot = self._empty()
        kept = self._file.read()
        if kept is not None:
            self._take(kept)

    @property
    def snapshot(self) -> Snapshot:
        """What decisions rest on now."""
        return self._snapshot

    @property
    def version(self) -> str:
        """Of the snapshot; every answer bears it."""
        return self._snapshot.version

    @property
    def age_s(self) -> float:
        """Seconds since the snapshot was last known to be what the database says."""
        known_s = max(self._known_s, self._snapshot.built_at_s)
        return max(self._clock() - known_s, 0.0)

    @property
    def reasons(self) -> Mapping[str, int]:
        """Decisions so far, by reason."""
        with self._counting:
            return {str(reason): self._reasons[str(reason)] for reason in Reason}

    @property
    def refreshes(self) -> Mapping[str, int]:
        """Refreshes so far: unchanged, swapped, failed."""
        with self._counting:
            return {name: self._refreshes[name] for name in ("unchanged", "swapped", "failed")}

    @property
    def file_faults(self) -> Mapping[str, int]:
        """Of the snapshot's file so far: damaged, unwritable."""
        return self._file.faults

    def document(self) -> bytes:
        """The snapshot as JSON; `Snapshot.from_dict` builds one of it that decides the same."""
        snapshot, known = self._snapshot, self._document
        if known is None or known[0] is not snapshot:
            known = (snapshot, snapshot.document())
            self._document = known
        return known[1]

    def answer(
        self,
        unit: object,
        attributes: object,
        items: Sequence[object],
        *,
        placement: str | None = None,  # noqa: ARG002 - part of the request; no rule uses it yet
        forced: object = None,
    ) -> bytes:
        """What `decide` answers, as the JSON body of a response.

        Raises
        ------
            BatchTooLarge: more than `MAX_ITEMS`
        """
        if forced is not None and self._previews is not None:
            snapshot, choices = self._decided(unit, attributes, items, forced)
            return choices.encoded(snapshot.version)
        _check_count(items)
        body, reasons = self._snapshot.encoded(unit, attributes, items)
        with self._counting:
            for name, count in reasons.items():
                self._reasons[name] += count
        return body

    def decide(
        self,
        unit: object,
        attributes: object,
        items: Sequence[object],
        *,
        placement: str | None = None,  # noqa: ARG002 - part of the request; no rule uses it yet
        forced: object = None,
    ) -> Answer:
        """The image of each item for one shopper; never fails for what the shopper is like.

        Parameters
        ----------
            forced : a preview's token or a list of them, see `studio.services.previews`

        Raises
        ------
            BatchTooLarge: more than `MAX_ITEMS`
        """
        snapshot, choices = self._decided(unit, attributes, items, forced)
        return Answer(snapshot=snapshot.version, decisions=choices.decisions)

    def _decided(
        self, unit: object, attributes: object, items: Sequence[object], forced: object
    ) -> tuple[Snapshot, Choices]:
        _check_count(items)
        snapshot = self._snapshot
        choices = snapshot.choices(unit, attributes, items)
        if forced is not None and self._previews is not None:
            choices = choices.replaced(items, self._previews.shown(forced))
        with self._counting:
            self._reasons.update(choices.reasons)
        return snapshot, choices

    def refresh(self) -> Refresh:
        """Bring the snapshot up to date; where the database fails, the old one stays.

        A process that follows a file goes on doing so: only one process of a machine builds.
        """
        if self._following:
            return self.follow()
        with self._building:
            return self._counted(self._refresh())

    def follow(self) -> Refresh:
        """Take over what another process wrote to the file, if it is new; off the request path."""
        self._following = True
        with self._building:
            return self._counted(self._follow())

    def _counted(self, result: Refresh) -> Refresh:
        with self._counting:
            self._refreshes[result] += 1
        return result

    def _refresh(self) -> Refresh:
        now_s = self._clock()
        try:
            fresh = self._builder.next(self._snapshot, now_s=now_s)
        except (DatabaseFault, AbtestError):
            return "failed"
        self._known_s = now_s
        if fresh is not None:
            self._snapshot = fresh
        if fresh is not None or not self._file.touch(now_s):
            self._file.write(self.document(), now_s=now_s)
        return "unchanged" if fresh is None else "swapped"

    def _follow(self) -> Refresh:
        stamp = self._file.stamp()
        if stamp is None:
            return "failed"
        if stamp == self._stamp:
            return "unchanged"
        heading = self._file.heading()
        if heading is not None and heading.whole and heading.digest == self._digest:
            self._stamp, self._known_s = stamp, heading.checked_s
            return "unchanged"
        kept = self._file.read_current()
        # A damaged file is told of once; what is served meanwhile is newer than the one before it.
        self._stamp = stamp
        return "swapped" if kept is not None and self._take(kept) else "failed"

    def _take(self, kept: Kept) -> bool:
        """Serve what a file held; False where this version cannot read it."""
        try:
            fresh = Snapshot.from_document(kept.document, previous=self._snapshot)
        except AbtestError as fault:
            self._file.refuse(self._file.path, str(fault))
            return False
        self._snapshot, self._document = fresh, (fresh, kept.document)
        self._digest, self._known_s = kept.heading.digest, kept.heading.checked_s
        return True

    def _empty(self) -> Snapshot:
        return Snapshot(
            version=NO_SNAPSHOT, built_at_s=0.0, items={}, plans=(), fallback=self._fallback
        )


def _check_count(items: Sequence[object]) -> None:
    if len(items) > MAX_ITEMS:
        raise BatchTooLarge(what="items", count=len(items), limit=MAX_ITEMS)
