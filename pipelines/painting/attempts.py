"""Trying with one seed after another until every check passes, and keeping the best."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipelines.errors import Interrupted, PaintingFailed
from pipelines.report import Check, noted

Rgb = npt.NDArray[np.uint8]
_STRIDE = 1_000_003
"""Between the seeds of one image's attempts: images of a set have neighbouring seeds, and an
attempt must not be another image's."""
_SEEDS = 2**63
_FATAL = frozenset({"painting's size", "blank painting", "noise", "drift"})
"""A picture that fails one of these is worse than any that fails others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One try.

    Attributes
    ----------
    raster
        uint8 (H, W, 3): the finished picture; None where the painting cannot be used at all.
    """

    seed: int
    checks: tuple[Check, ...]
    raster: Rgb | None

    @property
    def failures(self) -> tuple[str, ...]:
        """Names of the checks that failed."""
        return tuple(one.name for one in self.checks if one.outcome == "fail")

    @property
    def badness(self) -> tuple[bool, bool, int]:
        """What attempts are ordered by: unusable, fatally wrong, number of failures."""
        fatal = any(name in _FATAL for name in self.failures)
        return self.raster is None, fatal, len(self.failures)


def seeds(first: int, most: int) -> Iterator[int]:
    """The seeds of an image's attempts, the recipe's own first.

    >>> list(seeds(7, 3))
    [7, 1000010, 2000013]
    """
    for number in range(most):
        yield (first + number * _STRIDE) % _SEEDS


def best_of(
    first_seed: int,
    most: int,
    attempt: Callable[[int], Attempt],
    *,
    cancelled: Callable[[], bool],
    model: str,
) -> tuple[Rgb, tuple[Check, ...]]:
    """Try until every check passes, or no attempt is left; the earliest of the best is kept.

    Parameters
    ----------
    model
        Who paints, for messages.

    Returns
    -------
    The picture, its checks, and a line on every attempt.

    Raises
    ------
    Interrupted : between two attempts
    PaintingFailed : no attempt gave a picture that can be used
    """
    made: list[Attempt] = []
    best: Attempt | None = None
    for seed in seeds(first_seed, most):
        if cancelled():
            raise Interrupted(f"cancelled after {len(made)} attempts")
        one = attempt(seed)
        if best is None or one.badness < best.badness:
            best = one
        made.append(Attempt(seed=one.seed, checks=one.checks, raster=None))
        if not one.failures:
            break
    if best is None or best.raster is None:
        raise PaintingFailed(name=model, why=_why(made))
    return best.raster, (*best.checks, _told(made, best, most))


def _told(made: list[Attempt], best: Attempt, most: int) -> Check:
    failed = [one for one in made if one.failures and one.seed != best.seed]
    parts = [f"{len(made)} of at most {most}, seed {best.seed} kept"]
    parts += [f"seed {one.seed} failed {', '.join(one.failures)}" for one in failed]
    return noted("attempts", "; ".join(parts))


def _why(made: list[Attempt]) -> str:
    last = made[-1]
    wrong = next((one for one in last.checks if one.outcome == "fail"), None)
    fact = f"{wrong.name} {wrong.value}, not {wrong.limit}" if wrong is not None else "no reason"
    return f"{len(made)} attempts, the last one: {fact}"
