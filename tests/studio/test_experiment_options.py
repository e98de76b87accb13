import json

import pytest

from abtest import Allocation, GateOptions, Guardrail, Spread
from studio.services.errors import TestInvalid
from studio.services.experiment_options import TestOptions


def test_the_json_form_gives_the_options_back() -> None:
    options = TestOptions(
        gate=GateOptions(min_days=3),
        allocation=Allocation(policy="uniform"),
        guardrails=(Guardrail(metric="conversion_rate", margin=0.1),),
        scope="segment",
        holdout=0.1,
        pseudo_clicks=23.5,
        warm_start=True,
        head_starts={"a": 0.1},
        spread=Spread(strengths=(200.0, 12.0), shares=(0.5, 0.5)),
    )
    assert TestOptions.from_dict(json.loads(json.dumps(options.to_dict()))) == options


def test_what_is_left_out_takes_its_default() -> None:
    assert TestOptions.from_dict({"gate": {"min_days": 2}}).gate == GateOptions(min_days=2)
    assert TestOptions.from_dict({}) == TestOptions()


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"colour": 1}, "options.colour"),
        ({"gate": {"min_day": 1}}, "options.gate.min_day"),
        ({"gate": {"min_days": -1}}, "options.gate"),
        ({"gate": {"min_days": "x"}}, "options.gate.min_days"),
        ({"gate": {"min_days": True}}, "options.gate.min_days"),
        ({"gate": {"max_days": None}}, "options.gate.max_days"),
        ({"gate": {"min_days": 1e308}}, "options.gate"),
        ({"gate": 3}, "options.gate"),
        ({"allocation": {"policy": "greedy"}}, "options.allocation"),
        ({"guardrails": {}}, "options.guardrails"),
        ({"guardrails": [{"margin": 2}]}, "options.guardrails[0]"),
        ({"metric": "smiles"}, "metric"),
        ({"scope": "galaxy"}, "scope"),
        ({"holdout": 1.0}, "holdout"),
        ({"holdout": "x"}, "options"),
        ({"period_s": 1}, "period_s"),
        ({"spread": 3}, "options.spread"),
        ({"spread": {"strengths": [30, 10]}}, "options.spread"),
        ({"spread": {"strengths": ["a"]}}, "options.spread"),
        ({"head_starts": {"a": 0.5}}, "head_starts"),
        ({"head_starts": [0.1]}, "head_starts"),
        ({"warm_start": True, "metric": "conversion_rate"}, "warm_start"),
        ({"direction": "down"}, "direction"),
        ({"direction": "lower", "metric": "value_per_impression"}, "direction"),
    ],
)
def test_bad_options_say_where(data: dict[str, object], field: str) -> None:
    with pytest.raises(TestInvalid) as caught:
        TestOptions.from_dict(data)
    assert caught.value.field == field


def test_a_metric_may_be_better_lower() -> None:
    options = TestOptions.from_dict({"metric": "conversion_rate", "direction": "lower"})
    assert TestOptions.from_dict(json.loads(json.dumps(options.to_dict()))) == options
    assert options.analysis(control="a", dropped=frozenset()).direction == "lower"
    assert TestOptions().analysis(control="a", dropped=frozenset()).direction == "higher"
    lower = {"guardrails": [{"metric": "conversion_rate", "direction": "lower"}]}
    assert TestOptions.from_dict(lower).guardrails[0].direction == "lower"


def test_the_prior_of_the_options_is_that_of_the_analysis() -> None:
    spread = Spread(strengths=(200.0, 12.0), shares=(0.5, 0.5))
    options = TestOptions(pseudo_clicks=20.0, spread=spread)
    assert options.analysis(control="a", dropped=frozenset()).spread == spread
    assert TestOptions(pseudo_clicks=20.0).analysis(control="a", dropped=frozenset()).spread is None
