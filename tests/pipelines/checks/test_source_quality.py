"""A photo that lost its colours or its edges before it came here is told so."""

import io

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image, ImageFilter

from pipelines.checks.source_quality import source_checks

Rgb = npt.NDArray[np.uint8]


@pytest.fixture(scope="module")
def photo() -> Image.Image:
    """Soft shapes in many shades, with the grain of a camera."""
    random = np.random.default_rng(3)
    coarse = Image.fromarray(random.integers(20, 230, (6, 8, 3), dtype=np.uint8))
    smooth = coarse.resize((640, 480), Image.Resampling.BICUBIC).filter(ImageFilter.BoxBlur(3))
    grain = random.normal(0, 2, (480, 640, 3))
    return Image.fromarray(np.clip(np.asarray(smooth) + grain, 0, 255).astype(np.uint8))


def outcomes(image: Image.Image) -> tuple[str, str]:
    colours, compression = source_checks(np.asarray(image.convert("RGB")))
    return colours.outcome, compression.outcome


def as_jpeg(image: Image.Image, quality: int) -> Image.Image:
    kept = io.BytesIO()
    image.save(kept, "JPEG", quality=quality)
    return Image.open(kept)


def test_a_photo_passes_in_colour_and_in_grey(photo: Image.Image) -> None:
    assert outcomes(photo) == ("pass", "pass")
    assert outcomes(photo.convert("L")) == ("pass", "pass")
    assert outcomes(as_jpeg(photo, 80)) == ("pass", "pass")


@pytest.mark.parametrize("reduced", [lambda one: one.convert("1"), lambda one: one.quantize(16)])
def test_few_colours_fail_whatever_the_file_is(photo: Image.Image, reduced: object) -> None:
    assert callable(reduced)
    few = reduced(photo)
    assert outcomes(few) == ("fail", "pass")
    (colours, _) = source_checks(np.asarray(few.convert("RGB")))
    assert colours.value.startswith(("2 ", "16 "))
    assert "original photo" in colours.fix


@pytest.mark.parametrize("turned", [False, True])
def test_coarse_blocks_fail_cropped_turned_and_saved_again(
    photo: Image.Image, *, turned: bool
) -> None:
    blocky = as_jpeg(photo, 4).convert("RGB").crop((3, 5, 640, 480))
    if turned:
        blocky = blocky.transpose(Image.Transpose.ROTATE_90)
    assert outcomes(as_jpeg(blocky, 95))[1] == "fail"


def test_stripes_of_a_blocks_width_are_no_blocks(photo: Image.Image) -> None:
    striped = np.array(photo)
    striped[:, ::8] //= 2
    assert outcomes(Image.fromarray(striped)) == ("pass", "pass")


def test_what_was_drawn_in_few_flat_colours_lost_nothing() -> None:
    sticker = Image.new("RGB", (400, 400), "white")
    sticker.paste("crimson", (100, 100, 300, 300))
    (colours, compression) = source_checks(np.asarray(sticker))
    assert (colours.outcome, compression.outcome) == ("pass", "pass")
    assert "2 different ones, drawn flat" in colours.value
