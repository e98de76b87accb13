"""Files: within byte limits, tagged, and the same bytes each time."""

import io

import numpy as np
import pytest
from PIL import ExifTags, Image

from pipelines.errors import ByteLimitUnreachable
from pipelines.imaging.encode import FORMATS, EncodeOptions, Format, encode
from pipelines.provenance.marks import Marks
from pipelines.provenance.xmp import packet
from tests.pipelines.making import product_photo

PHOTO = product_photo(size=(640, 640))
PACKET = packet(Marks(source_type="compositeSynthetic"))
NOISE = np.random.default_rng(7).integers(0, 256, (300, 300, 3), dtype=np.uint8)


@pytest.mark.parametrize("format_name", FORMATS)
def test_the_same_raster_gives_the_same_bytes(format_name: Format) -> None:
    options = EncodeOptions(format=format_name, xmp=PACKET)
    first, second = encode(PHOTO, options), encode(PHOTO, options)
    assert first.data == second.data
    with Image.open(io.BytesIO(first.data)) as image:
        assert image.size == (640, 640)
        assert image.info.get("icc_profile")


@pytest.mark.parametrize("format_name", FORMATS)
def test_every_format_carries_the_packet_of_its_origin(format_name: Format) -> None:
    data = encode(PHOTO, EncodeOptions(format=format_name, xmp=PACKET)).data
    with Image.open(io.BytesIO(data)) as image:
        assert image.info["xmp"] == PACKET
    assert b"digitalsourcetype" not in encode(PHOTO, EncodeOptions(format=format_name)).data


def test_bytes_are_met_with_the_highest_quality_that_fits() -> None:
    free = encode(NOISE, EncodeOptions(quality=95))
    limit = len(free.data) * 2 // 3
    met = encode(NOISE, EncodeOptions(quality=95, max_bytes=limit))
    assert met.quality is not None
    assert len(met.data) <= limit
    one_more = encode(NOISE, EncodeOptions(quality=met.quality + 1, tightest=True))
    assert len(one_more.data) > limit


@pytest.mark.parametrize("format_name", FORMATS)
def test_the_resolution_stands_in_every_file(format_name: Format) -> None:
    data = encode(PHOTO, EncodeOptions(format=format_name, dpi=300)).data
    with Image.open(io.BytesIO(data)) as image:
        field = image.info.get("dpi", (image.getexif().get(ExifTags.Base.XResolution), 0))
    assert float(field[0]) == pytest.approx(300, abs=0.01)


@pytest.mark.parametrize("format_name", ["png", "tiff"])
def test_a_lossless_format_keeps_every_value(format_name: Format) -> None:
    rgba = np.random.default_rng(3).integers(0, 256, (41, 67, 4), dtype=np.uint8)
    with Image.open(io.BytesIO(encode(rgba, EncodeOptions(format=format_name)).data)) as image:
        assert (np.asarray(image) == rgba).all()


def test_a_byte_limit_buys_quality_with_time() -> None:
    free = encode(PHOTO, EncodeOptions(quality=90))
    tight = encode(PHOTO, EncodeOptions(quality=90, max_bytes=len(free.data) - 1))
    assert tight.quality == 90
    assert len(tight.data) < len(free.data)


def test_unreachable_bytes_are_refused_not_ruined() -> None:
    with pytest.raises(ByteLimitUnreachable, match=r"at most 1,000 .*--size"):
        encode(NOISE, EncodeOptions(max_bytes=1000))
    with pytest.raises(ByteLimitUnreachable, match="at least"):
        encode(np.full((64, 64, 3), 255, np.uint8), EncodeOptions(min_bytes=500_000))
