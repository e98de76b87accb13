"""A picture leads to the template whose plate looks most like it."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from pipelines.errors import TemplateInvalid
from pipelines.library import Template, TemplateLibrary
from pipelines.library.looks import closest, look_of

SOME = ("kitchen", "midnight-gloss", "light-luxury-marble")


def never(fault: TemplateInvalid) -> None:
    raise fault


@pytest.fixture(scope="module")
def templates() -> list[Template]:
    library = TemplateLibrary()
    return [library.get(name) for name in SOME]


@pytest.mark.parametrize("name", SOME)
def test_another_photo_of_a_scene_leads_back_to_it(templates: list[Template], name: str) -> None:
    plate = next(one for one in templates if one.name == name).plate()
    photo = (plate[150:1400, 100:1420] * 0.9).astype(np.uint8)
    photo[380:1050, 480:850] = (40, 190, 90)  # somebody's product
    found = closest(photo, templates, count=2, broken=never)
    assert found[0].template.name == name
    assert found[0].apart < 0.7 * found[1].apart
    assert found[0].reason.startswith(f"{name} (")


def test_the_plate_itself_is_at_no_distance(templates: list[Template]) -> None:
    kitchen = templates[0]
    (found,) = closest(kitchen.plate(), templates, count=1, broken=never)
    assert found.apart == 0
    assert found.reason == "kitchen (close: colours ΔE 0 away, light and layout 0, texture 0%)"


def test_nothing_alike_is_called_far(templates: list[Template]) -> None:
    draw = np.random.default_rng(3)
    found = closest(
        draw.integers(0, 255, (90, 70, 3)).astype(np.uint8), templates, count=3, broken=never
    )
    assert all("(far:" in one.reason for one in found)


def test_what_stands_in_the_middle_counts_little() -> None:
    wall = np.full((200, 200, 3), (210, 200, 190), np.uint8)
    product, side = wall.copy(), wall.copy()
    product[70:150, 70:130] = side[:80, :60] = (20, 40, 120)
    bare = look_of(wall).colours
    moved = [float(np.abs(look_of(one).colours - bare).mean()) for one in (product, side)]
    assert moved[0] < 0.3 * moved[1]


def test_the_look_does_not_depend_on_the_number_of_pixels(templates: list[Template]) -> None:
    plate = templates[0].plate()
    fine, coarse = look_of(plate), look_of(np.ascontiguousarray(plate[::2, ::2]))
    assert np.abs(fine.colours - coarse.colours).max() < 1.5
    assert np.abs(fine.layout - coarse.layout).max() < 1.5


@pytest.mark.parametrize("left", [b"", b"RIFF\x00\x00", None])
def test_a_plate_that_cannot_be_read_is_told_and_hides_no_other(
    templates: list[Template], tmp_path: Path, left: bytes | None
) -> None:
    folder = tmp_path / "mine"
    shutil.copytree(templates[0].folder, folder)
    toml = folder / "template.toml"
    toml.write_text(toml.read_text("utf-8").replace('name = "kitchen"', 'name = "mine"'), "utf-8")
    mine = TemplateLibrary(tmp_path).get("mine")
    plate = folder / mine.plate_file
    plate.unlink() if left is None else plate.write_bytes(left)
    told: list[TemplateInvalid] = []
    found = closest(templates[0].plate(), [mine, *templates], count=4, broken=told.append)
    assert found[0].template.name == "kitchen"
    assert len(found) == len(templates)
    (fault,) = told
    assert str(fault) == (
        "template 'mine': plate.webp cannot be read; `packshot templates validate mine` tells more"
    )
