"""Asking something that may hang: its answer in time, or none."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

_Answer = TypeVar("_Answer")


def answered(ask: Callable[[], _Answer], *, within_s: float | None) -> _Answer:
    """What a call returns, or raises, if that comes in time; the call goes on in its thread.

    A server that takes connections and answers nothing holds up whoever asks it, for ten seconds
    or for good. No time limit of a driver covers all of its calls.

    Parameters
    ----------
        within_s : None waits for as long as it takes

    Raises
    ------
        TimeoutError
    """
    answer: Future[_Answer] = Future()

    def run() -> None:
        try:
            answer.set_result(ask())
        except BaseException as fault:  # noqa: BLE001 - told to whoever asked
            answer.set_exception(fault)

    # A daemon: a call that never ends must not keep the process from ending.
    threading.Thread(target=run, name="answer", daemon=True).start()
    return answer.result(within_s)
