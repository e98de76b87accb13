"""The last few finished pictures, as they were before they became files."""

import threading
from collections import OrderedDict

import numpy as np
import numpy.typing as npt

Raster = npt.NDArray[np.uint8]


class FinishedPictures:
    """What is drawn of a picture that was just made need not be decoded again.

    Keeps nothing until somebody says how many: each holds three or four bytes a pixel. Safe to call
    from several threads.
    """

    def __init__(self) -> None:
        self._most = 0
        self._rasters: OrderedDict[str, Raster] = OrderedDict()
        self._lock = threading.Lock()

    def keep_last(self, most: int) -> None:
        """Keep the last so many that nobody has taken."""
        with self._lock:
            self._most = most
            self._forget()

    def add(self, digest: str, raster: Raster) -> None:
        """Remember a picture by the digest of its file."""
        with self._lock:
            self._rasters[digest] = raster
            self._forget()

    def take(self, digest: str) -> Raster | None:
        """Return a picture, uint8 (H, W, 3) or (H, W, 4), and forget it; None if it is not here."""
        with self._lock:
            return self._rasters.pop(digest, None)

    def _forget(self) -> None:
        while len(self._rasters) > self._most:
            self._rasters.popitem(last=False)
