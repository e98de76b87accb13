"""A description says what was drawn, in both languages, and nothing else."""

from dataclasses import replace

import pytest

from pipelines.render.lights import Sun
from pipelines.render.variations.recipe import Coat, Prop, Variation, draw
from pipelines.render.variations.vocabulary import COLORS, SURFACES
from pipelines.render.variations.words import describe, side, warmth


def _set(**changes: object) -> Variation:
    plain = replace(
        draw(1, 0),
        layout="table",
        surface=Coat(material="oak", color=""),
        backdrop=Coat(material="plaster", color="sage"),
        props=(),
        key=Sun(azimuth_deg=270.0, elevation_deg=25.0),
        kelvin=3200,
        shade="window",
    )
    camera = replace(plain.camera, pitch_deg=10.0, focal_mm=60.0)
    return replace(plain, camera=camera, **changes)  # type: ignore[arg-type]


def _prop(kind: str, color: str) -> Prop:
    return Prop(kind=kind, color=color, x=0.2, y=0.2, z=0.0, scale=1.0, turn_deg=0.0, seed=1)


def test_a_set_reads_as_one_sentence() -> None:
    words = describe(
        _set(props=(_prop("vase", "olive"), _prop("book", "red"), _prop("book", "red")))
    )
    assert words.en == (
        "Empty product set: table top in oak wood, sage green plaster wall behind, an olive vase, "
        "two deep red books in the back; low warm sunlight from the left through window bars; "
        "seen nearly level, 60 mm lens"
    )
    assert words.zh == (
        "空的产品布景：橡木桌面，背景为鼠尾草绿灰泥墙，后方有一个橄榄绿花瓶、两个深红色书本，"
        "低角度暖色阳光来自左侧，透过窗格，接近平视，60毫米镜头"
    )


def test_an_empty_set_says_so() -> None:
    words = describe(_set(backdrop=None, shade="open"))
    assert "no props" in words.en
    assert "没有道具" in words.zh
    assert "behind" not in words.en


def test_the_plural_stands_with_its_noun() -> None:
    branches = (_prop("bouquet", "white"), _prop("bouquet", "white"))
    assert "two white vases of green branches" in describe(_set(props=branches)).en
    assert "two leafy branches" in describe(_set(props=(_prop("branch", ""),) * 2)).en


@pytest.mark.parametrize("number", range(40))
def test_every_set_names_its_surface_and_its_colour_in_both_languages(number: int) -> None:
    one = draw(9, number)
    words = describe(one)
    assert SURFACES[one.surface.material].name.en in words.en
    assert SURFACES[one.surface.material].name.zh in words.zh
    if one.surface.color:
        assert COLORS[one.surface.color].name.en in words.en
        assert COLORS[one.surface.color].name.zh in words.zh
    assert len(words.en) < 600


@pytest.mark.parametrize(
    ("azimuth_deg", "name"),
    [(0, "the front"), (359, "the front"), (90, "the right"), (180, "behind"), (270, "the left"),
     (300, "the front left"), (225, "the back left"), (130, "the back right")],
)  # fmt: skip
def test_light_comes_from_a_side(azimuth_deg: float, name: str) -> None:
    assert side(azimuth_deg).en == name


def test_light_has_a_warmth() -> None:
    assert [warmth(kelvin).en for kelvin in (2700, 5400, 8000)] == ["warm", "neutral", "cool"]
