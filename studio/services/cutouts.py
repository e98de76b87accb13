"""Cutouts that several recipes share."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future

from pipelines.stages.shot import Found

_REMEMBERED = 3
"""A few, because each holds seven bytes per pixel of its photo."""


class Cutouts:
    """The last few cutouts: variants of one photo are made one after another.

    Safe to call from several threads.
    """

    def __init__(self) -> None:
        self._cutouts: OrderedDict[str, Future[Found | None]] = OrderedDict()
        self._lock = threading.Lock()

    def found(self, key: str, find: Callable[[], Found]) -> Found:
        """Return the cutout that is remembered under a key, or look for it.

        Workers that want the same one at the same time wait for the first of them. Where that one
        finds nothing or is cancelled, the next looks itself: a fault names its own picture.

        Raises
        ------
        Whatever `find` raises
        """
        while True:
            promised, mine = self._promised(key)
            if mine:
                return self._kept(key, promised, find)
            found = promised.result()
            if found is not None:
                return found

    def _promised(self, key: str) -> tuple[Future[Found | None], bool]:
        """The cutout that is looked for, and whether it is for the caller to look."""
        with self._lock:
            promised = self._cutouts.get(key)
            if promised is not None:
                self._cutouts.move_to_end(key)
                return promised, False
            promised = self._cutouts[key] = Future()
            while len(self._cutouts) > _REMEMBERED:
                self._cutouts.popitem(last=False)
            return promised, True

    def _kept(self, key: str, promised: Future[Found | None], find: Callable[[], Found]) -> Found:
        found = None
        try:
            found = find()
        finally:
            if found is None:
                with self._lock:
                    if self._cutouts.get(key) is promised:
                        del self._cutouts[key]
            promised.set_result(found)
        return found
