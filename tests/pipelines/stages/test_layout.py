"""Frames within a channel's rules: what it forbids is not made, and the report says so."""

from typing import Any

import numpy as np
import pytest

from pipelines.errors import RecipeInvalid
from pipelines.imaging.cutout import Cutout
from pipelines.presets import Bound, Preset
from pipelines.spec import WhiteParams
from pipelines.stages.layout import Layout, lay_out


def product(*, cut: bool = False) -> Cutout:
    """A box of 300 x 400 px in a photo of 600 x 600."""
    alpha = np.zeros((600, 600), np.float32)
    alpha[(200 if cut else 100) : (600 if cut else 500), 150:450] = 1
    return Cutout(rgb=np.zeros((600, 600, 3), np.uint8), alpha=alpha)


def channel(**rules: Any) -> Preset:
    return Preset(
        name="channel", title="", source="", read_on="", status="secondary", revision="1",
        formats=("jpeg",), **rules,
    )  # fmt: skip


def made(params: WhiteParams, rules: Preset | None = None, *, cut: bool = False) -> Layout:
    return lay_out(product(cut=cut), params, rules, most_enlargement=2.0)


def fill(layout: Layout) -> float:
    return max(300 * layout.spot.scale / layout.frame_px[0], 400 * layout.spot.scale / layout.frame_px[1])  # fmt: skip


def said(layout: Layout) -> dict[str, str]:
    return {note.name: note.value for note in layout.notes}


def test_nothing_asked_gives_a_sharp_square_at_the_default_fill() -> None:
    layout = made(WhiteParams())
    assert layout.frame_px[0] == layout.frame_px[1]
    assert layout.spot.scale == pytest.approx(2, rel=0.01)
    assert fill(layout) == pytest.approx(0.85, abs=0.005)
    assert layout.notes == ()


@pytest.mark.parametrize(
    ("params", "frame"),
    [
        (WhiteParams(ratio="4:5", size_px=1000), (800, 1000)),
        (WhiteParams(ratio="640x480"), (640, 480)),
        (WhiteParams(size_px=300), (300, 300)),
    ],
)
def test_the_asked_frame_is_made(params: WhiteParams, frame: tuple[int, int]) -> None:
    layout = made(params)
    assert layout.frame_px == frame
    assert fill(layout) == pytest.approx(0.85, abs=0.005)


@pytest.mark.parametrize(
    ("params", "rules", "frame", "note"),
    [
        (WhiteParams(size_px=1000), channel(exact_size=(800, 800)), (800, 800), "not 1000 px: a rule of channel"),
        (WhiteParams(ratio="4:5"), channel(exact_size=(800, 800)), (800, 800), "not 4:5"),
        (WhiteParams(size_px=400), channel(longest_side=Bound(min=500)), (500, 500), "not 400 px"),
        (WhiteParams(ratio="3000x1500"), channel(longest_side=Bound(max=2000)), (2000, 1000), "not 3000x1500"),
        (WhiteParams(size_px=500, ratio="1:2"), channel(shortest_side=Bound(min=600)), (600, 1200), "not 500 px"),
        (WhiteParams(size_px=4000), channel(max_pixels=1_000_000), (1000, 1000), "not 4000 px"),
    ],
)  # fmt: skip
def test_a_channels_size_wins_and_the_report_says_so(
    params: WhiteParams, rules: Preset, frame: tuple[int, int], note: str
) -> None:
    layout = made(params, rules)
    assert layout.frame_px == frame
    assert note in said(layout)["size"]


@pytest.mark.parametrize(
    ("params", "rules"),
    [
        (WhiteParams(), channel(exact_size=(800, 800))),
        (WhiteParams(size_px=800, ratio="2:2"), channel(exact_size=(800, 800))),
        (WhiteParams(ratio="3:4"), channel(longest_side=Bound(min=500, recommended=900))),
        (WhiteParams(fill=0.8), channel(fill=Bound(min=0.75, max=0.9))),
        (WhiteParams(margin="10%"), channel(fill=Bound(min=0.75, max=0.9))),
    ],
)
def test_nothing_is_said_where_nothing_is_overruled(params: WhiteParams, rules: Preset) -> None:
    assert made(params, rules).notes == ()


@pytest.mark.parametrize(
    ("params", "what"),
    [(WhiteParams(fill=0.5), "fill"), (WhiteParams(margin="30%"), "margin")],
)
def test_a_channels_fill_wins_over_fill_and_margins(params: WhiteParams, what: str) -> None:
    layout = made(params, channel(fill=Bound(min=0.75, max=0.9)))
    assert fill(layout) == pytest.approx(0.75, abs=0.005)
    assert "a rule of channel" in said(layout)[what]


def test_margins_per_side_place_the_product() -> None:
    layout = made(WhiteParams(margin="5%,40px,15%,0", align="left", size_px=1000))
    assert (layout.spot.left_px, layout.spot.top_px) == (0, 50)
    assert layout.spot.scale == pytest.approx(2)


def test_margins_that_only_a_small_frame_refuses() -> None:
    with pytest.raises(RecipeInvalid, match="in 200 x 200 px"):
        made(WhiteParams(margin="98px", size_px=200))


def test_a_cut_product_stands_on_the_edge_where_the_photo_ends() -> None:
    layout = made(WhiteParams(size_px=1000), cut=True)
    assert layout.cut_sides == ("bottom",)
    assert layout.spot.top_px + round(400 * layout.spot.scale) == 1000
    assert "bottom" in said(layout)["snapped"]
    free = made(WhiteParams(size_px=1000, snap=False), cut=True)
    assert free.spot.top_px + round(400 * free.spot.scale) == 925


def test_optical_alignment_weighs_the_product() -> None:
    alpha = np.zeros((600, 600), np.float32)
    alpha[100:500, 150:450] = 0.02  # seen, but hardly any weight
    alpha[100:500, 150:250] = 1
    lopsided = Cutout(rgb=np.zeros((600, 600, 3), np.uint8), alpha=np.maximum(alpha, 0.04))
    params = WhiteParams(size_px=1000, align="optical", snap=False, margin="5%")
    layout = lay_out(lopsided, params, None, most_enlargement=2.0)
    assert layout.spot.scale > 0
