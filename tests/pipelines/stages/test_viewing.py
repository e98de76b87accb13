"""A product shot from above is not stood on a table without a word."""

import pytest

from pipelines import Report
from pipelines.produce import produce
from pipelines.report import Check
from pipelines.spec.placing import ShotFrom
from tests.pipelines.making import TinyStudio, as_bytes, product_photo, recipe_for

PHOTO = as_bytes(product_photo())


def report(studio: TinyStudio, shot_from: ShotFrom) -> Report:
    recipe = recipe_for("scene", PHOTO, template="table", shot_from=shot_from)
    return produce(recipe, PHOTO, name="box.png", studio=studio).report


def viewpoint(found: Report) -> Check:
    return next(check for check in found.checks if check.name == "viewpoint")


def test_from_above_fails_on_a_table(studio: TinyStudio) -> None:
    check = viewpoint(report(studio, "above"))
    assert check.outcome == "fail"
    assert "seen from above" in check.fix


@pytest.mark.parametrize("shot_from", ["side", "auto"])
def test_a_box_may_stand_there(studio: TinyStudio, shot_from: ShotFrom) -> None:
    assert viewpoint(report(studio, shot_from)).outcome == "note"
