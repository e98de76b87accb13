"""What tests have taught: which features of an image win, and what to make next.

Images of one test differ in features: the template, the style, the shadow. Across tests, the log
click rate of image v in test t (and segment) is

    m_t + sum over its features of (beta_f + gamma_f) + u_v

with a level of the test's own, so that only images of the same test are compared; beta_f ~
N(0, s^2) the feature's effect anywhere, gamma_f ~ N(0, s^2 / 2) what is special to the segment
asked about, and u_v ~ N(0, tau^2) what the features do not explain. The common scale s is learned
from the tests themselves (restricted likelihood on a grid): few tests, little claimed.

Effects of a feature's words are relative to an image whose other features are the same, and to the
average word of that feature.

References
----------
    Breslow and Clayton 1993, "Approximate inference in generalized linear mixed models"
    Chapelle and Li 2011, "An empirical evaluation of Thompson sampling" (drawing suggestions)
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from abtest.counts import Counts
from abtest.errors import InvalidCounts
from abtest.posterior import PSEUDO_CLICKS, steadied_rate
from abtest.quadrature import Floats
from abtest.strata import effective_arms
from abtest.tables import Metric

_SCALES = np.array([0.01, 0.03, 0.06, 0.1, 0.15, 0.2, 0.3])
_USUAL_SCALE = 0.15
"""Half-normal prior scale of s: no feature is known to change a click rate by more than a third."""
_ROUNDS = 4

LARGEST_HEAD_START = 0.2
"""About one standard deviation between images of one product: no record knows an image better."""

Indices = NDArray[np.intp]
Level = tuple[str, str]
"""A feature and its word, such as ("template", "raw-wood")."""


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


def learn(
    outcomes: Iterable[Outcome],
    *,
    segment: str = "",
    candidates: Mapping[str, Sequence[str]] | None = None,
) -> Lessons:
    """Learn from the outcomes of tests.

    Parameters
    ----------
        segment    : what the lessons are for; "" for everyone
        candidates : feature to further words that could be made but were never tested
    """
    rows = [one for one in outcomes if one.trials > 0]
    levels = _levels(rows, candidates or {})
    design = _Design.of(rows, levels, segment=segment)
    scale, mean, covariance = _posterior(design)
    contrast = _contrasts(levels)
    shown = contrast @ design.shown
    return Lessons(
        levels=levels,
        mean=shown @ mean,
        covariance=shown @ covariance @ shown.T,
        tests=_tests_of(rows, levels),
        scale=scale,
    )


def _levels(rows: Sequence[Outcome], candidates: Mapping[str, Sequence[str]]) -> tuple[Level, ...]:
    seen = {(name, word) for one in rows for name, word in one.features.items()}
    seen |= {(name, word) for name, words in candidates.items() for word in words}
    return tuple(sorted(seen))


def _contrasts(levels: Sequence[Level]) -> Floats:
    """Effects against the average word of the same feature, (levels, levels)."""
    names = np.array([name for name, _ in levels])
    same = (names[:, None] == names[None, :]).astype(np.float64)
    return np.asarray(np.eye(len(levels)) - same / np.maximum(same.sum(axis=1, keepdims=True), 1.0))


def _tests_of(rows: Sequence[Outcome], levels: Sequence[Level]) -> tuple[int, ...]:
    words: dict[tuple[str, str], set[str]] = {}
    met: dict[Level, set[str]] = {level: set() for level in levels}
    for one in rows:
        for name, word in one.features.items():
            words.setdefault((one.test, name), set()).add(word)
    for (test, name), found in words.items():
        if len(found) > 1:
            for word in found:
                met[name, word].add(test)
    return tuple(len(met[level]) for level in levels)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Design:
    """Rows of all tests, sorted into blocks that share a level.

    Parameters
    ----------
        columns   : 0 or 1, (rows, effects): words, and after them words where it is asked about
        starts    : first row of each block
        blocks    : of each row, its block
        variances : prior variance of each effect over s^2
        shown     : the effects that make up each word's, (levels, effects)
    """

    columns: Floats
    successes: Floats
    trials: Floats
    starts: Indices
    blocks: Indices
    variances: Floats
    shown: Floats

    @classmethod
    def of(cls, rows: Sequence[Outcome], levels: Sequence[Level], *, segment: str) -> _Design:
        ordered = sorted(rows, key=lambda one: (one.test, one.segment))
        index = {level: i for i, level in enumerate(levels)}
        size = len(levels)
        columns = np.zeros((len(ordered), 2 * size))
        for r, one in enumerate(ordered):
            asked = float(one.segment == segment != "")
            for level in one.features.items():
                columns[r, index[level]] = 1.0
                columns[r, size + index[level]] = asked
        keys = [(one.test, one.segment) for one in ordered]
        fresh = np.array([i == 0 or keys[i] != keys[i - 1] for i in range(len(keys))], dtype=bool)
        eye = np.eye(size)
        return cls(
            columns=columns,
            successes=np.array([one.successes for one in ordered]),
            trials=np.array([one.trials for one in ordered]),
            starts=np.flatnonzero(fresh),
            blocks=np.cumsum(fresh) - 1,
            variances=np.repeat([1.0, 0.5], size),
            shown=np.concatenate([eye, eye * float(segment != "")], axis=1),
        )

    def sums(self, values: Floats) -> Floats:
        """Sums over each block."""
        return np.asarray(np.add.reduceat(values, self.starts, axis=0), dtype=np.float64)


def _posterior(design: _Design) -> tuple[float, Floats, Floats]:
    """The scale, and mean and covariance of all effects."""
    size = design.columns.shape[1]
    if len(design.trials) == 0:
        return _USUAL_SCALE, np.zeros(size), np.diag(design.variances) * _USUAL_SCALE**2
    start = steadied_rate(design.sums(design.successes), design.sums(design.trials))
    log_rate = np.log(np.minimum(start, 0.9))[design.blocks]
    scale = _USUAL_SCALE
    for _ in range(_ROUNDS):
        expected = design.trials * np.exp(log_rate)
        working = log_rate + (design.successes - expected) / expected
        weight = expected / (1.0 + expected / PSEUDO_CLICKS)
        precision, score, _ = _normal_equations(design, weight, working)
        scale = _scale(design, weight, working)
        prior = np.diag(1.0 / (design.variances * scale**2))
        covariance = np.asarray(np.linalg.inv(precision + prior), dtype=np.float64)
        mean = covariance @ score
        left = working - design.columns @ mean
        level = design.sums(weight * left) / design.sums(weight)
        own = (
            (left - level[design.blocks])
            * (expected / PSEUDO_CLICKS)
            / (1.0 + expected / PSEUDO_CLICKS)
        )
        log_rate = design.columns @ mean + level[design.blocks] + own
        log_rate = np.clip(log_rate, -20.0, -1e-3)
    return scale, mean, covariance


def _normal_equations(
    design: _Design, weight: Floats, working: Floats
) -> tuple[Floats, Floats, float]:
    """Precision and score of the effects, all levels integrated out, and the sum of squares."""
    total = design.sums(weight)
    weighted = design.columns * weight[:, None]
    sums = design.sums(weighted)
    precision = design.columns.T @ weighted - (sums / total[:, None]).T @ sums
    centred = working - (design.sums(weight * working) / total)[design.blocks]
    return precision, weighted.T @ centred, float(weight @ centred**2)


def _scale(design: _Design, weight: Floats, working: Floats) -> float:
    """Posterior mean of s on a grid, by restricted likelihood and a half-normal prior."""
    precision, score, square = _normal_equations(design, weight, working)
    logs = []
    for scale in _SCALES:
        variances = design.variances * scale**2
        full = precision + np.diag(1.0 / variances)
        pull = float(score @ np.linalg.solve(full, score))
        size = -0.5 * (np.linalg.slogdet(full)[1] + np.log(variances).sum())
        logs.append(size - 0.5 * (square - pull) - 0.5 * (scale / _USUAL_SCALE) ** 2)
    posterior = np.exp(np.array(logs) - max(logs))
    widths = np.gradient(_SCALES)
    return float((posterior * widths) @ _SCALES / (posterior @ widths))
