"""Streams between many intakes and few counters: bytes in, bytes out, nothing acknowledged lost."""

from studio.streams.entries import Backlog, Entry, Waiting
from studio.streams.errors import (
    StreamBroken,
    StreamFull,
    StreamGone,
    StreamNotDurable,
    StreamUnusable,
)

__all__ = [
    "Backlog",
    "Entry",
    "StreamBroken",
    "StreamFull",
    "StreamGone",
    "StreamNotDurable",
    "StreamUnusable",
    "Waiting",
]
