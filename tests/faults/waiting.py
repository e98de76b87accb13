"""Waiting for what must come to pass, without guessing how long it takes."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

GIVE_UP_S = 300.0
"""A guard against waiting for good: a start takes over a minute on a machine that is busy enough."""
GLANCE_S = 0.01


def until(holds: Callable[[], bool], what: Callable[[], object] | str) -> None:
    """Return once it holds; say what was awaited, or what there was instead, if it never does."""
    pause, give_up_s = threading.Event(), time.monotonic() + GIVE_UP_S
    while not holds():
        found = what if isinstance(what, str) else what()
        assert time.monotonic() < give_up_s, f"it never came to pass: {found}"
        pause.wait(GLANCE_S)
