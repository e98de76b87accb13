"""The strength of a prior, learned from tests whose spread is known."""

import numpy as np
import pytest

from abtest import AnalysisOptions, InvalidCounts, Row, analyse, counts_from_rows, learned_strength
from abtest.posterior import PSEUDO_CLICKS


def past(spread: float, *, seed: int, number: int = 150) -> list[list[tuple[float, float]]]:
    rng = np.random.default_rng(seed)
    return [
        [(float(rng.poisson(shown * level * factor)), float(shown))
         for factor in rng.gamma(1 / spread**2, spread**2, size=4)]
        for level, shown in zip(rng.uniform(0.005, 0.05, number),
                                rng.integers(1000, 9000, number), strict=True)
    ]  # fmt: skip


@pytest.mark.parametrize("spread", [0.08, 0.17, 0.4])
def test_the_spread_of_past_images_is_found(spread: float) -> None:
    found = learned_strength(past(spread, seed=3))
    assert found**-0.5 == pytest.approx(spread, rel=0.12)


def test_nothing_known_is_the_usual_strength() -> None:
    assert learned_strength([]) == PSEUDO_CLICKS
    assert learned_strength([[(0, 100), (0, 100)], [(5, 100)], []]) == PSEUDO_CLICKS


def test_one_small_test_hardly_moves_it() -> None:
    assert learned_strength([[(3, 100), (9, 100)]]) == pytest.approx(PSEUDO_CLICKS, rel=0.25)


def test_impossible_past_is_refused() -> None:
    with pytest.raises(InvalidCounts, match="past tests"):
        learned_strength([[(5, 3), (1, 9)]])


def test_a_stronger_prior_draws_winners_nearer_to_the_rest() -> None:
    rows = [Row(segment="everyone", variant=name, period="1", impressions=2000, clicks=clicks)
            for name, clicks in (("a", 40), ("b", 60))]  # fmt: skip
    lifts = [
        analyse(counts_from_rows(rows), options=AnalysisOptions(pseudo_clicks=strength))
        .overall.variant("b").lift
        for strength in (10.0, 33.0, 300.0)
    ]  # fmt: skip
    shrunken = [lift.shrunken for lift in lifts if lift is not None]
    assert shrunken == sorted(shrunken, reverse=True)
    assert len(shrunken) == 3
