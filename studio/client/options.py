"""What a client can choose; every field has a default that suits a shop's web server."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

from studio.client.errors import OptionsInvalid

MAX_BATCH = 10_000
"""Most events that the server takes in one request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How a client waits, batches and gives up.

    Parameters
    ----------
        start_s         : how long `start` waits for the first snapshot
        request_s       : how long one request may take
        poll_s          : between two looks for a new snapshot where streams do not work
        stream          : follow the server's stream of changes; off, it is polled
        silence_s       : a stream that is silent for longer is opened anew; the server says
                          something every 15 s
        batch           : events of one request
        flush_s         : longest an event waits for its batch to fill
        max_queued      : events held in memory
        spill_after_s   : while the server is away, events older than this go to disk
        max_spill_bytes : of events on disk; beyond it, new ones are dropped and counted
        retry_first_s   : first wait after a failure, doubled with each further one
        retry_most_s    : longest wait between two tries
        close_s         : how long `close` waits for the last events to leave
    Raises              OptionsInvalid

    Examples
    --------
    >>> Options(batch=0)
    Traceback (most recent call last):
    studio.client.errors.OptionsInvalid: batch: 1 to 10,000 is expected, not 0
    """

    start_s: float = 5.0
    request_s: float = 10.0
    poll_s: float = 1.0
    stream: bool = True
    silence_s: float = 45.0
    batch: int = 500
    flush_s: float = 1.0
    max_queued: int = 20_000
    spill_after_s: float = 5.0
    max_spill_bytes: int = 64 << 20
    retry_first_s: float = 0.5
    retry_most_s: float = 30.0
    close_s: float = 5.0

    _TIMES: ClassVar = (
        "start_s", "request_s", "poll_s", "silence_s", "flush_s", "spill_after_s",
        "retry_first_s", "retry_most_s", "close_s",
    )  # fmt: skip

    def __post_init__(self) -> None:
        for name in self._TIMES:
            value = getattr(self, name)
            if not (math.isfinite(value) and value >= 0):
                raise OptionsInvalid(name, f"a time of 0 s or more is expected, not {value}")
        if not 1 <= self.batch <= MAX_BATCH:
            raise OptionsInvalid("batch", f"1 to {MAX_BATCH:,} is expected, not {self.batch}")
        if self.max_queued < self.batch:
            raise OptionsInvalid("max_queued", f"below one batch of {self.batch:,}")
        if self.max_spill_bytes < 0:
            raise OptionsInvalid("max_spill_bytes", "0 or more is expected")
