"""Which variants took part in which period."""

import numpy as np

from studio.cli.counting.presence import presence_of, told

EVEN = np.full(3, 1 / 3)


def test_a_gap_of_many_impressions_is_absence_and_of_few_is_chance() -> None:
    shown = np.array([[500.0, 500, 500], [500, 500, 0], [500, 500, 500], [5, 9, 0]])
    found = presence_of(shown, EVEN)
    assert found.absent.tolist() == [[False] * 3, [False, False, True], [False] * 3, [False] * 3]
    np.testing.assert_allclose(found.shares[1], [0.5, 0.5, 0.0])
    np.testing.assert_allclose(found.shares[3], EVEN)
    assert found.dropped() == ()
    (sentence,) = told(found, ("a", "b", "c"), ("1", "2", "3", "4"))
    assert sentence == "c has nothing in 2 and is taken as out of the test then."


def test_many_thin_periods_together_are_absence() -> None:
    shown = np.array([[50.0, 50, 50], *[[9.0, 9, 0]] * 6])
    found = presence_of(shown, EVEN)
    assert found.absent[1:, 2].all()
    assert found.dropped() == (2,)


def test_a_line_that_says_zero_is_no_absence() -> None:
    shown = np.array([[500.0, 500, 500], [500, 500, 0]])
    assert not presence_of(shown, EVEN, listed=np.ones((2, 3), dtype=np.bool_)).absent.any()


def test_two_are_always_left_to_compare() -> None:
    shown = np.array([[500.0, 500], [500, 0]])
    found = presence_of(shown, np.array([0.5, 0.5]))
    assert found.absent[1, 1]
    assert found.dropped() == ()


def test_a_variant_that_was_meant_to_get_nothing_is_not_missed() -> None:
    found = presence_of(np.array([[500.0, 500, 0]]), np.array([0.5, 0.5, 0.0]))
    assert not found.absent.any()
    np.testing.assert_allclose(found.shares, [[0.5, 0.5, 0.0]])


def test_a_period_without_any_impression_lacks_nobody() -> None:
    found = presence_of(np.zeros((2, 3)), EVEN)
    np.testing.assert_allclose(found.shares, [EVEN, EVEN])
