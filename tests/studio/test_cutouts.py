"""Cutouts that several recipes share are made once."""

import threading
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np
import pytest

from pipelines.imaging.cutout import Cutout
from pipelines.stages.shot import Found
from studio.services.cutouts import Cutouts


@pytest.fixture
def cutouts() -> Cutouts:
    """Nothing is remembered yet."""
    return Cutouts()


def found() -> Found:
    cutout = Cutout(rgb=np.zeros((2, 2, 3), np.uint8), alpha=np.ones((2, 2), np.float32))
    return Found(cutout=cutout, checks=())


def test_workers_that_want_the_same_cutout_share_it(cutouts: Cutouts) -> None:
    searching, searches = threading.Event(), []

    def find() -> Found:
        searches.append(1)
        assert searching.wait(30)
        return found()

    with ThreadPoolExecutor(3) as workers:
        wanted = [workers.submit(cutouts.found, "mug", find) for _ in range(3)]
        searching.set()
        results = [one.result(30) for one in wanted]
    assert len(searches) == 1
    assert results[0] is results[1] is results[2]


def test_a_search_that_failed_is_tried_again(cutouts: Cutouts) -> None:
    def fail() -> Found:
        raise ValueError("no product")

    with pytest.raises(ValueError, match="no product"):
        cutouts.found("mug", fail)
    assert cutouts.found("mug", found).checks == ()


def test_who_waited_for_a_search_that_failed_looks_itself(cutouts: Cutouts) -> None:
    searching, waiting = threading.Event(), threading.Event()

    def fail() -> Found:
        searching.set()
        assert waiting.wait(30)
        raise ValueError("a.jpg: no product")

    def fail_too() -> Found:
        raise ValueError("b.jpg: no product")

    class Waiting(Future[Found | None]):
        def result(self, timeout: float | None = None) -> Found | None:
            waiting.set()
            return super().result(timeout)

    with pytest.MonkeyPatch.context() as patch, ThreadPoolExecutor(2) as workers:
        patch.setattr("studio.services.cutouts.Future", Waiting)
        first = workers.submit(cutouts.found, "mug", fail)
        assert searching.wait(30)
        second = workers.submit(cutouts.found, "mug", fail_too)
        with pytest.raises(ValueError, match=r"a\.jpg"):
            first.result(30)
        with pytest.raises(ValueError, match=r"b\.jpg"):
            second.result(30)
    assert cutouts.found("mug", found).checks == ()


def test_only_the_last_few_are_kept(cutouts: Cutouts) -> None:
    first = cutouts.found("0", found)
    assert cutouts.found("0", found) is first
    for key in "1234":
        cutouts.found(key, found)
    assert cutouts.found("0", found) is not first
