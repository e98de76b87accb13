"""What can go wrong between intakes and counters.

::

    StreamBroken
    ├── StreamGone          the server does not answer, or refuses the call
    ├── StreamFull          counters are behind: come again later
    ├── StreamNotDurable    the server may forget what it has taken
    └── StreamUnusable      the address cannot be used, or the client is not installed
"""


class StreamBroken(Exception):
    """Base of all errors of this package."""


class StreamGone(StreamBroken):
    """The stream's server does not answer, or refuses the call; nothing is known to be written."""

    def __init__(self, *, url: str, why: str) -> None:
        super().__init__(f"the event stream at {url}: {why}")
        self.url = url
        self.why = why


class StreamFull(StreamBroken):
    """As many entries wait as may; nothing was written."""

    def __init__(self, *, waiting: int, limit: int, retry_after_s: float) -> None:
        super().__init__(f"{waiting:,} entries wait to be counted (limit {limit:,})")
        self.waiting = waiting
        self.limit = limit
        self.retry_after_s = retry_after_s


class StreamNotDurable(StreamBroken):
    """The server does not write what it takes to disk, or throws it out when memory runs short."""

    def __init__(self, *, url: str, why: str, fix: str) -> None:
        super().__init__(f"the event stream at {url}: {why}; {fix}")
        self.url = url
        self.why = why
        self.fix = fix


class StreamUnusable(StreamBroken):
    """The address cannot be used, or the client is not installed."""

    def __init__(self, *, url: str, why: str) -> None:
        super().__init__(f"PACKSHOT_STREAM_URL {url}: {why}")
        self.url = url
        self.why = why
