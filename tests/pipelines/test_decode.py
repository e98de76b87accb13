"""Whatever a file holds: an upright sRGB picture, or an error that names file, limit and fix."""

import io
import zlib
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image, ImageCms

from pipelines.errors import (
    ImageAnimated,
    ImageRefused,
    ImageTooLarge,
    ImageTooSmall,
    ImageTransparent,
    ImageUnreadable,
)
from pipelines.imaging.decode import decode
from tests.pipelines.making import as_bytes, product_photo

PHOTO = product_photo()


def saved(image: Image.Image, format_name: str, **options: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, format_name, **options)
    return out.getvalue()


@pytest.mark.parametrize("format_name", ["JPEG", "PNG", "WEBP", "AVIF", "TIFF", "BMP", "HEIF"])
def test_every_format_gives_the_picture(format_name: str) -> None:
    source = decode(as_bytes(PHOTO, format_name), name="a")
    assert source.rgb.shape == PHOTO.shape
    assert np.abs(source.rgb.astype(int) - PHOTO).mean() < 6
    assert source.alpha is None


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


def truncated_jpeg() -> bytes:
    return as_bytes(PHOTO, "JPEG", quality=95)[:2000]


def animated_gif() -> bytes:
    frames = [Image.new("RGB", (64, 64), (80 * n, 0, 0)) for n in range(3)]
    return saved(frames[0], "GIF", save_all=True, append_images=frames[1:])


def bomb() -> bytes:
    """A PNG header that claims 40,000 x 40,000 px."""
    data = b"\x89PNG\r\n\x1a\n"
    side = (40_000).to_bytes(4, "big")
    for chunk in (b"IHDR" + side * 2 + bytes([8, 2, 0, 0, 0]), b"IDAT" + zlib.compress(b"0")):
        data += (len(chunk) - 4).to_bytes(4, "big") + chunk + zlib.crc32(chunk).to_bytes(4, "big")
    return data


@pytest.mark.parametrize(
    ("data", "error", "words"),
    [
        (b"", ImageUnreadable, "empty (0 bytes)"),
        (b"just some words\n" * 20, ImageUnreadable, "text file"),
        (b"%PDF-1.7 ....", ImageUnreadable, "PDF"),
        (b"\x00\x01\x02" * 50, ImageUnreadable, "no image format"),
        (truncated_jpeg(), ImageUnreadable, "cut off or damaged"),
        (animated_gif(), ImageAnimated, "3 frames"),
        (bomb(), ImageTooLarge, "megapixels"),
        (as_bytes(np.zeros((1, 1, 3), np.uint8)), ImageTooSmall, "1 x 1 px"),
        (as_bytes(np.zeros((40, 20_000, 3), np.uint8)), ImageTooLarge, "20,000 x 40 px"),
        (as_bytes(np.zeros((50, 50, 4), np.uint8)), ImageTransparent, "fully transparent"),
    ],
)
def test_bad_input_names_the_file_the_fact_and_the_fix(
    data: bytes, error: type[ImageRefused], words: str
) -> None:
    with pytest.raises(error) as caught:
        decode(data, name="shoe.png")
    message = str(caught.value)
    assert message.startswith("shoe.png: ")
    assert words in message
    assert "; " in message
    assert "\n" not in message


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
