"""One try at a job: what its handler may ask, and the heartbeat that keeps its lease."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Protocol

from gpu.errors import JobCancelled
from gpu.jobs import Claim
from gpu.ports import WorkQueue

_LOG = logging.getLogger(__name__)
_BEATS_PER_LEASE = 3  # two beats may be missed before another worker may take the job


class Control(Protocol):
    """What a handler may ask and say while it runs; safe to call from any thread."""

    def cancelled(self) -> bool:
        """Whether the handler should stop soon: cancelled, shutting down, or the lease was lost."""
        ...

    def raise_if_cancelled(self) -> None:
        """Raise JobCancelled where `cancelled()` is true: the short way to stop."""
        ...

    def progress(self, fraction: float) -> None:
        """Say how far the job is, within [0, 1]."""
        ...


class Attempt:
    """A `Control` over one claim; inside the `with` block a thread renews the lease.

    Parameters
    ----------
        stop : set when the worker is to end; the handler sees it as a cancellation
        on_progress : called in the handler's thread whenever it reports progress
    """

    def __init__(
        self,
        queue: WorkQueue,
        claim: Claim,
        *,
        lease_s: float,
        stop: threading.Event,
        on_progress: Callable[[], None],
    ) -> None:
        self.claim = claim
        self.fraction = 0.0
        self._queue = queue
        self._lease_s = lease_s
        self._stop = stop
        self._on_progress = on_progress
        self._began_s = time.monotonic()
        self._revoked = threading.Event()
        self._finished = threading.Event()
        self._heart = threading.Thread(
            target=self._beat, name=f"lease-{claim.job.id[:12]}", daemon=True
        )

    @property
    def elapsed_s(self) -> float:
        """Seconds since the claim."""
        return time.monotonic() - self._began_s

    def cancelled(self) -> bool:
        """Whether the handler should stop soon."""
        return self._revoked.is_set() or self._stop.is_set()

    def raise_if_cancelled(self) -> None:
        """Raise JobCancelled where `cancelled()` is true."""
        if self.cancelled():
            raise JobCancelled

    def progress(self, fraction: float) -> None:
        """Say how far the job is; values outside [0, 1] are moved to its ends."""
        self.fraction = min(1.0, max(0.0, fraction))
        self._on_progress()

    def __enter__(self) -> Attempt:
        self._heart.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._finished.set()
        self._heart.join()

    def _beat(self) -> None:
        while not self._finished.wait(self._lease_s / _BEATS_PER_LEASE):
            try:
                answer = self._queue.extend(
                    self.claim, lease_s=self._lease_s, progress=self.fraction
                )
            except Exception:  # noqa: BLE001 - outermost loop of a thread; the next beat may pass
                _LOG.exception("lease_not_renewed", extra={"job_id": self.claim.job.id})
                continue
            if answer != "held":
                self._revoked.set()
                return
