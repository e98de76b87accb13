import json

import pytest

from abtest import Allocation, GateOptions, Guardrail
from studio.services.experiment_errors import TestInvalid
from studio.services.experiment_options import TestOptions


def test_the_json_form_gives_the_options_back() -> None:
    options = TestOptions(
        gate=GateOptions(min_days=3),
        allocation=Allocation(policy="uniform"),
        guardrails=(Guardrail(metric="conversion_rate", margin=0.1),),
        scope="segment",
        holdout=0.1,
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
        ({"gate": {"min_days": "x"}}, "options.gate"),
        ({"gate": 3}, "options.gate"),
        ({"allocation": {"policy": "greedy"}}, "options.allocation"),
        ({"guardrails": {}}, "options.guardrails"),
        ({"guardrails": [{"margin": 2}]}, "options.guardrails[0]"),
        ({"metric": "smiles"}, "metric"),
        ({"scope": "galaxy"}, "scope"),
        ({"holdout": 1.0}, "holdout"),
        ({"holdout": "x"}, "options"),
        ({"period_s": 1}, "period_s"),
    ],
)
def test_bad_options_say_where(data: dict[str, object], field: str) -> None:
    with pytest.raises(TestInvalid) as caught:
        TestOptions.from_dict(data)
    assert caught.value.field == field
