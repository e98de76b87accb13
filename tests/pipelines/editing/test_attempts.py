"""Asking again: with another seed while an answer fails, and no longer."""

import numpy as np
import pytest

from pipelines.editing import Outcome, Taken, Wish, edited
from pipelines.errors import Interrupted, PaintingFailed
from pipelines.report import Check, judged, noted
from tests.pipelines.editing.painters import (
    Painter,
    original,
    profile,
    repainted,
    through_autoencoder,
    well,
)

NEVER = lambda: False  # noqa: E731 - nobody cancels


def asked(painter: Painter, **changes: object) -> Outcome:
    wish = Wish(instruction="add a red dot", seed=5)
    how = {"wish": wish, "cancelled": NEVER} | changes
    return edited(
        original(),
        profile=painter.profile,
        paint=lambda ask: painter.paint([ask], cancelled=NEVER)[0],
        **how,  # type: ignore[arg-type]
    )


def told(outcome: Outcome, name: str) -> str:
    return next(one.value for one in outcome.checks if one.name == name)


def test_a_good_answer_is_taken_at_once() -> None:
    painter = Painter(well, profile=profile())
    outcome = asked(painter)
    assert outcome.taken.passed
    assert [ask.seed for ask in painter.asked] == [5]
    assert told(outcome, "attempts") == "1 of at most 3; seed 5 passed"
    assert told(outcome, "painted by") == "Arithmetic at 264 x 240 px"
    (ask,) = painter.asked
    assert (ask.prompt, ask.strength, ask.picture.shape) == ("add a red dot", 1.0, (240, 264, 3))


def test_a_bad_answer_is_asked_again_with_another_seed_and_why_is_told() -> None:
    painter = Painter(np.zeros_like, through_autoencoder, well, profile=profile())
    outcome = asked(painter)
    assert outcome.taken.passed
    assert len({ask.seed for ask in painter.asked}) == 3
    story = told(outcome, "attempts")
    assert "seed 5 failed (blank painting: black)" in story
    assert "the model changed nothing" in story
    assert story.endswith("passed")


def test_the_best_of_bad_answers_is_kept_with_its_failures() -> None:
    painter = Painter(np.zeros_like, repainted, through_autoencoder, profile=profile())
    outcome = asked(painter)
    assert {one.name for one in outcome.taken.failures} == {"product in place"}


def test_no_picture_comes_of_answers_that_are_none() -> None:
    painter = Painter(np.zeros_like, profile=profile())
    with pytest.raises(PaintingFailed, match=r"seed 5 failed \(blank painting: black\); seed"):
        asked(painter)
    assert len(painter.asked) == 3


def test_a_last_look_may_refuse_what_passed_all_others() -> None:
    looks: list[Taken] = []

    def look(taken: Taken) -> Check:
        looks.append(taken)
        second = len(looks) > 1
        return judged("text invented", passed=second, value="“SALE”", limit="none", fix="again")

    painter = Painter(through_autoencoder, well, profile=profile())
    outcome = asked(painter, inspect=look)
    assert len(looks) == 2
    assert "text invented: “SALE”" in told(outcome, "attempts")
    assert outcome.taken.passed


def test_what_was_not_looked_at_for_another_fault_is_said_not_to_have_been() -> None:
    painter = Painter(repainted, profile=profile())
    outcome = asked(painter, inspect=lambda taken: noted("text invented", "none"))
    assert told(outcome, "text invented") == "not looked for: another check failed"


def test_it_stops_between_two_attempts() -> None:
    painter = Painter(np.zeros_like, profile=profile())
    with pytest.raises(Interrupted):
        asked(painter, cancelled=lambda: bool(painter.asked))
    assert len(painter.asked) == 1
