"""Several products in one picture through the whole path: sizes, cover, lock, refusals."""

import hashlib
import io
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from pipelines import Produced, RecipeInvalid, TemplateLibrary, produce
from pipelines.spec import Kind, SceneParams, WhiteParams
from tests.pipelines.making import TinyStudio, as_bytes, recipe_for, write_template

COLOURS = ((200, 40, 40), (40, 160, 60), (40, 60, 200))


def product(number: int, *, width: int = 60, height: int = 100) -> bytes:
    picture = np.zeros((200, 200, 4), np.uint8)
    picture[150 - height : 150, 70 : 70 + width] = (*COLOURS[number], 255)
    return as_bytes(picture)


def digests(*sources: bytes) -> str:
    return "|".join(hashlib.sha256(data).hexdigest() for data in sources)


@pytest.fixture
def three() -> tuple[bytes, bytes, bytes]:
    return product(0), product(1, height=80), product(2, width=40)


@pytest.fixture
def studio(tmp_path: Path, three: tuple[bytes, bytes, bytes]) -> TinyStudio:
    write_template(tmp_path / "templates", "table")
    return TinyStudio(TemplateLibrary(tmp_path / "templates"), *three)


def make(studio: TinyStudio, kind: Kind, first: bytes, *rest: bytes, **params: Any) -> Produced:
    wanted = {"with_sources": digests(*rest), "format": "png", **params}
    return produce(recipe_for(kind, first, **wanted), first, name="a.png", studio=studio)


def boxes(done: Produced) -> list[tuple[int, int, int, int]]:
    """Left, top, right, bottom of each colour in the picture."""
    shown = pixels(done)
    found = []
    for colour in COLOURS:
        rows, columns = np.nonzero((shown == colour).all(axis=-1))
        found.append((columns.min(), rows.min(), columns.max() + 1, rows.max() + 1))
    return found


def pixels(done: Produced) -> npt.NDArray[np.uint8]:
    return np.asarray(Image.open(io.BytesIO(done.data)).convert("RGB"))


def failed(done: Produced) -> list[str]:
    return [check.name for check in done.report.failures]


def test_side_by_side_and_equally_high_unless_sizes_say_otherwise(
    studio: TinyStudio, three: tuple[bytes, bytes, bytes]
) -> None:
    row = make(studio, "white", *three, size_px=300)
    assert failed(row) == []
    found = boxes(row)
    assert found[0][2] < found[1][0]
    assert found[1][2] < found[2][0]
    heights = [bottom - top for _, top, _, bottom in found]
    assert max(heights) - min(heights) <= 5  # upright, above the middle of each foot
    assert max(bottom for *_, bottom in found) - min(bottom for *_, bottom in found) <= 5
    assert found[2][2] - found[0][0] == pytest.approx(0.85 * 300, abs=1)
    true = boxes(make(studio, "white", *three, size_px=400, sizes_cm="10,30,20"))
    tall = [bottom - top for _, top, _, bottom in true]
    assert tall[1] / tall[0] == pytest.approx(3, rel=0.1)
    assert tall[2] / tall[0] == pytest.approx(2, rel=0.1)


@pytest.mark.parametrize("shadow", ["contact", "drop", "reflection", "natural"])
def test_every_kind_of_shadow_falls_from_each(
    studio: TinyStudio, three: tuple[bytes, bytes, bytes], shadow: str
) -> None:
    done = make(studio, "white", *three, size_px=300, shadow=shadow)
    assert failed(done) == []
    for left, _, right, bottom in boxes(done):
        assert pixels(done)[bottom + 1, (left + right) // 2].max() < 250


def test_in_a_group_nearer_ones_cover_farther_ones_and_the_report_says_so(
    studio: TinyStudio, three: tuple[bytes, bytes, bytes]
) -> None:
    params: dict[str, Any] = {"template": "table", "arrangement": "group", "sizes_cm": "10,6,8"}
    done = make(studio, "scene", *three, **params)
    assert failed(done) == []
    said = {check.name: check.value for check in done.report.checks}
    assert "of it covered" in said["product 1"]
    locks = [check for check in done.report.checks if check.name.startswith("product lock")]
    assert [check.value for check in locks] == ["largest difference 0"] * 3
    found = boxes(done)
    assert found[1][3] > found[0][3]
    assert found[1][3] - found[1][1] < found[0][3] - found[0][1]
    plate = studio.template("table").plate()
    beside = pixels(done)[found[1][3] - 2, found[1][2] + 2].astype(int)
    assert (beside < plate[0, 0]).all()  # its shadow, on the table
    again = make(studio, "scene", *three, **params)
    assert again.data == done.data


def test_what_means_one_product_is_refused_for_several(
    studio: TinyStudio, three: tuple[bytes, bytes, bytes]
) -> None:
    for params in ({"placement": "original"}, {"own_shadow": True}, {"width_cm": 9.0}):
        with pytest.raises(RecipeInvalid, match="does not go with several products"):
            make(studio, "scene", *three, template="table", **params)


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"sizes_cm": "10"}, "one height for each of 2 products"),
        ({"sizes_cm": "10,tall"}, "must be heights of 0.5 to 300 cm"),
        ({"sizes_cm": "10,0"}, "must be heights of 0.5 to 300 cm"),
        ({"with_sources": "|".join(["ab" * 32] * 12)}, "at most 12 products"),
    ],
)
def test_declarations_that_cannot_be_meant(params: dict[str, str], words: str) -> None:
    for shape, other in ((WhiteParams, {}), (SceneParams, {"template": "table"})):
        with pytest.raises(RecipeInvalid, match=words):
            shape(**{"with_sources": "cd" * 32, **other, **params})  # type: ignore[arg-type]


def test_every_companion_is_named_by_its_digest() -> None:
    with pytest.raises(RecipeInvalid, match="64 hex digits"):
        recipe_for("white", b"", with_sources="cd" * 32 + "|mug.png")
