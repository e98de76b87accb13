"""What tests have taught of features, and what it says to make next.

References
----------
    Chapelle and Li 2011, "An empirical evaluation of Thompson sampling" (drawing suggestions)
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy import special

from abtest.quadrature import Floats

LARGEST_HEAD_START: Final = 0.2
"""About one standard deviation between images of one product: no record knows an image better."""

Level = tuple[str, str]
"""A feature and its word, such as ("template", "raw-wood")."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """A word of a feature, and what it is worth.

    Parameters
    ----------
        effect      : relative to the average word of the feature; 0.1 is 10% more clicks
        interval    : 95% credible
        prob_better : probability that it is better than the average word
        tests       : in which images with it met images without
        drawn       : effect drawn from the posterior, by which exploring ranks; None if not drawn
    """

    feature: str
    word: str
    effect: float
    interval: tuple[float, float]
    prob_better: float
    tests: int
    drawn: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Lessons:
    """What the tests say about features, jointly normal on the log scale.

    Parameters
    ----------
        levels     : every word of every feature
        mean       : of their effects, (levels,)
        covariance : of their effects, (levels, levels)
        tests      : in which each word was compared with another, (levels,)
        scale      : s, learned: how much features matter at all
    """

    levels: tuple[Level, ...]
    mean: Floats
    covariance: Floats
    tests: tuple[int, ...]
    scale: float

    def suggestions(
        self, *, feature: str = "", generator: np.random.Generator | None = None
    ) -> tuple[Suggestion, ...]:
        """Words ranked by effect, or by a draw from the posterior where a generator is given.

        Drawing explores: a word that was hardly tried comes first as often as it may be the best.
        """
        words = Counter(name for name, _ in self.levels)
        drawn = None
        if generator is not None and self.levels:
            drawn = generator.multivariate_normal(self.mean, self.covariance, method="eigh")
        found = [
            self._suggestion(i, None if drawn is None else float(drawn[i]))
            for i, (name, _) in enumerate(self.levels)
            if feature in ("", name) and words[name] > 1  # one word alone is better than nothing
        ]
        return tuple(
            sorted(found, key=lambda one: one.effect if one.drawn is None else one.drawn,
                   reverse=True)
        )  # fmt: skip

    def head_start(self, features: Mapping[str, str]) -> float:
        """What an image of these features is expected to win over the average one: 0.1 is 10% more.

        Of features that were compared in earlier tests only; drawn towards 0 as far as they were
        compared little, and never beyond `LARGEST_HEAD_START` either way.
        """
        known = [
            i for i, (name, word) in enumerate(self.levels)
            if features.get(name) == word and self.tests[i] > 0
        ]  # fmt: skip
        expected = math.expm1(float(self.mean[known].sum()))
        return min(max(expected, -LARGEST_HEAD_START), LARGEST_HEAD_START)

    def _suggestion(self, i: int, drawn: float | None) -> Suggestion:
        name, word = self.levels[i]
        mean, sd = float(self.mean[i]), math.sqrt(max(float(self.covariance[i, i]), 0.0))
        return Suggestion(
            feature=name,
            word=word,
            effect=math.expm1(mean),
            interval=(math.expm1(mean - 1.96 * sd), math.expm1(mean + 1.96 * sd)),
            prob_better=float(special.ndtr(mean / sd)) if sd > 0 else 0.5,
            tests=self.tests[i],
            drawn=None if drawn is None else math.expm1(drawn),
        )
