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
        ("put it on a wooden table with morning light", "scene"),
        ("Place the bottle in a bright kitchen.", "scene"),
        ("change the background to a sandy beach", "scene"),
        ("把杯子放在木桌上", "scene"),
        ("背景换成大理石台面", "scene"),
        ("摆在厨房里", "scene"),
        ("add a shadow", "--shadow"),
        ("give the mug a reflection", "--shadow"),
        ("Add a natural contact shadow, please", "--shadow"),
        ("put a shadow under the mug", "--shadow"),
        ("加上阴影", "--shadow"),
        ("加一点柔和的阴影", "--shadow"),
        ("upscale the image", "--upscale"),
        ("increase the resolution", "--upscale"),
        ("make it higher resolution", "--upscale"),
        ("把照片放大", "--upscale"),
        ("提高分辨率", "--upscale"),
        ("crop it to a square", "--ratio"),
        ("crop the picture to 4:5", "--ratio"),
        ("centre the product in the frame", "--ratio"),
        ("裁剪成方图", "--ratio"),
        ("把产品居中", "--ratio"),
        ("add a headline saying SUMMER SALE", "--headline"),
        ("add text that says 'new'", "--headline"),
        ("add our logo", "--headline"),
        ("put our logo in the top left corner", "--headline"),
        ("加标题“夏日特惠”", "--headline"),
        ("在左上角加水印", "--headline"),
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
        "remove the shadow",
        "put text saying 'hi' on the mug",
        "show it on a model in a studio",
        "lighten the shadows on the left",
        "add light to the shadows",
        "add the shadow of a palm tree",
        "make the eye shadow blue",
        "remove the reflection in the glass",
        "add a reflection of a window on the glass",
        "enlarge the logo",
        "make it look upscale",
        "sharpen the pencil",
        "make the crop top blue",
        "put a square label on the box",
        "centre the logo on the mug",
        "resize the handle",
        "remove the watermark",
        "make the logo bigger",
        "change the label to red",
        "put our logo on the mug",
        "write SALE on the price tag",
        "remove the caption",
        "make the wooden handle darker",
        "remove the table",
        "clean the desk behind it",
        "put a lamp on the table",
        "add a second bottle on the marble",
        "put the sticker on the wood handle",
        "change the linen shirt to blue",
        "turn on the studio light",
        "make the beach towel red",
        "去掉阴影",
        "把阴影变淡",
        "去掉倒影",
        "放大标志",
        "把高清屏幕换成黑屏",
        "让标志居中",
        "把裁剪线去掉",
        "去掉水印",
        "把标题改小",
        "给杯子加上logo",
        "把木柄换成黑色",
        "去掉桌子",
        "把桌上的杯子去掉",
        "木头颜色深一点",
        "海滩毛巾换成红色",
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
