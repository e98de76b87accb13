"""Ratios of mixtures, against integration over a fine grid."""

import numpy as np
import pytest
from scipy import special

from abtest import AnalysisOptions, Row, Spread, analyse, counts_from_rows
from abtest.mixed_ratios import MixedRatios
from abtest.spread import Mixture

SPREADS = (
    Spread(strengths=(400.0, 6.0), shares=(0.8, 0.2)),
    Spread(strengths=(1000.0, 4.0), shares=(0.9, 0.1)),
)
Curve = tuple[np.ndarray[tuple[int, ...], np.dtype[np.float64]], ...]


def curve(mixture: Mixture, *, points: int = 6000) -> Curve:
    """Rates on an even grid of their logarithms, and the probability of each cell."""
    edges = np.exp(np.linspace(np.log(1e-4), np.log(0.5), points + 1))
    below = sum(
        weight * special.betainc(part.alpha, part.beta, edges)
        for weight, part in zip(mixture.weights, mixture.parts, strict=True)
    )
    return np.sqrt(edges[1:] * edges[:-1]), np.diff(below)


def below(ratio: float, arm: Mixture, base: Mixture) -> float:
    """P(arm / base <= ratio) by brute force."""
    x, mass = curve(base)
    found = sum(
        weight * special.betainc(part.alpha, part.beta, np.minimum(x * ratio, 1.0))
        for weight, part in zip(arm.weights, arm.parts, strict=True)
    )
    return float(mass @ found)


@pytest.mark.parametrize("spread", SPREADS)
@pytest.mark.parametrize("trials", [300, 1500, 20_000])
@pytest.mark.parametrize("lift", [0.6, 1.05, 1.8])
def test_against_integration(spread: Spread, trials: int, lift: float) -> None:
    base = spread.posterior(rate=0.02, successes=0.02 * trials, trials=trials)
    arm = spread.posterior(rate=0.02, successes=round(0.02 * trials * lift), trials=trials)
    ratios = MixedRatios.of([arm], [base])
    for ratio in (0.9, 1.05, 1.3):
        assert ratios.cdf(ratio)[0] == pytest.approx(below(ratio, arm, base), abs=2e-5)
    low, high = (float(end[0]) for end in ratios.interval(level=0.95))
    assert below(low, arm, base) == pytest.approx(0.025, abs=2e-5)
    assert below(high, arm, base) == pytest.approx(0.975, abs=2e-5)


def test_an_analysis_tells_the_lifts_of_its_mixtures() -> None:
    rows = [
        Row(segment="everyone", variant=name, period="1", impressions=1500, clicks=clicks)
        for name, clicks in (("a", 30), ("b", 18), ("c", 54))
    ]
    spread = SPREADS[1]
    found = analyse(counts_from_rows(rows), options=AnalysisOptions(spread=spread)).overall
    rate = 103 / 4550
    a, b = (spread.posterior(rate=rate, successes=clicks, trials=1500) for clicks in (30.0, 18.0))
    lift = found.variant("b").lift
    assert lift is not None
    assert below(1 + lift.interval[0], b, a) == pytest.approx(0.025, abs=1e-3)
    assert below(1 + lift.interval[1], b, a) == pytest.approx(0.975, abs=1e-3)
