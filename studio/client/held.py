"""The snapshot that decisions rest on, in memory and on disk."""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
import time
from collections.abc import Callable
from pathlib import Path

from abtest.errors import AbtestError
from abtest.snapshot import Snapshot
from studio.client.ids import event_id

_LOG = logging.getLogger(__name__)

_LEFTOVER_S = 3600.0
"""A part of a file that is older than this belongs to no write that still runs."""


class Held:
    """The snapshot of one process.

    Parameters
    ----------
        file  : where the last one is kept, so that a start needs no server; None: nowhere
        clock : monotonic seconds
    """

    def __init__(self, *, file: Path | None, clock: Callable[[], float]) -> None:
        self._file = file
        self._clock = clock
        self._confirmed_s: float | None = None
        self.snapshot = Snapshot(version="none", built_at_s=0.0, items={}, plans=())
        self.etag: str | None = None

    @property
    def age_s(self) -> float | None:
        """Seconds since the server last said that this is its snapshot; None: not yet."""
        return None if self._confirmed_s is None else self._clock() - self._confirmed_s

    def confirm(self) -> None:
        """Note that the server just said so."""
        self._confirmed_s = self._clock()

    def load(self) -> bool:
        """Take the snapshot on disk, if there is one that is whole."""
        if self._file is None:
            return False
        self._remove_leftovers(self._file)
        try:
            head, _, document = self._file.read_bytes().partition(b"\n")
            known = json.loads(head)
            whole = known["sha256"] == hashlib.sha256(document).hexdigest()
            self.snapshot = Snapshot.from_dict(json.loads(document if whole else b""))
            self.etag = known["etag"]
        except FileNotFoundError:
            return False
        except (OSError, ValueError, KeyError, TypeError, AbtestError) as fault:
            _LOG.warning("snapshot_unreadable", extra={"why": str(fault)})
            return False
        return True

    @staticmethod
    def _remove_leftovers(file: Path) -> None:
        """Delete what processes left half written that were killed."""
        before_s = time.time() - _LEFTOVER_S
        with contextlib.suppress(OSError):
            for part in file.parent.glob(f".{file.name}-*"):
                with contextlib.suppress(OSError):
                    if part.stat().st_mtime < before_s:
                        part.unlink()

    def install(self, document: bytes, etag: str | None) -> None:
        """Decide by another snapshot from now on.

        Raises
        ------
            ValueError, AbtestError: the document is none; the old one stays
        """
        fresh = Snapshot.from_dict(json.loads(document))
        self.snapshot, self.etag = fresh, etag
        self.confirm()
        # A full disk must not keep the new snapshot away; the file is for restarts only.
        with contextlib.suppress(OSError):
            self._write(document, etag)

    def _write(self, document: bytes, etag: str | None) -> None:
        if self._file is None:
            return
        head = {"etag": etag, "sha256": hashlib.sha256(document).hexdigest()}
        self._file.parent.mkdir(parents=True, exist_ok=True)
        part = self._file.with_name(f".{self._file.name}-{event_id()}")
        try:
            with part.open("xb") as stream:
                stream.write(json.dumps(head).encode() + b"\n" + document)
                stream.flush()
                os.fsync(stream.fileno())
            part.replace(self._file)
        finally:
            part.unlink(missing_ok=True)
