"""Marks of origin: none is lost on the way, and a label names somebody."""

import json

import pytest

from pipelines.errors import RecipeInvalid
from pipelines.provenance.marks import SOURCE_TYPES, AigcLabel, kept_alone, mixed_into_scene


def test_the_label_has_the_seven_elements_of_the_standard() -> None:
    label = AigcLabel(producer="001191", produce_id="a1")
    assert json.loads(label.to_json()) == {
        "Label": "1",
        "ContentProducer": "001191",
        "ProduceID": "a1",
        "ReservedCode1": "",
        "ContentPropagator": "001191",
        "PropagateID": "a1",
        "ReservedCode2": "",
    }
    assert AigcLabel.from_json(label.to_json()) == label


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"Label": "1"}', "null", '{"AIGC": 3}', "x" * 99]
)
def test_what_is_no_label_is_read_as_none(text: str) -> None:
    assert AigcLabel.from_json(text) is None


def test_a_label_nested_under_its_key_is_read_too() -> None:
    label = AigcLabel(producer="示例公司", produce_id="7")
    assert AigcLabel.from_json(f'{{"AIGC": {label.to_json()}}}') == label


@pytest.mark.parametrize("producer", ["", "a\nb", "x" * 101])
def test_a_label_must_name_its_producer(producer: str) -> None:
    with pytest.raises(RecipeInvalid, match="aigc"):
        AigcLabel(producer=producer, produce_id="1")


def test_a_generated_source_stays_declared_whatever_is_made_of_it() -> None:
    for source in SOURCE_TYPES:
        generated = "rained" in source
        assert ("rained" in mixed_into_scene(source)) is generated
        if generated:
            assert kept_alone(source) == source
    assert kept_alone(None) is None
