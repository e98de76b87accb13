"""What a report says of how sure a cutout is, and what it does not say."""

from pipelines.produce import produce
from pipelines.report import Check
from tests.pipelines.making import TinyStudio, as_bytes, product_photo, recipe_for

FILLED = product_photo(size=(900, 780))[180:-180, 280:-280]
"""A product without room around it: a second look would see the same once more."""


def certainty(studio: TinyStudio, data: bytes) -> list[Check]:
    found = produce(recipe_for("cutout", data), data, name="box.png", studio=studio).report
    return [one for one in found.checks if one.name in {"cutout certainty", "outline unsure"}]


def test_a_single_look_confirms_nothing(studio: TinyStudio) -> None:
    said = certainty(studio, as_bytes(FILLED))
    assert [one.outcome for one in said] == ["note", "note"]
    assert all(one.value.startswith("not confirmed") for one in said)


def test_two_looks_are_judged_by_how_much_they_agree(studio: TinyStudio) -> None:
    overall, outline = certainty(studio, as_bytes(product_photo(size=(900, 780))))
    assert (overall.outcome, outline.outcome) == ("pass", "pass")
    assert float(overall.value) > 0.97
