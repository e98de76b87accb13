import json
from dataclasses import asdict

from abtest.decisions import DEFAULT, Choices, Reason, Shown, Why


def test_the_json_is_the_decisions() -> None:
    mug = Shown("mug", "/a", variant='o"k', test="t1")
    hat = Shown("h\ud800t", None)
    whys = [Why(Reason.TEST, segment="德", propensity=0.1), DEFAULT]
    choices = Choices([mug, hat], whys)
    said = json.loads(choices.encoded('v"1'))
    assert said == {"snapshot": 'v"1', "decisions": [asdict(each) for each in choices.decisions]}
    assert choices.reasons == ["test", "default"]


def test_no_items_are_no_decisions() -> None:
    assert json.loads(Choices([], []).encoded("1")) == {"snapshot": "1", "decisions": []}


def test_a_decision_is_made_once_for_each_reason() -> None:
    mug = Shown("mug", "/a")
    assert mug.decision(DEFAULT) is mug.decision(DEFAULT)
    assert mug.decision(Why(Reason.DEFAULT)) == mug.decision(DEFAULT)
    assert mug.decision(Why(Reason.FORCED, propensity=None)).propensity is None
