"""Bytes that are no picture to work on: refused with their file, the limit and the fix."""

import zlib

import numpy as np
import pytest
from PIL import Image

from pipelines.errors import (
    ImageAnimated,
    ImageRefused,
    ImageTooLarge,
    ImageTooSmall,
    ImageTransparent,
    ImageUnreadable,
)
from pipelines.imaging.decode import decode
from tests.pipelines.making import as_bytes, product_photo, saved

PHOTO = product_photo()


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
