import re

import numpy as np
import pytest

from abtest import GateOptions
from abtest.evidence import e_values
from abtest.remaining import Proof, missing_proof
from tests.abtest.test_outlook import fitted

GATE = GateOptions()


def test_the_clicks_that_are_missing_are_those_that_the_gate_then_finds() -> None:
    arms = fitted((400, 440, 300))
    told = missing_proof(
        Proof(arms=arms, leader=1, e_limit=40, difference_limit=20, noun="clicks"), GATE
    )
    found = re.fullmatch(
        r"about ([\d,]+) more clicks on v1 and ([\d,]+) on v0, if their rates stay as "
        r"they are",
        told["evidence"],
    )
    assert found is not None
    growth = 1 + int(found[1].replace(",", "")) / 440
    for factor, passes in ((growth * 1.1, True), (growth * 0.85, False)):
        clicks = factor * np.array([[400.0, 440.0, 300.0]])
        e_value = e_values(clicks, clicks * [50, 20_000 / 440, 20_000 / 300],
                           epsilon=GATE.epsilon, tau=GATE.tau)[0, 1]  # fmt: skip
        assert bool(e_value >= 40) is passes


def test_what_is_met_misses_nothing() -> None:
    told = missing_proof(
        Proof(arms=fitted((400, 600)), leader=1, e_limit=20, difference_limit=20, noun="clicks"),
        GATE,
    )
    assert told == {"evidence": "", "difference": "", "expected_loss": ""}


def test_a_tie_is_not_to_be_told_apart() -> None:
    arms = fitted((20, 20), shown=1000)
    told = missing_proof(
        Proof(arms=arms, leader=0, e_limit=1e300, difference_limit=20, noun="clicks"), GATE
    )
    assert told["evidence"] == "more clicks than can be told: v1 is too close"


@pytest.mark.parametrize("clicks", [(0, 0), (0, 3)])
def test_before_the_first_click_nothing_breaks(clicks: tuple[int, int]) -> None:
    arms = fitted(clicks, shown=100)
    told = missing_proof(
        Proof(arms=arms, leader=1, e_limit=20, difference_limit=20, noun="clicks"), GATE
    )
    assert set(told) == {"evidence", "difference", "expected_loss"}
