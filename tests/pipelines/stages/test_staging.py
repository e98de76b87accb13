"""Where a product goes in a scene, how large, and what of the scene is shown."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipelines import Template, TemplateLibrary
from pipelines.errors import RecipeInvalid
from pipelines.imaging.cutout import Cutout, box_of
from pipelines.report import Check
from pipelines.spec import SceneParams
from pipelines.stages import staging
from pipelines.stages.places import automatic, carried, in_words
from pipelines.stages.staging import Staged, stage
from tests.pipelines.making import write_template


@pytest.fixture
def template(tmp_path: Path) -> Template:
    write_template(tmp_path, "table")
    return TemplateLibrary(tmp_path).get("table")


def from_above(template: Template) -> Template:
    """The same plate, taken for one that looks straight down."""
    return replace(template, camera=replace(template.camera, pitch_deg=88.0))


def can(*, wide: int = 60, tall: int = 100, pitch: float = 0.2) -> Cutout:
    """A cylinder seen a little from above, in a photo of 200 x 240."""
    rows, columns = np.indices((240, 200))
    x = (columns - 99.5) / (wide / 2)
    dip = pitch * wide / 2 * np.sqrt(np.clip(1 - x * x, 0, 1))
    inside = (np.abs(x) <= 1) & (rows < 180 + dip) & (rows >= 180 - tall - dip)
    rgb = np.full((240, 200, 3), (120, 60, 40), np.uint8)
    return Cutout(rgb=rgb, alpha=inside.astype(np.float32))


def staged(template: Template, **params: Any) -> Staged:
    return stage(can(), template, SceneParams(template=template.name, **params))


def named(result: Staged, name: str) -> Check:
    return next(check for check in result.checks if check.name == name)


def box(result: Staged) -> tuple[int, int, int, int]:
    found = box_of(result.placed.alpha_in_frame(), threshold=0.5)
    assert found is not None
    return found.left, found.top, found.right, found.bottom


def test_the_middle_of_the_base_stands_on_the_anchor(template: Template) -> None:
    result = staged(template)
    left, _, right, bottom = box(result)
    assert (left + right) / 2 == pytest.approx(0.5 * 240, abs=1)
    front = 0.4 * (right - left) * result.surface.foreshortening
    assert bottom == pytest.approx(0.8 * 240 + front, abs=1.5)
    assert front > 5


def test_true_height_is_measured_from_the_middle_of_the_base(template: Template) -> None:
    result = staged(template, height_cm=15)
    _, top, _, bottom = box(result)
    # 6 px per cm, seen 21 degrees from above, plus the front half of the base below its middle.
    assert bottom - top == pytest.approx(15 * 6 * 0.93 + 0.2 * 30 * (bottom - top) / 112, rel=0.06)
    assert named(result, "true scale").outcome == "pass"
    by_width = box(staged(template, width_cm=9))
    assert by_width[2] - by_width[0] == pytest.approx(54, abs=1.5)


def test_sizes_that_contradict_the_photo_are_told(template: Template) -> None:
    assert "proportions" in {c.name for c in staged(template, height_cm=15, width_cm=3).checks}
    assert "proportions" not in {c.name for c in staged(template, height_cm=15, width_cm=9).checks}


def test_what_is_too_large_for_the_place_is_made_smaller_and_told(template: Template) -> None:
    result = staged(template, width_cm=100)
    assert named(result, "true scale").outcome == "fail"
    left, _, right, _ = box(result)
    assert right - left <= 0.5 * 240 + 1


def test_farther_away_is_smaller(template: Template) -> None:
    near = box(staged(template, x=0.5, y=0.85, height_cm=5))
    far = box(staged(template, x=0.5, y=0.6, height_cm=5))
    assert far[3] - far[1] < 0.75 * (near[3] - near[1])


def test_custom_coordinates_off_the_surface_fail(template: Template) -> None:
    assert named(staged(template, x=0.5, y=0.7), "on the surface").outcome == "pass"
    with pytest.raises(RecipeInvalid, match="above the surface"):
        staged(template, x=0.5, y=0.1)


def test_words_name_places_left_and_right_of_the_best(template: Template) -> None:
    left, right, front = (in_words(template, word) for word in ("left", "right", "front"))
    assert left.x < 0.4 < 0.6 < right.x
    assert front.y > template.anchor().y
    assert carried(template, left) > 0.9


def test_automatic_places_differ_and_begin_with_the_templates_own(template: Template) -> None:
    places = automatic(template)
    assert places[0] == template.anchor()
    assert len(places) >= 4
    spots = {(place.x, place.y) for place in places}
    assert len(spots) == len(places)
    second = staged(template, placement="automatic", pick=2)
    assert (second.spot.x, second.spot.y) == (places[1].x, places[1].y)


def jug() -> Cutout:
    """A can with a long handle at its right, so that its foot is not below its middle."""
    body = can(wide=70)
    alpha = body.alpha.copy()
    alpha[90:130, 134:190] = 1
    return replace(body, alpha=alpha)


def on_podium(tmp_path: Path) -> Template:
    """The middle third of the plate's width carries products; beside it they would float."""
    write_template(tmp_path, "podium")
    template = TemplateLibrary(tmp_path).get("podium")
    return replace(template, anchors=(replace(template.anchor(), max_width=0.3),))


def test_what_floats_is_told_even_if_the_ground_below_its_middle_carries(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    template = on_podium(tmp_path)
    receiving = template.receiving().copy()
    receiving[:, : int(0.4 * receiving.shape[1])] = 0
    monkeypatch.setattr(Template, "receiving", lambda _: receiving)

    def surface(cutout: Cutout, **wanted: Any) -> Check:
        params = SceneParams(template=template.name, scale=1, **wanted)
        return named(stage(cutout, template, params), "on the surface")

    assert surface(can(wide=56), x=0.5, y=0.8).outcome == "pass"
    assert surface(jug(), x=0.5, y=0.8).outcome == "fail", "its foot is left of its middle"


@pytest.mark.parametrize("wanted", [{"placement": "automatic", "pick": 3}, {"position": "left"}])
def test_places_are_chosen_where_the_product_itself_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wanted: dict[str, Any]
) -> None:
    template = on_podium(tmp_path)
    receiving = template.receiving().copy()
    receiving[:, : int(0.3 * receiving.shape[1])] = 0
    monkeypatch.setattr(Template, "receiving", lambda _: receiving)
    params = SceneParams(template=template.name, scale=1, **wanted)
    result = stage(jug(), template, params)
    alpha = result.placed.alpha_in_frame()
    foot = np.flatnonzero(alpha[box(result)[3] - 4] > 0.5)
    assert foot[0] >= 0.3 * 240


def test_the_ground_is_looked_at_as_far_as_a_product_reaches_to_the_front(
    template: Template, monkeypatch: pytest.MonkeyPatch
) -> None:
    receiving = template.receiving().copy()
    receiving[int(0.8 * 240) + 9 :] = 0  # the front of what it stands on
    monkeypatch.setattr(Template, "receiving", lambda _: receiving)
    assert carried(template, template.anchor(), half_width=0.1) == pytest.approx(1)
    assert carried(template, template.anchor(), half_width=0.1, front=0.08) < 0.8

    asked: list[float] = []

    def heard(*_: object, front: float, **__: object) -> float:
        asked.append(front)
        return 1.0

    monkeypatch.setattr(staging, "carried", heard)
    _, _, _, bottom = box(staged(template, x=0.5, y=0.8))
    assert asked[-1] * 240 == pytest.approx(bottom - 0.8 * 240, abs=1)


def test_every_automatic_place_of_a_template_is_one_for_every_product(template: Template) -> None:
    few = replace(template, anchors=(replace(template.anchor(), max_width=0.3),))
    last = len(automatic(few))
    result = stage(jug(), few, SceneParams(template="table", placement="automatic", pick=last))
    assert result.placed.is_seen


def test_a_place_that_is_not_there_is_refused(template: Template) -> None:
    few = replace(template, anchors=(replace(template.anchor(), max_width=0.1, max_height=0.1),))
    with pytest.raises(RecipeInvalid, match="automatic places"):
        stage(can(), few, SceneParams(template="table", placement="automatic", pick=9))


def test_original_keeps_place_and_size_of_the_photo(template: Template) -> None:
    result = staged(template, placement="original")
    width, height = result.size_px
    assert width / height == pytest.approx(200 / 240, abs=0.01)
    left, top, right, bottom = box(result)
    assert (right - left) / width == pytest.approx(60 / 200, abs=0.02)
    assert (top / height, bottom / height) == pytest.approx((74 / 240, 186 / 240), abs=0.02)


def test_a_ratio_crops_the_plate_and_keeps_the_product_inside(template: Template) -> None:
    for ratio, size in (("16:9", (240, 135)), ("2:3", (160, 240)), ("90x120", (90, 120))):
        result = staged(template, ratio=ratio, scale=1.0)
        assert result.size_px == size
        left, top, right, bottom = box(result)
        assert min(left, top) > 0
        assert right < size[0]
        assert bottom < size[1]


def test_padding_leaves_what_it_says(template: Template) -> None:
    result = staged(template, padding="20%", scale=0.4)
    width, height = result.size_px
    left, top, right, bottom = box(result)
    assert (left / width, 1 - right / width) == pytest.approx((0.2, 0.2), abs=0.03)
    assert (top / height, 1 - bottom / height) == pytest.approx((0.2, 0.2), abs=0.03)
    beyond = staged(template, padding="45%", scale=1.0)
    assert "ends before it" in named(beyond, "padding").value


def test_an_enlarged_plate_is_told(template: Template) -> None:
    assert "enlarged 5.0 times" in named(staged(template, size_px=1200), "scene").value
    assert "scene" not in {check.name for check in staged(template, size_px=480).checks}


def test_seen_from_above_the_product_lies_on_its_middle(template: Template) -> None:
    above = from_above(template)
    result = stage(can(), above, SceneParams(template="table"))
    _, top, _, bottom = box(result)
    assert (top + bottom) / 2 == pytest.approx(0.8 * 240, abs=1.5)
    assert result.thickness_px == pytest.approx(0.04 * (bottom - top), rel=0.05)
    thick = stage(can(), above, SceneParams(template="table", thickness_cm=2))
    assert thick.thickness_px == pytest.approx(12)


def test_the_surface_follows_the_crop(template: Template) -> None:
    plain, cropped = staged(template), staged(template, ratio="1:2", size_px=480)
    assert plain.surface.axis_px == 120
    assert cropped.surface.axis_px == pytest.approx(120, abs=1)
    assert cropped.surface.distance_px == pytest.approx(2 * plain.surface.distance_px)
