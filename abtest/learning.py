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
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from abtest.lessons import Lessons, Level
from abtest.outcomes import Outcome
from abtest.posterior import PSEUDO_CLICKS, steadied_rate
from abtest.quadrature import Floats

_SCALES = np.array([0.01, 0.03, 0.06, 0.1, 0.15, 0.2, 0.3])
_USUAL_SCALE = 0.15
"""Half-normal prior scale of s: no feature is known to change a click rate by more than a third."""
_ROUNDS = 4

Indices = NDArray[np.intp]


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
