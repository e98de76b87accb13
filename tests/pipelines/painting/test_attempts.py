"""Attempts: the first that passes is taken, else the best, and every one is told of."""

from collections.abc import Callable

import numpy as np
import pytest

from pipelines.errors import Interrupted, PaintingFailed
from pipelines.painting import Attempt, best_of, seeds
from pipelines.report import Check, judged

Outcome = dict[int, tuple[str, ...]]


def never() -> bool:
    return False


def attempts_that_fail(*failing: tuple[str, ...]) -> Callable[[int], Attempt]:
    """Attempt after attempt fails these checks; a picture shows its number."""
    made: list[int] = []

    def attempt(seed: int) -> Attempt:
        names = failing[len(made)]
        made.append(seed)
        checks = tuple(_failed(name) for name in names)
        usable = "painting's size" not in names
        raster = np.full((2, 2, 3), len(made), np.uint8) if usable else None
        return Attempt(seed=seed, checks=checks, raster=raster)

    return attempt


def _failed(name: str) -> Check:
    return judged(name, passed=False, value="9", limit="0", fix="another")


def test_the_first_that_passes_ends_it() -> None:
    attempt = attempts_that_fail(("drift",), (), ("never reached",))
    raster, checks = best_of(5, 3, attempt, cancelled=never, model="m")
    assert raster[0, 0, 0] == 2
    (told,) = checks
    assert told.value == f"2 of at most 3, seed {5 + 1_000_003} kept; seed 5 failed drift"


@pytest.mark.parametrize(
    ("failing", "kept"),
    [
        ([("a", "b"), ("a",), ("a", "c")], 2),
        ([("a", "b", "c"), ("noise",), ("drift",)], 1),
        ([("painting's size",), ("noise", "drift"), ("painting's size",)], 2),
        ([("a",), ("b",), ("c",)], 1),
    ],
)
def test_the_best_is_kept_where_none_passes(failing: list[tuple[str, ...]], kept: int) -> None:
    raster, checks = best_of(
        0, len(failing), attempts_that_fail(*failing), cancelled=never, model="m"
    )
    assert raster[0, 0, 0] == kept
    assert tuple(one.name for one in checks[:-1]) == failing[kept - 1]
    others = [names for number, names in enumerate(failing, start=1) if number != kept]
    assert all(", ".join(names) in checks[-1].value for names in others)


def test_where_nothing_can_be_used_there_is_no_picture() -> None:
    attempt = attempts_that_fail(("painting's size",), ("painting's size",))
    with pytest.raises(PaintingFailed, match="2 attempts, the last one: painting's size 9, not 0"):
        best_of(0, 2, attempt, cancelled=never, model="m")


def test_cancelling_is_heard_between_attempts() -> None:
    heard = iter([False, True])
    attempt = attempts_that_fail(("drift",), ())
    with pytest.raises(Interrupted, match="after 1 attempts"):
        best_of(0, 2, attempt, cancelled=lambda: next(heard), model="m")


def test_seeds_of_one_image_are_not_those_of_its_neighbours() -> None:
    used = [set(seeds(first, 10)) for first in range(200)]
    assert len(set.union(*used)) == 2000
    assert all(0 <= seed < 2**63 for seed in seeds(2**63 - 1, 3))
