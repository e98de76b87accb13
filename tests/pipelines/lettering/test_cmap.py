"""Which characters a font draws, asked of real fonts and of damaged ones."""

import struct
from pathlib import Path

import pytest
from PIL import ImageFont

from pipelines.errors import FontUnusable
from pipelines.lettering import FontFace


def test_letters_are_there_and_ideographs_are_not(latin: FontFace) -> None:
    assert latin.lacks("Sale 50% - now!") == ""
    assert latin.lacks("限时 Sale 限") == "限时"


def test_the_map_agrees_with_what_is_drawn(latin: FontFace) -> None:
    """A character that the map lacks is drawn as the empty box, one that it has is not."""
    font = ImageFont.truetype(str(latin.path), 40, layout_engine=ImageFont.Layout.BASIC)
    box = font.getmask("\ue123").getbbox(), bytes(font.getmask("\ue123"))
    for code in filter(lambda one: not chr(one).isspace(), range(0x21, 0x250)):
        drawn = font.getmask(chr(code)).getbbox(), bytes(font.getmask(chr(code)))
        assert (drawn == box) == bool(latin.lacks(chr(code))), hex(code)


def test_the_pulled_font_covers_chinese_and_latin(chinese: FontFace) -> None:
    assert chinese.lacks("AI生成 限时特惠¥59.9 起！「七夕」Ünïcode") == ""
    assert chinese.lacks("😀") == "😀"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"not a font at all",
        b"\0\1\0\0" + struct.pack(">H", 9) + bytes(6),
        b"ttcf" + bytes(4) + struct.pack(">I", 0),
        b"OTTO" + struct.pack(">H", 1) + bytes(6) + struct.pack(">4sIII", b"cmap", 0, 9999, 40),
    ],
)
def test_what_is_no_font_is_refused_by_name(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "bad.ttf"
    path.write_bytes(data)
    with pytest.raises(FontUnusable, match=r"bad\.ttf"):
        FontFace(path=path).lacks("a")


def test_a_truncated_font_is_refused(latin: FontFace, tmp_path: Path) -> None:
    path = tmp_path / "cut.ttf"
    path.write_bytes(latin.path.read_bytes()[:200])
    with pytest.raises(FontUnusable):
        FontFace(path=path).lacks("a")


def test_a_file_of_one_face_has_no_second(latin: FontFace) -> None:
    with pytest.raises(FontUnusable):
        FontFace(path=latin.path, index=1).lacks("a")
