"""What may hang is not waited for."""

import threading

import pytest

from studio.db.answering import answered


def test_an_answer_or_a_fault_that_comes_is_passed_on() -> None:
    def fails() -> int:
        raise KeyError("gone")

    assert answered(lambda: 7, within_s=30.0) == 7
    assert answered(lambda: 7, within_s=None) == 7
    with pytest.raises(KeyError, match="gone"):
        answered(fails, within_s=30.0)


def test_what_hangs_is_left_to_itself() -> None:
    ended, done = threading.Event(), threading.Event()

    def hangs() -> None:
        ended.wait(30)
        done.set()

    with pytest.raises(TimeoutError):
        answered(hangs, within_s=0.01)
    ended.set()
    assert done.wait(30), "it goes on in its thread"
