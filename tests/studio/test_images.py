"""Cutouts that several recipes share are found once, however many workers want them."""

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from pipelines.imaging.cutout import Cutout
from pipelines.stages.shot import Found
from studio.bootstrap import Shell, open_shell
from studio.settings import Settings


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """Everything wired, in an empty home folder."""
    return open_shell(Settings(home=tmp_path))


def found() -> Found:
    cutout = Cutout(rgb=np.zeros((2, 2, 3), np.uint8), alpha=np.ones((2, 2), np.float32))
    return Found(cutout=cutout, checks=())


def test_workers_that_want_the_same_cutout_share_it(shell: Shell) -> None:
    searching, searches = threading.Event(), []

    def find() -> Found:
        searches.append(1)
        assert searching.wait(30)
        return found()

    with ThreadPoolExecutor(3) as workers:
        wanted = [workers.submit(shell.images.cutout, "mug", find) for _ in range(3)]
        searching.set()
        results = [one.result(30) for one in wanted]
    assert len(searches) == 1
    assert results[0] is results[1] is results[2]


def test_a_search_that_failed_is_tried_again(shell: Shell) -> None:
    def fail() -> Found:
        raise ValueError("no product")

    with pytest.raises(ValueError, match="no product"):
        shell.images.cutout("mug", fail)
    assert shell.images.cutout("mug", found).checks == ()


def test_only_the_last_few_are_kept(shell: Shell) -> None:
    first = shell.images.cutout("0", found)
    assert shell.images.cutout("0", found) is first
    for key in "1234":
        shell.images.cutout(key, found)
    assert shell.images.cutout("0", found) is not first
