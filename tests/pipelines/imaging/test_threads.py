"""Cores are shared out: who works beside others takes only its own."""

from collections.abc import Iterator

import cv2
import pytest

from pipelines.imaging.threads import use_threads


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    threads = cv2.getNumThreads()
    yield
    cv2.setNumThreads(threads)


@pytest.mark.parametrize("each", [1, 2])
def test_arithmetic_takes_the_cores_it_is_given(each: int) -> None:
    use_threads(each)
    assert cv2.getNumThreads() == each


def test_no_thread_at_all_is_refused() -> None:
    with pytest.raises(ValueError, match="0 threads"):
        use_threads(0)
