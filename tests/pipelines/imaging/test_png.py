"""PNG by one filter: what any reader reads back, and what it says of itself."""

import io

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from PIL import Image

from pipelines.imaging.encode import EncodeOptions, encode, srgb_profile
from pipelines.imaging.png import write_png
from tests.pipelines.making import product_photo

Raster = npt.NDArray[np.uint8]
PHOTO = product_photo(size=(640, 640))


@settings(max_examples=30, deadline=None)
@given(
    height=some.integers(1, 40),
    width=some.integers(1, 40),
    channels=some.sampled_from((3, 4)),
    seed=some.integers(0, 2**32 - 1),
)
def test_another_library_reads_every_value_back(
    height: int, width: int, channels: int, seed: int
) -> None:
    size = (height, width, channels)
    raster = np.random.default_rng(seed).integers(0, 256, size, dtype=np.uint8)
    data = write_png(raster, dpi=72, icc=srgb_profile())
    with Image.open(io.BytesIO(data)) as image:
        assert image.mode == ("RGB" if channels == 3 else "RGBA")
        assert np.array_equal(np.asarray(image), raster)


def test_a_strided_raster_is_read_as_it_is_seen() -> None:
    data = write_png(PHOTO[::2, 100:300], dpi=72, icc=srgb_profile())
    with Image.open(io.BytesIO(data)) as image:
        assert np.array_equal(np.asarray(image), PHOTO[::2, 100:300])


def test_profile_resolution_and_packet_are_where_readers_look() -> None:
    packet = "<x:xmpmeta xmlns:x='adobe:ns:meta/'>杯子</x:xmpmeta>".encode()
    with Image.open(io.BytesIO(write_png(PHOTO, dpi=300, icc=b"profile", xmp=packet))) as image:
        image.load()
        assert image.info["icc_profile"] == b"profile"
        assert image.info["dpi"] == pytest.approx((300, 300), abs=0.01)
        assert image.info["xmp"] == packet


@pytest.mark.parametrize("tall", [False, True])
def test_a_byte_limit_is_met_with_the_best_filter_of_each_row(*, tall: bool) -> None:
    fast = encode(PHOTO, EncodeOptions(format="png")).data
    best = encode(PHOTO, EncodeOptions(format="png", tightest=True)).data
    assert len(best) < len(fast)
    limit = len(fast) if tall else len(fast) - 1
    found = encode(PHOTO, EncodeOptions(format="png", max_bytes=limit)).data
    assert found == (fast if tall else best)
    with Image.open(io.BytesIO(found)) as image:
        assert np.array_equal(np.asarray(image), PHOTO)
