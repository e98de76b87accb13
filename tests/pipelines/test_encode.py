"""Files: within byte limits, tagged, and the same bytes each time."""

import io

import numpy as np
import pytest
from PIL import Image

from pipelines.errors import ByteLimitUnreachable
from pipelines.imaging.encode import FORMATS, EncodeOptions, Format, encode
from tests.pipelines.making import product_photo

PHOTO = product_photo(size=(640, 640))
NOISE = np.random.default_rng(7).integers(0, 256, (300, 300, 3), dtype=np.uint8)


@pytest.mark.parametrize("format_name", FORMATS)
def test_the_same_raster_gives_the_same_bytes(format_name: Format) -> None:
    options = EncodeOptions(format=format_name, source_type="compositeSynthetic")
    first, second = encode(PHOTO, options), encode(PHOTO, options)
    assert first.data == second.data
    with Image.open(io.BytesIO(first.data)) as image:
        assert image.size == (640, 640)
        assert image.info.get("icc_profile")


@pytest.mark.parametrize("format_name", ["jpeg", "webp", "avif", "png"])
def test_a_rendered_backdrop_is_declared(format_name: Format) -> None:
    data = encode(PHOTO, EncodeOptions(format=format_name, source_type="compositeSynthetic")).data
    assert b"digitalsourcetype/compositeSynthetic" in data
    assert b"digitalsourcetype" not in encode(PHOTO, EncodeOptions(format=format_name)).data


def test_bytes_are_met_with_the_highest_quality_that_fits() -> None:
    free = encode(NOISE, EncodeOptions(quality=95))
    limit = len(free.data) * 2 // 3
    met = encode(NOISE, EncodeOptions(quality=95, max_bytes=limit))
    assert met.quality is not None
    assert len(met.data) <= limit
    one_more = encode(NOISE, EncodeOptions(quality=met.quality + 1))
    assert len(one_more.data) > limit


def test_unreachable_bytes_are_refused_not_ruined() -> None:
    with pytest.raises(ByteLimitUnreachable, match=r"at most 1,000 .*--size"):
        encode(NOISE, EncodeOptions(max_bytes=1000))
    with pytest.raises(ByteLimitUnreachable, match="at least"):
        encode(np.full((64, 64, 3), 255, np.uint8), EncodeOptions(min_bytes=500_000))
