"""From a recipe and bytes to a file and a report."""

import hashlib
import io
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from pipelines import Produced, produce
from pipelines.errors import Interrupted, ProductNotFound
from pipelines.imaging.encode import FORMATS, EncodeOptions, Format, encode
from pipelines.provenance.marks import Marks
from pipelines.provenance.xmp import marks_in, packet
from pipelines.spec import Kind
from tests.pipelines.making import TinyStudio, as_bytes, product_photo, recipe_for

PHOTO = as_bytes(product_photo())


def make(studio: TinyStudio, kind: Kind, data: bytes = PHOTO, **params: Any) -> Produced:
    return produce(recipe_for(kind, data, **params), data, name="box.png", studio=studio)


def opened(data: bytes) -> npt.NDArray[np.uint8]:
    with Image.open(io.BytesIO(data)) as image:
        return np.asarray(image)


def outcome(produced: Produced, name: str) -> str:
    return next(check.outcome for check in produced.report.checks if check.name == name)


@pytest.mark.parametrize(
    ("kind", "params"),
    [("cutout", {}), ("white", {"shadow": "drop"}), ("scene", {"template": "table"})],
)
def test_the_same_recipe_gives_the_same_bytes(
    studio: TinyStudio, kind: Kind, params: dict[str, Any]
) -> None:
    assert make(studio, kind, **params).data == make(studio, kind, **params).data


def test_a_cutout_keeps_size_and_the_products_own_bytes(studio: TinyStudio) -> None:
    picture = product_photo()
    rgba = opened(make(studio, "cutout").data)
    assert rgba.shape == (*picture.shape[:2], 4)
    opaque = rgba[..., 3] == 255
    assert opaque.mean() == pytest.approx(1 / 6, abs=0.02)
    assert (rgba[..., :3][opaque] == picture[opaque]).all()
    assert (rgba[rgba[..., 3] == 0] == 0).all()


def test_white_meets_its_preset(studio: TinyStudio) -> None:
    big = as_bytes(product_photo(size=(1400, 1400)))
    produced = make(studio, "white", big, spec="amazon-main")
    assert produced.media_type == "image/jpeg"
    assert produced.report.passed, produced.report.failures
    assert outcome(produced, "product lock") == "pass"
    assert {check.name for check in produced.report.checks if check.outcome == "pass"} >= {
        "fill",
        "white at the frame's edge",
        "bytes",
    }


def test_a_preset_that_forbids_shadows_gets_none_and_the_report_says_so(studio: TinyStudio) -> None:
    produced = make(studio, "white", spec="taobao-white", shadow="drop", format="png")
    assert outcome(produced, "shadow") == "note"
    assert outcome(produced, "pure white") == "pass"


def test_a_small_source_is_told_of(studio: TinyStudio) -> None:
    produced = make(studio, "white", size_px=2000)
    assert outcome(produced, "sharpness") == "fail"
    assert not produced.report.passed
    assert make(studio, "white").width_px < 2000


@pytest.mark.parametrize("format_name", FORMATS)
def test_every_format_can_be_asked_for(studio: TinyStudio, format_name: Format) -> None:
    produced = make(studio, "white", format=format_name)
    assert opened(produced.data).shape[0] == produced.height_px


def test_a_scene_locks_the_product_and_tells_its_template(studio: TinyStudio) -> None:
    produced = make(studio, "scene", template="table")
    assert outcome(produced, "product lock") == "pass"
    assert any("table@" in check.value for check in produced.report.checks)


def test_true_scale_is_kept_or_said_to_be_impossible(studio: TinyStudio) -> None:
    fits = make(studio, "scene", template="table", height_cm=10)
    assert outcome(fits, "true scale") == "pass"
    too_tall = make(studio, "scene", template="table", height_cm=100)
    assert outcome(too_tall, "true scale") == "fail"


def test_colour_match_only_when_asked(studio: TinyStudio) -> None:
    names = {check.name for check in make(studio, "scene", template="table").report.checks}
    assert "colour match" not in names
    matched = make(studio, "scene", template="table", match_colour=4)
    assert outcome(matched, "colour match") == "pass"


def test_given_alpha_is_used_as_it_is(studio: TinyStudio) -> None:
    picture = product_photo()
    alpha = np.zeros(picture.shape[:2], np.uint8)
    alpha[100:140, 120:160] = 255
    rgba = opened(make(studio, "cutout", as_bytes(np.dstack([picture, alpha]))).data)
    assert (rgba[..., 3] == alpha).all()


def test_an_empty_table_has_no_product(studio: TinyStudio) -> None:
    with pytest.raises(ProductNotFound, match=r"box\.png: no product"):
        make(studio, "white", as_bytes(np.full((200, 200, 3), 180, np.uint8)))


class Cancelled:
    def __init__(self) -> None:
        self.fractions: list[float] = []

    def cancelled(self) -> bool:
        return len(self.fractions) >= 2

    def progress(self, fraction: float) -> None:
        self.fractions.append(fraction)


def test_cancellation_is_heard_between_stages(studio: TinyStudio) -> None:
    control = Cancelled()
    with pytest.raises(Interrupted):
        produce(recipe_for("white", PHOTO), PHOTO, name="a", studio=studio, control=control)
    assert len(control.fractions) == 2
    assert 0.0 == control.fractions[0] < control.fractions[1] < 0.5


def test_checks_on_request_say_what_they_found_or_why_they_were_not_made(
    studio: TinyStudio,
) -> None:
    checked = make(studio, "white", check_text=True, check_safety=True, text_models="a@1",
                   safety_model="b@1")  # fmt: skip
    said = {check.name: check for check in checked.report.checks}
    assert said["text on the product"].value == "100% of “NIGHT SERUM” can still be read"
    assert said["text in the picture"].value == "none"
    assert said["safety"].value.startswith("nudity score 0.")
    lacking = make(studio, "scene", template="table", check_text=True, check_safety=True)
    said = {check.name: check for check in lacking.report.checks}
    for name in ("text on the product", "safety"):
        assert said[name].outcome == "note"
        assert said[name].value.startswith("not checked: packshot models pull ")
    assert "safety" not in {check.name for check in make(studio, "white").report.checks}


def test_a_report_names_its_recipe_source_and_settings(studio: TinyStudio) -> None:
    report = make(studio, "scene", template="table", aigc="001191").report.to_json()
    assert (report["schema"], report["kind"], report["settings"]) == (
        1, "scene", {"template": "table", "aigc": "001191"},
    )  # fmt: skip
    assert report["source"] == hashlib.sha256(PHOTO).hexdigest()
    assert len(report["recipe"]) == 64
    assert report["provenance"] == {"source_type": "compositeSynthetic", "aigc": "001191"}


def test_marks_of_the_source_are_kept_through(studio: TinyStudio) -> None:
    marked = encode(product_photo(), EncodeOptions(
        format="png", xmp=packet(Marks(source_type="trainedAlgorithmicMedia"))
    )).data  # fmt: skip
    white = make(studio, "white", marked)
    assert marks_in(white.data).source_type == "trainedAlgorithmicMedia"
    scene = make(studio, "scene", marked, template="table", format="tiff")
    assert marks_in(scene.data).source_type == "compositeWithTrainedAlgorithmicMedia"
    assert marks_in(make(studio, "white").data) == Marks()


_LATE = """
import sys
from pipelines.produce import make_ready
late = {"scipy.sparse", "pipelines.stages.white"}
assert not late & set(sys.modules)
make_ready("white")
assert late <= set(sys.modules)
"""


def test_what_images_alone_need_is_imported_when_they_are_made_ready_for() -> None:
    subprocess.run([sys.executable, "-c", _LATE], check=True, cwd=Path(__file__).parents[2])
