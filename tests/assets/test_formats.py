import struct
import zlib
from collections.abc import Callable
from contextlib import suppress
from io import BytesIO
from typing import TypeAlias

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from assets import (
    FormatUnsupported,
    ImageAnimated,
    ImageRefused,
    ImageTooLarge,
    ImageUnreadable,
    Limits,
    read_header,
)
from assets.formats import decode

Encode: TypeAlias = Callable[..., bytes]

LIMITS = Limits()


def png_header(width_px: int, height_px: int) -> bytes:
    """A PNG that declares a size and has next to no pixels behind it."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        crc = zlib.crc32(kind + body)
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", crc)

    size = struct.pack(">IIBBBBB", width_px, height_px, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", size)
        + chunk(b"IDAT", zlib.compress(b"\0" * 64))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    ("name", "media_type"),
    [
        ("JPEG", "image/jpeg"),
        ("PNG", "image/png"),
        ("WEBP", "image/webp"),
        ("AVIF", "image/avif"),
        ("HEIF", "image/heic"),
        ("TIFF", "image/tiff"),
        ("GIF", "image/gif"),
        ("BMP", "image/bmp"),
    ],
)
def test_the_content_names_the_format(encoded: Encode, name: str, media_type: str) -> None:
    header = read_header(encoded(name, size=(48, 36)), limits=LIMITS)
    assert (header.media_type, header.width_px, header.height_px) == (media_type, 48, 36)


def test_a_turned_photo_is_measured_as_it_is_shown(encoded: Encode) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    header = read_header(encoded("JPEG", size=(48, 36), exif=exif), limits=LIMITS)
    assert (header.width_px, header.height_px) == (36, 48)


def test_a_png_is_turned_by_what_it_says_before_or_after_its_pixels() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    before, plain = BytesIO(), BytesIO()
    Image.new("RGB", (48, 36)).save(before, "PNG", exif=exif)
    Image.new("RGB", (48, 36)).save(plain, "PNG")
    told = exif.tobytes().removeprefix(b"Exif\0\0")
    chunk = b"eXIf" + told
    late = struct.pack(">I", len(told)) + chunk + struct.pack(">I", zlib.crc32(chunk))
    end = plain.getvalue()[-12:]
    after = plain.getvalue()[:-12] + late + end
    for data in (before.getvalue(), after):
        assert read_header(data, limits=LIMITS).width_px == 36
    assert read_header(plain.getvalue(), limits=LIMITS).width_px == 48


def test_of_a_png_header_no_pixel_is_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    def decoded(_: object) -> None:
        raise AssertionError("pixels were decoded")

    data = BytesIO()
    Image.new("RGBA", (48, 36)).save(data, "PNG", dpi=(300, 300))
    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", decoded)
    assert read_header(data.getvalue(), limits=LIMITS).height_px == 36


@pytest.mark.parametrize("mode", ["L", "LA", "P", "1", "RGBA", "I;16"])
def test_every_mode_of_png_is_taken(mode: str) -> None:
    buffer = BytesIO()
    Image.new(mode, (5, 4)).save(buffer, "PNG")
    with decode(buffer.getvalue(), limits=LIMITS) as image:
        assert image.size == (5, 4)


def test_cmyk_is_taken(encoded: Encode) -> None:
    assert read_header(encoded("JPEG", mode="CMYK"), limits=LIMITS).media_type == "image/jpeg"


def test_a_phone_jpeg_with_a_second_picture_is_a_jpeg(encoded: Encode) -> None:
    buffer = BytesIO()
    first = Image.new("RGB", (20, 10))
    first.save(buffer, "MPO", save_all=True, append_images=[Image.new("RGB", (10, 5))])
    header = read_header(buffer.getvalue(), limits=LIMITS)
    assert (header.media_type, header.width_px) == ("image/jpeg", 20)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"hello, this is a text file", "a text file"),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3", "a PDF"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "an SVG drawing"),
        (b"PK\x03\x04 and more", "a ZIP archive"),
        (b"\x00\x01\x02\xff\xfe", "a file of an unknown kind"),
    ],
)
def test_what_is_no_image_is_named(data: bytes, said: str) -> None:
    with pytest.raises(FormatUnsupported, match=f"^{said} is not taken; convert it to one of JPEG"):
        read_header(data, limits=LIMITS)


def test_an_empty_file_is_named() -> None:
    with pytest.raises(ImageUnreadable, match="0 bytes"):
        read_header(b"", limits=LIMITS)


def test_formats_that_pillow_knows_but_we_do_not_take_are_never_parsed(encoded: Encode) -> None:
    with pytest.raises(FormatUnsupported):
        read_header(encoded("ICO", size=(16, 16)), limits=LIMITS)


@pytest.mark.parametrize("size", [(20_000, 100), (100, 20_000), (60_000, 60_000)])
def test_a_long_side_is_refused_before_decoding(size: tuple[int, int]) -> None:
    with pytest.raises(ImageTooLarge) as refused:
        read_header(png_header(*size), limits=LIMITS)
    assert refused.value.value == max(size)
    assert refused.value.limit == LIMITS.max_side_px
    assert "make the image smaller" in str(refused.value)


def test_a_pixel_count_is_refused_before_decoding() -> None:
    with pytest.raises(ImageTooLarge, match="225,000,000 pixels, the limit is 120,000,000"):
        read_header(png_header(15_000, 15_000), limits=LIMITS)


def test_a_large_photo_within_the_limits_raises_no_warning() -> None:
    header = read_header(png_header(11_648, 8_736), limits=LIMITS)
    assert header.width_px * header.height_px > 100_000_000


def test_too_many_bytes_are_refused(encoded: Encode) -> None:
    with pytest.raises(ImageTooLarge, match="the limit is 100 bytes"):
        read_header(encoded("PNG"), limits=Limits(max_bytes=100))


@pytest.mark.parametrize("name", ["GIF", "PNG", "WEBP", "AVIF", "TIFF"])
def test_several_frames_are_refused(name: str) -> None:
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "green", "blue")]
    buffer = BytesIO()
    frames[0].save(buffer, name, save_all=True, append_images=frames[1:])
    with pytest.raises(ImageAnimated, match="3 frames"):
        read_header(buffer.getvalue(), limits=LIMITS)


@pytest.mark.parametrize("name", ["JPEG", "PNG", "WEBP", "AVIF", "HEIF", "TIFF", "GIF", "BMP"])
@pytest.mark.parametrize("kept", [0.1, 0.5, 0.9])
def test_a_truncated_image_is_refused(encoded: Encode, name: str, kept: float) -> None:
    data = encoded(name, size=(200, 150))
    with pytest.raises(ImageUnreadable, match="save or export it again"):
        decode(data[: int(len(data) * kept)], limits=LIMITS)


@pytest.mark.parametrize("name", ["JPEG", "PNG", "WEBP", "AVIF", "HEIF", "TIFF", "GIF", "BMP"])
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_damage_is_refused_or_decoded_and_never_another_error(
    encoded: Encode, name: str, data: st.DataObject
) -> None:
    original = bytearray(encoded(name, size=(32, 24)))
    for _ in range(data.draw(st.integers(1, 6))):
        original[data.draw(st.integers(0, len(original) - 1))] = data.draw(st.integers(0, 255))
    limits = Limits(max_pixels=1_000_000)
    with suppress(ImageRefused), decode(bytes(original), limits=limits) as image:
        assert image.width * image.height <= limits.max_pixels


def test_limits_are_positive() -> None:
    with pytest.raises(ValueError, match="positive"):
        Limits(max_pixels=0)
