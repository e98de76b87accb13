"""Finished pictures are kept for whoever said so, a few, and given away once."""

import numpy as np

from studio.services.finished import FinishedPictures

PICTURE = np.full((4, 6, 3), 9, np.uint8)


def test_nothing_is_kept_until_somebody_wants_it() -> None:
    finished = FinishedPictures()
    finished.add("a", PICTURE)
    assert finished.take("a") is None


def test_a_picture_is_given_away_once() -> None:
    finished = FinishedPictures()
    finished.keep_last(2)
    finished.add("a", PICTURE)
    assert finished.take("a") is PICTURE
    assert finished.take("a") is None


def test_the_oldest_is_forgotten_where_nobody_takes_them() -> None:
    finished = FinishedPictures()
    finished.keep_last(2)
    for digest in "abc":
        finished.add(digest, PICTURE)
    assert finished.take("a") is None
    assert finished.take("c") is PICTURE
    finished.keep_last(0)
    assert finished.take("b") is None
