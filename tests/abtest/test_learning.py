"""Lessons: what wins is found, what is unknown stays open, and little data claims little."""

import numpy as np

from abtest import Lessons, Outcome, Suggestion, learn

EFFECTS = {"raw-wood": 0.15, "marble": 0.05, "bathroom": 0.0, "podium": -0.05, "white": -0.15}


def past(number: int, *, seed: int = 2, visits: int = 4000) -> list[Outcome]:
    """Tests of three scenes each, with levels of their own and noise between images."""
    rng = np.random.default_rng(seed)
    found = []
    for test in range(number):
        level = np.log(0.02) + rng.normal(0, 0.4)
        for scene in rng.permutation(list(EFFECTS))[:3]:
            shadow = str(rng.permutation(["contact", "drop"])[0])
            rate = np.exp(level + EFFECTS[str(scene)] + rng.normal(0, 0.174))
            clicks = float(rng.binomial(visits, min(rate, 0.9)))
            features = {"scene": str(scene), "shadow": shadow}
            found.append(
                Outcome(test=str(test), features=features, successes=clicks, trials=visits)
            )
    return found


def by_word(lessons: Lessons, feature: str) -> dict[str, Suggestion]:
    return {one.word: one for one in lessons.suggestions(feature=feature)}


def test_many_tests_teach_the_truth() -> None:
    scenes = by_word(learn(past(300)), "scene")
    for word, effect in EFFECTS.items():
        low, high = scenes[word].interval
        assert low < np.expm1(effect) + 0.03
        assert high > np.expm1(effect) - 0.03
    assert next(iter(scenes)) == "raw-wood"
    assert scenes["raw-wood"].prob_better > 0.99
    assert scenes["raw-wood"].tests > 100


def test_intervals_cover_as_they_say() -> None:
    truth = {word: effect - np.mean(list(EFFECTS.values())) for word, effect in EFFECTS.items()}
    covered = [
        one.interval[0] <= np.expm1(truth[word]) <= one.interval[1]
        for seed in range(40)
        for word, one in by_word(learn(past(25, seed=seed)), "scene").items()
    ]
    assert 0.90 <= np.mean(covered) <= 1.0


def test_what_does_not_matter_is_not_claimed_to() -> None:
    shadows = by_word(learn(past(60)), "shadow")
    for one in shadows.values():
        assert abs(one.effect) < 0.05
        assert 0.02 < one.prob_better < 0.98


def test_no_test_teaches_nothing_and_everything_is_open() -> None:
    lessons = learn([], candidates={"scene": ["raw-wood", "marble"]})
    for one in lessons.suggestions():
        assert (one.effect, one.prob_better, one.tests) == (0.0, 0.5, 0)
        assert one.interval[0] < -0.1 < 0.1 < one.interval[1]
    assert learn([]).suggestions() == ()


def test_a_segment_may_have_a_taste_of_its_own() -> None:
    rng = np.random.default_rng(5)
    found = []
    for test in range(60):
        for segment, sign in (("de", 1.0), ("jp", -1.0)):
            for word, effect in (("wood", 0.15), ("snow", -0.15)):
                rate = 0.03 * np.exp(sign * effect + rng.normal(0, 0.1))
                found.append(Outcome(
                    test=str(test), segment=segment, features={"scene": word}, trials=4000,
                    successes=float(rng.binomial(4000, rate)),
                ))  # fmt: skip
    assert learn(found, segment="de").suggestions()[0].word == "wood"
    assert learn(found, segment="jp").suggestions()[0].word == "snow"
    everywhere = learn(found).suggestions()[0]
    assert everywhere.prob_better < 0.95
