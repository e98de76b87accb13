"""Who can do what is wished."""

import pytest

from pipelines.editing import can_edit, exact_command, refuse_model
from pipelines.errors import RecipeInvalid
from tests.pipelines.editing.painters import profile


@pytest.mark.parametrize(
    ("instruction", "command"),
    [
        ("make the background white", "white"),
        ("put it on a pure white background", "white"),
        ("把背景换成白色", "white"),
        ("shoot it on pure white, please", "white"),
        ("change the background to white", "white"),
        ("remove the background", "cutout"),
        ("Remove the white background please.", "cutout"),
        ("remove the background from this photo", "cutout"),
        ("make the background transparent", "cutout"),
        ("cut out the background behind it", "cutout"),
        ("放在白底上", "white"),
        ("去掉背景", "cutout"),
        ("换成透明背景", "cutout"),
        ("put the mug on white marble", "scene"),
        ("add a soft shadow under it", "--shadow"),
        ("make it square", "--ratio"),
        ("put it on a wooden table", "scene"),
    ],
)
def test_what_needs_no_model_is_pointed_to_the_command_that_does_it(
    instruction: str, command: str
) -> None:
    assert command in exact_command(instruction)


@pytest.mark.parametrize(
    "instruction",
    [
        "remove the price tag",
        "make the ribbon blue",
        "close the lid",
        "去掉价签",
        "whiter teeth",
        "add a transparent vase beside it",
        "remove the background person",
        "make the casino background darker",
        "make the white background darker",
        "put it on white-washed planks",
        "change the background to white roses",
        "旁边加一个透明花瓶",
        "去掉背景里的人",
    ],
)
def test_what_needs_one_is_pointed_nowhere(instruction: str) -> None:
    assert exact_command(instruction) == ""


def test_a_model_that_only_inpaints_edits_where_a_place_is_marked() -> None:
    assert can_edit(profile(), confined=False)
    inpainter = profile("inpaint")
    assert not can_edit(inpainter, confined=False)
    refuse_model(inpainter, confined=True)
    with pytest.raises(RecipeInvalid, match="mark with area"):
        refuse_model(inpainter, confined=False)
    with pytest.raises(RecipeInvalid, match="takes no instructions"):
        refuse_model(profile("references"), confined=True)
