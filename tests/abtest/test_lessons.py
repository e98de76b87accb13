"""Lessons put to use: what to make next, and what an image may be expected to win."""

import numpy as np
import pytest

from abtest import Lessons, Outcome, learn


def test_exploring_tries_what_is_unknown_and_still_prefers_the_best() -> None:
    """The best is known well, the worst too, and of the third nothing."""
    lessons = Lessons(
        levels=tuple(("scene", word) for word in ("new", "white", "wood")),
        mean=np.array([0.0, -0.1, 0.1]),
        covariance=np.diag([0.15, 0.03, 0.03]) ** 2,
        tests=(0, 40, 40),
        scale=0.15,
    )
    rng = np.random.default_rng(1)
    first = [lessons.suggestions(feature="scene", generator=rng)[0].word for _ in range(200)]
    assert 0.05 < first.count("new") / 200 < 0.6
    assert first.count("wood") > 3 * first.count("white")
    ranked = lessons.suggestions(feature="scene")
    assert [one.word for one in ranked] == ["wood", "new", "white"]
    assert ranked[0].drawn is None


def test_a_head_start_is_what_was_seen_drawn_in_and_bounded() -> None:
    def lessons(ratio: float, *, tests: int) -> Lessons:
        return learn(
            Outcome(test=f"t{number}", features={"scene": scene}, successes=clicks, trials=10_000)
            for number in range(tests)
            for scene, clicks in (("oak", 200.0 * ratio), ("white", 200.0))
        )

    few, many = lessons(1.2, tests=1), lessons(1.2, tests=12)
    oak, white = {"scene": "oak"}, {"scene": "white"}
    assert 0.0 < few.head_start(oak) < many.head_start(oak) < 0.1
    assert many.head_start(white) == pytest.approx(1 / (1 + many.head_start(oak)) - 1)
    assert lessons(3.0, tests=12).head_start(oak) == 0.2
    assert many.head_start({"scene": "never tried"}) == 0.0
    assert many.head_start({}) == 0.0
    untried = learn([], candidates={"scene": ["oak", "white"]})
    assert untried.head_start(oak) == 0.0
