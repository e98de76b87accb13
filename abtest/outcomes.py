"""What came of images in tests, with the features that they were made with."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from abtest.counts import Counts
from abtest.errors import InvalidCounts
from abtest.strata import effective_arms
from abtest.tables import Metric


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of one image in one test, in one segment or over all.

    Parameters
    ----------
        test      : which images are comparable; rows of the same test and segment are
        segment   : name, "" for everyone
        features  : feature to word
        successes : effective, 0 or more
        trials    : effective, at least `successes`
    Raises          InvalidCounts
    """

    test: str
    features: Mapping[str, str]
    successes: float
    trials: float
    segment: str = ""

    def __post_init__(self) -> None:
        if not (math.isfinite(self.trials) and 0.0 <= self.successes <= self.trials):
            why = f"{self.successes} successes of {self.trials} trials"
            raise InvalidCounts(f"test {self.test!r}", why)


def outcomes_of(
    counts: Counts,
    features: Mapping[str, Mapping[str, str]],
    *,
    test: str,
    metric: Metric = "click_rate",
) -> tuple[Outcome, ...]:
    """The outcomes of one test, by segment, its periods made comparable.

    Parameters
    ----------
        features : variant to the features of its image; variants without are left out
    """
    variants = tuple(name for name in counts.variants if features.get(name))
    if len(variants) < 2:
        return ()
    return tuple(
        Outcome(
            test=test,
            segment=segment,
            features=features[arm.variant],
            successes=arm.successes_effective,
            trials=arm.trials_effective,
        )
        for segment in counts.segments
        for arm in effective_arms(counts, variants, segments=(segment,), metric=metric)
        if arm.trials_effective > 0
    )
