"""A photo becomes a template: against plates whose truth is known, photos made here, real ones."""

import io
import tomllib
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from pipelines import BUILT_IN, Template, TemplateLibrary
from pipelines.adopt import Adopted, Corrections, Estimate, Words, adopt
from pipelines.errors import (
    ImageRefused,
    ImageTooSmall,
    ImageUnreadable,
    RecipeInvalid,
    TemplateExists,
)
from pipelines.library.search import is_from_above
from pipelines.library.validate import validate


def room(*, edge: float = 0.6, brighter_to: str = "left", size: int = 700) -> bytes:
    """A grey wall behind an oak-coloured table that one side's window lights more."""
    random = np.random.default_rng(3)
    picture = np.full((size, size, 3), (150, 155, 160), np.float64)
    row = int(edge * size)
    picture[row:] = (168, 124, 82)
    picture[row:] += random.normal(0, 5, (size - row, 1, 1))  # planks
    fall = np.linspace(1.25, 0.75, size)[None, :, None]
    picture *= fall if brighter_to == "left" else fall[:, ::-1]
    picture += random.normal(0, 2, picture.shape)
    return png(np.clip(picture, 0, 255).astype(np.uint8))


def png(pixels: npt.NDArray[np.uint8]) -> bytes:
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG")
    return out.getvalue()


def adopted(root: Path, photo: bytes, *, force: bool = False, **said: float | str) -> Adopted:
    words = Words(photo="table.png", name="table", tags=("oak", "橡木"))
    corrections = Corrections(**said)  # type: ignore[arg-type]
    return adopt(photo, root=root, words=words, corrections=corrections, force=force)


def estimate(done: Adopted, name: str) -> Estimate:
    return next(one for one in done.estimates if one.name == name)


def template_in(root: Path) -> Template:
    return TemplateLibrary(root).get("table")


def test_a_photo_becomes_a_whole_template(tmp_path: Path) -> None:
    done = adopted(tmp_path / "own", room())
    assert validate(done.folder).passed, validate(done.folder).failures
    template = template_in(tmp_path / "own")
    assert template.tags[:2] == ("oak", "橡木")
    assert len(template.palette) >= 2
    assert [path.name for path in (tmp_path / "own").iterdir()] == ["table"]
    assert {path.name for path in tmp_path.iterdir()} == {"own"}, "nothing is left lying about"


@pytest.mark.parametrize("edge", [0.45, 0.6, 0.7])
def test_the_surface_ends_where_the_table_does(tmp_path: Path, edge: float) -> None:
    done = adopted(tmp_path, room(edge=edge))
    back = estimate(done, "surface's back edge")
    assert back.value == pytest.approx(edge, abs=0.015)
    assert back.sureness == "sure"
    surface = template_in(tmp_path).receiving()
    assert surface[int(edge * 700) + 20 :].mean() > 0.97
    assert surface[: int(edge * 700) - 20].mean() < 0.03


@pytest.mark.parametrize(("side", "low", "high"), [("left", 200, 340), ("right", 20, 160)])
def test_the_light_comes_from_the_brighter_side(
    tmp_path: Path, side: str, low: float, high: float
) -> None:
    done = adopted(tmp_path, room(brighter_to=side))
    assert low < template_in(tmp_path).light.azimuth_deg < high
    assert estimate(done, "light from").sureness == "likely"
    assert side in estimate(done, "light from").why


def test_what_a_picture_does_not_tell_is_said_to_be_guessed(tmp_path: Path) -> None:
    flat = np.full((700, 700, 3), 180, np.uint8)
    done = adopted(tmp_path, png(flat))
    sureness = {one.name: one.sureness for one in done.estimates}
    for name in ("surface's back edge", "light from", "camera pitch", "width shown at the product"):
        assert sureness[name] == "guess", name
    assert all(one.option.startswith("--") for one in done.estimates)


def test_what_the_user_says_is_taken_and_kept_as_such(tmp_path: Path) -> None:
    done = adopted(
        tmp_path, room(), light_from=75, light_height=33, light_width=4, key_ratio=0.6, pitch=20,
        focal_mm=85, surface_y=0.5, width_cm=70, roughness=0.1, reflectance=0.2,
        light_colour="#ffd0a0",
    )  # fmt: skip
    template = template_in(tmp_path)
    light, camera = template.light, template.camera
    assert (light.azimuth_deg, light.elevation_deg) == (75, 33)
    assert (light.angular_diameter_deg, light.key_ratio) == (4, 0.6)
    assert light.color_rgb_linear[0] == 1
    assert light.color_rgb_linear[2] < 0.5
    assert (camera.pitch_deg, camera.focal_mm) == (20, 85)
    assert (template.roughness, template.reflectance) == (0.1, 0.2)
    assert template.anchor().px_per_cm == pytest.approx(700 / 70)
    assert validate(done.folder).passed
    record = tomllib.loads((done.folder / "template.toml").read_text(encoding="utf-8"))
    said = {one["name"]: one["sureness"] for one in record["estimates"]}
    assert said["light from"] == said["camera pitch"] == "given"
    assert said["surface's front edge"] != "given"


def test_a_photo_from_above_is_a_scene_to_lie_in(tmp_path: Path) -> None:
    done = adopted(tmp_path, room(), pitch=90)
    template = template_in(tmp_path)
    assert is_from_above(template)
    assert template.receiving().mean() > 0.97
    assert template.anchor().y == 0.5
    assert validate(done.folder).passed


def test_a_slab_ends_in_front_as_well(tmp_path: Path) -> None:
    done = adopted(tmp_path, room(edge=0.5), front_y=0.8)
    surface = template_in(tmp_path).receiving()
    assert surface[380:540].mean() > 0.95
    assert surface[600:].mean() < 0.05
    assert template_in(tmp_path).anchor().y < 0.8
    assert validate(done.folder).passed


def test_scale_may_be_said_in_the_photos_own_pixels(tmp_path: Path) -> None:
    adopted(tmp_path, room(size=2200), px_per_cm=60)
    template = template_in(tmp_path)
    assert template.width_px == 2048
    assert template.anchor().px_per_cm == pytest.approx(60 * 2048 / 2200, rel=1e-3)


def test_the_focal_length_in_the_file_is_believed(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif.get_ifd(0x8769)[0xA405] = 77
    out = io.BytesIO()
    Image.open(io.BytesIO(room())).save(out, "JPEG", exif=exif)
    done = adopted(tmp_path, out.getvalue())
    assert template_in(tmp_path).camera.focal_mm == 77
    assert estimate(done, "focal length").sureness == "sure"


def test_a_template_is_replaced_only_when_asked(tmp_path: Path) -> None:
    adopted(tmp_path, room())
    before = template_in(tmp_path).revision
    with pytest.raises(TemplateExists, match="--force"):
        adopted(tmp_path, room(), pitch=20)
    assert template_in(tmp_path).revision == before
    adopted(tmp_path, room(), pitch=20, force=True)
    assert template_in(tmp_path).camera.pitch_deg == 20


@pytest.mark.parametrize(
    ("photo", "kind", "words"),
    [
        (b"", ImageUnreadable, "empty"),
        (b"words, not pixels" * 20, ImageUnreadable, "not an image"),
        (room()[:4000], ImageRefused, "table.png"),
        (png(np.full((400, 900, 3), 90, np.uint8)), ImageTooSmall, "640 px"),
        (png(np.full((700, 700, 4), 90, np.uint8)), ImageRefused, "transparent"),
    ],
    ids=["empty", "text", "cut off", "small", "transparent"],
)
def test_what_is_no_backdrop_is_refused(
    tmp_path: Path, photo: bytes, kind: type[ImageRefused], words: str
) -> None:
    with pytest.raises(kind, match=words):
        adopted(tmp_path / "own", photo)
    assert not (tmp_path / "own").exists()


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"pitch": 0}, "pitch"), ({"light_from": 361}, "light_from"),
        ({"width_cm": 50, "px_per_cm": 10}, "px_per_cm"), ({"light_colour": "warm"}, "light_colour"),
        ({"surface_y": 0.9, "front_y": 0.5}, "front_y"),
    ],
)  # fmt: skip
def test_impossible_corrections_are_refused(
    tmp_path: Path, said: dict[str, float | str], field: str
) -> None:
    with pytest.raises(RecipeInvalid) as caught:
        adopted(tmp_path, room(), **said)  # type: ignore[arg-type]
    assert caught.value.field == field


@pytest.mark.parametrize("name", ["My Table", "../table", ".table", "", "tisch/eins", "x" * 65])
def test_a_name_is_safe_as_a_folders(tmp_path: Path, name: str) -> None:
    with pytest.raises(RecipeInvalid, match="small letters"):
        adopt(room(), root=tmp_path, words=Words(photo="p", name=name), corrections=Corrections())


def test_odd_words_survive_the_record(tmp_path: Path) -> None:
    title = 'A "table"\\ with\nlines\t\x7f and 木'
    words = Words(photo="p", name="table", title=title, title_zh="桌“子”", tags=('"', "木"))
    adopt(room(), root=tmp_path, words=words, corrections=Corrections())
    assert template_in(tmp_path).title == title
    assert '"' in template_in(tmp_path).tags


@pytest.mark.slow
def test_estimates_are_near_the_truth_of_the_built_in_plates(tmp_path: Path) -> None:
    """Plates rendered with a known camera and light, taken as photos of unknown making."""
    pitch, light, left_right, colour = [], [], [], []
    for truth in TemplateLibrary(BUILT_IN).all():
        if is_from_above(truth):
            continue
        photo = (truth.folder / truth.plate_file).read_bytes()
        done = adopted(tmp_path, photo, force=True)
        assert validate(done.folder).passed, truth.name
        found = template_in(tmp_path)
        pitch.append(abs(found.camera.pitch_deg - truth.camera.pitch_deg))
        lit = np.array(found.light.color_rgb_linear), np.array(truth.light.color_rgb_linear)
        cosine = lit[0] @ lit[1] / np.linalg.norm(lit[0]) / np.linalg.norm(lit[1])
        colour.append(np.degrees(np.arccos(min(cosine, 1.0))))
        if estimate(done, "light from").sureness == "likely":
            away = found.light.azimuth_deg - truth.light.azimuth_deg
            light.append(abs((away + 180) % 360 - 180))
            sides = (np.sin(np.radians(one.light.azimuth_deg)) for one in (found, truth))
            left_right.append(np.prod(list(sides)) > 0)
    assert np.mean(pitch) < 3
    assert len(light) >= 8
    assert np.mean(light) < 25
    assert np.mean(left_right) >= 0.9
    assert np.mean(colour) < 6


def test_real_looking_photos_find_their_table(tmp_path: Path, shared_data: Path) -> None:
    for photo in sorted((shared_data / "photos" / "plates").glob("*.webp")):
        done = adopted(tmp_path, photo.read_bytes(), force=True)
        assert estimate(done, "surface's back edge").value == pytest.approx(0.545, abs=0.015)
        assert validate(done.folder).passed
