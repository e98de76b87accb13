"""Whatever a file says its colours are: sRGB of eight bits, and a note of what was converted."""

import zlib

import cv2
import numpy as np
import pytest
from PIL import Image, ImageCms

from pipelines.imaging.decode import decode
from tests.pipelines.making import product_photo, saved

PHOTO = product_photo()


def with_gamma(png: bytes, exponent: float, *, also: bytes = b"") -> bytes:
    """A PNG with the chunk that tells its exponent, and another before it."""
    body = b"gAMA" + round(exponent * 100_000).to_bytes(4, "big")
    chunk = (4).to_bytes(4, "big") + body + zlib.crc32(body).to_bytes(4, "big")
    return png[:33] + also + chunk + png[33:]


def test_a_gamma_without_a_profile_is_taken_at_its_word() -> None:
    linear = np.full((64, 64, 4), (55, 0, 255, 100), np.uint8)
    source = decode(with_gamma(saved(Image.fromarray(linear), "PNG"), 1.0), name="a")
    assert source.rgb[0, 0].tolist() == [128, 0, 255]
    assert source.alpha is not None
    assert source.alpha[0, 0] == pytest.approx(100 / 255)
    assert source.notes == ("colours converted from a gamma of 1 to sRGB, as the file says",)
    done, deep = cv2.imencode(".png", np.full((64, 64, 3), (0, 65535, 60), np.uint16))
    assert done
    source = decode(with_gamma(deep.tobytes(), 1.0), name="a")
    assert source.rgb[0, 0].tolist() == [3, 255, 0]  # what eight bits of light would have lost
    assert "a gamma of 1 to sRGB" in source.notes[0]


def test_a_gamma_that_means_srgb_or_nothing_changes_no_pixel() -> None:
    png = saved(Image.fromarray(PHOTO), "PNG")
    srgb = b"sRGB\x00"
    chunk = (1).to_bytes(4, "big") + srgb + zlib.crc32(srgb).to_bytes(4, "big")
    for data in (
        with_gamma(png, 0.45455),
        with_gamma(png, 0.0001),
        with_gamma(png, 1.0, also=chunk),
    ):
        source = decode(data, name="a")
        assert np.array_equal(source.rgb, PHOTO)
        assert source.notes == ()


def test_a_photo_of_one_bit_is_told_so() -> None:
    source = decode(saved(Image.fromarray(PHOTO).convert("1"), "PNG"), name="a")
    assert source.notes == (
        "1 bit a pixel, black and white alone: cutouts of such pictures are poor",
    )


def test_sixteen_bit_grey_and_cmyk_and_palette_are_read() -> None:
    ramp = np.linspace(0, 65535, 64 * 64).reshape(64, 64).astype(np.uint16)
    grey = decode(saved(Image.fromarray(ramp), "PNG"), name="a")
    assert grey.rgb[0, 0, 0] == 0
    assert grey.rgb[-1, -1, 0] == 255
    cmyk = decode(saved(Image.new("CMYK", (64, 64), (0, 255, 255, 0)), "JPEG"), name="a")
    assert cmyk.rgb[30, 30, 0] > 200
    assert cmyk.rgb[30, 30, 1] < 60
    assert any("CMYK" in note for note in cmyk.notes)
    palette = decode(saved(Image.fromarray(PHOTO).quantize(32), "PNG"), name="a")
    assert np.abs(palette.rgb.astype(int) - PHOTO).mean() < 10


def test_a_wide_gamut_profile_is_converted() -> None:
    xyz = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    plain = decode(saved(Image.fromarray(PHOTO), "PNG", icc_profile=xyz), name="a")
    assert any("profile" in note for note in plain.notes)
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    same = decode(saved(Image.fromarray(PHOTO), "PNG", icc_profile=srgb), name="a")
    assert (same.rgb == PHOTO).all()
    assert same.notes == ()
