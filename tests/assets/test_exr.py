"""OpenEXR headers: the size is read, damage is named, no pixel is touched."""

import struct

import pytest

from assets import FormatUnsupported, ImageTooLarge, ImageUnreadable
from assets.exr import MAGIC, exr_size
from assets.formats import Limits, decode, read_header


def header(
    *, window: tuple[int, int, int, int] = (0, 0, 59, 39), window_name: bytes = b"displayWindow"
) -> bytes:
    """The first attributes of a file, as its writers lay them out."""
    attributes = b"compression\0compression\0" + struct.pack("<i", 1) + b"\3"
    attributes += window_name + b"\0box2i\0" + struct.pack("<i4i", 16, *window)
    return MAGIC + struct.pack("<i", 2) + attributes + b"\0"


def test_the_size_is_that_of_the_display_window() -> None:
    assert exr_size(header()) == (60, 40)
    assert exr_size(header(window=(-10, 5, 89, 104))) == (100, 100)


def test_it_is_told_by_its_content() -> None:
    found = read_header(header(), limits=Limits())
    assert (found.media_type, found.width_px, found.height_px) == ("image/x-exr", 60, 40)


@pytest.mark.parametrize(
    "data",
    [
        MAGIC,
        header()[:30],
        header(window_name=b"somethingElse"),
        MAGIC + bytes(4) + b"n" * 400,
        MAGIC + bytes(4) + b"a\0b\0" + struct.pack("<i", -5) + bytes(40),
        header(window=(0, 0, -1, -1)),
    ],
)
def test_damage_is_refused(data: bytes) -> None:
    with pytest.raises(ImageUnreadable):
        read_header(data, limits=Limits())


def test_a_header_that_claims_too_much_is_refused() -> None:
    with pytest.raises(ImageTooLarge):
        read_header(header(window=(0, 0, 99_999, 99_999)), limits=Limits())


def test_there_are_no_renditions_of_it() -> None:
    with pytest.raises(FormatUnsupported, match="OpenEXR"):
        decode(header(), limits=Limits())
