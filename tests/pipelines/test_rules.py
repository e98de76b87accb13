"""Marketplace rules: the right files pass, each broken rule is named."""

import numpy as np
import pytest
from PIL import Image

from pipelines import check_file, preset, presets
from pipelines.errors import PresetNotFound
from pipelines.imaging.encode import EncodeOptions, encode
from pipelines.rules import jpeg_quality
from tests.pipelines.making import as_bytes


def on_white(size: int, fill: float, *, white: int = 255) -> np.ndarray:
    picture = np.full((size, size, 3), white, np.uint8)
    half = int(size * fill / 2)
    picture[size // 2 - half : size // 2 + half, size // 3 : size * 2 // 3] = (40, 60, 90)
    return picture


def failures(data: bytes, spec: str, name: str = "a.jpg") -> set[str]:
    return {check.name for check in check_file(data, preset(spec), name=name).failures}


def test_a_good_image_passes_amazon() -> None:
    data = encode(on_white(1600, 0.87), EncodeOptions()).data
    assert failures(data, "amazon-main") == set()


@pytest.mark.parametrize(
    ("picture", "broken"),
    [
        (on_white(400, 0.9), "longest side"),
        (on_white(1600, 0.5), "fill"),
        (on_white(1600, 0.9, white=250), "white at the frame's edge"),
        (np.full((1600, 1600, 3), 255, np.uint8), "product"),
    ],
)
def test_each_broken_rule_is_named(picture: np.ndarray, broken: str) -> None:
    assert broken in failures(encode(picture, EncodeOptions()).data, "amazon-main")


def test_transparency_is_no_white_background() -> None:
    rgba = np.dstack([on_white(1600, 0.9), np.full((1600, 1600), 200, np.uint8)])
    assert "background" in failures(as_bytes(rgba), "amazon-main", "a.png")


def test_format_bytes_size_and_extension() -> None:
    assert "format" in failures(
        encode(on_white(1600, 0.87), EncodeOptions(format="webp")).data, "amazon-main"
    )
    assert "size" in failures(encode(on_white(900, 0.8), EncodeOptions()).data, "taobao-main")
    assert "bytes" in failures(
        encode(on_white(800, 0.8), EncodeOptions(quality=40)).data, "taobao-white"
    )
    good = encode(on_white(1500, 0.85), EncodeOptions()).data
    assert failures(good, "google-merchant", "a.jpg") == set()
    assert failures(good, "google-merchant", "a.png") == {"extension"}


@pytest.mark.parametrize("quality", [35, 50, 75, 90, 95])
def test_jpeg_quality_is_read_from_the_tables(quality: int) -> None:
    noise = np.random.default_rng(1).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    assert jpeg_quality(as_bytes(noise, "JPEG", quality=quality)) == quality


def test_every_preset_says_where_its_numbers_come_from() -> None:
    for one in presets().values():
        assert one.source
        assert one.read_on
        assert one.least_side_px <= one.side_px


def test_an_unknown_preset_is_refused_with_a_hint() -> None:
    with pytest.raises(PresetNotFound, match="did you mean 'amazon-main'"):
        preset("amazon-mian")


def test_an_image_wider_than_may_be_decoded_for_matting_is_still_judged() -> None:
    data = as_bytes(np.full((60, 17_000, 3), 255, np.uint8))
    assert "longest side" in failures(data, "shopify", "a.png")
    assert Image.MAX_IMAGE_PIXELS is not None
