"""Whatever a file holds: an upright sRGB picture, or an error that names file, limit and fix."""

import io

import cv2
import numpy as np
import pytest
from PIL import Image, ImageCms

from pipelines.errors import (
    ImageTransparent,
    ImageUnreadable,
)
from pipelines.imaging.decode import decode
from tests.pipelines.making import as_bytes, product_photo, saved

PHOTO = product_photo()


@pytest.mark.parametrize("format_name", ["JPEG", "PNG", "WEBP", "AVIF", "TIFF", "BMP", "HEIF"])
def test_every_format_gives_the_picture(format_name: str) -> None:
    source = decode(as_bytes(PHOTO, format_name), name="a")
    assert source.rgb.shape == PHOTO.shape
    assert np.abs(source.rgb.astype(int) - PHOTO).mean() < 6
    assert source.alpha is None


@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("subsampling", [0, 1, 2])
def test_a_jpeg_has_the_pixels_that_pillow_reads(subsampling: int, *, progressive: bool) -> None:
    picture = Image.fromarray(PHOTO[:-3, :-5])
    data = saved(picture, "JPEG", quality=88, subsampling=subsampling, progressive=progressive)
    with Image.open(io.BytesIO(data)) as image:
        expected = np.asarray(image)
    np.testing.assert_array_equal(decode(data, name="a").rgb, expected)


def test_a_jpeg_with_a_part_missing_is_told_by_its_report_alone(
    capfd: pytest.CaptureFixture[str],
) -> None:
    whole = as_bytes(PHOTO, "JPEG", quality=95)
    source = decode(whole[: len(whole) // 2] + b"\xff\xd9", name="a")
    assert source.rgb.shape == PHOTO.shape
    assert source.notes == (
        "the JPEG data may be damaged (Corrupt JPEG data: premature end of data segment): "
        "look whether the picture is whole",
    )
    assert capfd.readouterr() == ("", "")  # a decoder's own line names no file


def test_a_jpeg_that_breaks_in_its_middle_is_refused(capfd: pytest.CaptureFixture[str]) -> None:
    whole = as_bytes(PHOTO, "JPEG", quality=95)
    middle = len(whole) // 2
    with pytest.raises(ImageUnreadable, match=r"a\.jpg: the JPEG data is cut off or damaged"):
        decode(whole[:middle] + b"\xff\x47" + whole[middle:], name="a.jpg")
    assert capfd.readouterr() == ("", "")


def test_a_turned_jpeg_with_a_profile_is_read_as_pillow_reads_it() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    data = saved(Image.fromarray(PHOTO), "JPEG", exif=exif, icc_profile=profile)
    with Image.open(io.BytesIO(data)) as image:
        expected = np.asarray(image.transpose(Image.Transpose.ROTATE_270))
    source = decode(data, name="a")
    np.testing.assert_allclose(source.rgb, expected, atol=1)
    assert source.format == "JPEG"
    assert source.notes[0] == "turned upright by its EXIF orientation"


def test_what_follows_a_jpeg_is_left_out() -> None:
    data = as_bytes(PHOTO, "JPEG", quality=95)
    plain, followed = decode(data, name="a").rgb, decode(data + b"trailer", name="a").rgb
    np.testing.assert_array_equal(plain, followed)


def test_exif_turns_the_picture_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    source = decode(saved(Image.fromarray(PHOTO), "JPEG", exif=exif), name="a")
    assert (source.width_px, source.height_px) == (PHOTO.shape[0], PHOTO.shape[1])
    assert any("EXIF" in note for note in source.notes)


def test_a_real_alpha_channel_is_kept_and_an_opaque_one_is_none() -> None:
    alpha = np.zeros(PHOTO.shape[:2], np.uint8)
    alpha[50:200, 80:200] = 255
    alpha[100, 100] = 128
    source = decode(as_bytes(np.dstack([PHOTO, alpha])), name="a")
    assert source.alpha is not None
    assert source.alpha[100, 100] == pytest.approx(128 / 255)
    assert decode(as_bytes(np.dstack([PHOTO, alpha | 255])), name="a").alpha is None


def test_sixteen_bits_are_rounded_not_cut_off_and_alpha_keeps_them_all() -> None:
    deep = np.zeros((64, 64, 4), np.uint16)
    deep[..., :3] = (0x1234, 0x80FF, 0x00FF)  # blue, green, red as OpenCV lays them
    deep[..., 3] = 0x4321
    done, data = cv2.imencode(".png", deep)
    assert done
    source = decode(data.tobytes(), name="deep.png")
    assert tuple(source.rgb[5, 5]) == (1, 128, 18)
    assert source.alpha is not None
    assert source.alpha[5, 5] == pytest.approx(0x4321 / 65535, abs=1e-7)
    assert "16 bits a channel, rounded to 8" in source.notes
    opaque = deep | np.array([0, 0, 0, 0xFFFF], np.uint16)
    for array in (opaque, np.ascontiguousarray(opaque[..., :3])):
        plain = decode(cv2.imencode(".png", array)[1].tobytes(), name="opaque.png")
        assert plain.alpha is None
        assert tuple(plain.rgb[5, 5]) == (1, 128, 18)


def test_sixteen_bits_of_nothing_are_refused() -> None:
    data = cv2.imencode(".png", np.zeros((64, 64, 4), np.uint16))[1].tobytes()
    with pytest.raises(ImageTransparent):
        decode(data, name="none.png")
