from collections.abc import Callable
from io import BytesIO
from typing import TypeAlias

import numpy as np
import pytest
from PIL import Image, ImageCms

from assets import ENCODERS, Limits, RenditionRefused, read_header
from assets.encode import encode_rendition

Encode: TypeAlias = Callable[..., bytes]
LIMITS = Limits()


def render(data: bytes, *, width_px: int = 400, media_type: str = "image/png") -> Image.Image:
    made = encode_rendition(data, width_px=width_px, media_type=media_type, limits=LIMITS)
    return Image.open(BytesIO(made))


@pytest.mark.parametrize("media_type", sorted(ENCODERS))
@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "LA", "P", "1"])
def test_every_mode_goes_into_every_format(encoded: Encode, media_type: str, mode: str) -> None:
    data = encode_rendition(
        encoded("PNG", mode=mode), width_px=20, media_type=media_type, limits=LIMITS
    )
    header = read_header(data, limits=LIMITS)
    assert (header.media_type, header.width_px, header.height_px) == (media_type, 20, 15)


def test_an_image_is_never_enlarged(encoded: Encode) -> None:
    assert render(encoded("PNG"), width_px=4000).size == (40, 30)


def test_a_thin_image_keeps_a_pixel_of_height(encoded: Encode) -> None:
    assert render(encoded("PNG", size=(400, 1)), width_px=10).size == (10, 1)


def test_a_turned_photo_stands_upright_and_forgets_where_it_was_taken() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010E] = "a description"
    buffer = BytesIO()
    Image.new("RGB", (40, 20), "red").save(buffer, "JPEG", exif=exif)
    for media_type in ENCODERS:
        with render(buffer.getvalue(), media_type=media_type) as made:
            assert made.size == (20, 40)
            assert dict(made.getexif()) == {}


def test_transparency_is_laid_on_white_where_the_format_has_none() -> None:
    buffer = BytesIO()
    Image.new("RGBA", (10, 10), (255, 0, 0, 0)).save(buffer, "PNG")
    with render(buffer.getvalue(), media_type="image/jpeg") as made:
        assert made.getpixel((5, 5)) == (255, 255, 255)
    with render(buffer.getvalue(), media_type="image/webp") as made:
        assert made.getchannel("A").getextrema() == (0, 0)


def test_sixteen_bit_grey_is_scaled_and_not_clipped() -> None:
    grey = np.full((4, 4), 32896, np.uint16)
    buffer = BytesIO()
    Image.fromarray(grey).save(buffer, "PNG")
    with render(buffer.getvalue()) as made:
        assert made.getpixel((0, 0)) == (128, 128, 128)


def test_colours_are_converted_to_srgb() -> None:
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    tags, colours = srgb[:500], srgb[500:]
    swapped = tags.replace(b"rXYZ", b"tmp_").replace(b"gXYZ", b"rXYZ").replace(b"tmp_", b"gXYZ")
    buffer = BytesIO()
    Image.new("RGB", (4, 4), (10, 200, 30)).save(buffer, "PNG", icc_profile=swapped + colours)
    with render(buffer.getvalue()) as made:
        assert "icc_profile" not in made.info
        assert made.getpixel((0, 0)) == pytest.approx((200, 10, 30), abs=2)


def test_a_broken_profile_is_ignored() -> None:
    buffer = BytesIO()
    Image.new("RGB", (4, 4), (10, 200, 30)).save(buffer, "PNG", icc_profile=b"not a profile")
    with render(buffer.getvalue()) as made:
        assert made.getpixel((0, 0)) == (10, 200, 30)


@pytest.mark.parametrize("width_px", [0, -1, 8193])
def test_impossible_widths_are_refused(encoded: Encode, width_px: int) -> None:
    with pytest.raises(RenditionRefused, match="use 1 to 8192 px"):
        render(encoded("PNG"), width_px=width_px)


def test_unknown_formats_are_refused(encoded: Encode) -> None:
    with pytest.raises(RenditionRefused, match="image/jpeg, image/webp, image/avif, image/png"):
        render(encoded("PNG"), media_type="image/gif")
