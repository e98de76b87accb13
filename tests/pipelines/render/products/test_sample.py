"""A sample's camera must hold the whole product, and its record must read back as it was."""

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.render.products.record import sample_toml
from pipelines.render.products.sample import Sample, closeup


def _sample(**changes: object) -> Sample:
    fields: dict[str, object] = {
        "name": "clay-jar",
        "title": 'A "clay" jar',
        "title_zh": "陶罐",
        "category": "home",
        "description": "A jar.",
        "size_cm": (8.0, 12.5, 8.0),
        "tags": ("jar", "陶"),
        "label_text": ("two words",),
        "camera": closeup(0.125, tall=True),
        "room": lambda: None,
        "product": lambda: None,
    }
    return Sample(**(fields | changes))  # type: ignore[arg-type]


@given(
    height_m=st.floats(0.05, 0.5),
    fill=st.floats(0.3, 0.66),
    pitch_deg=st.floats(8, 13),
    tall=st.booleans(),
)
def test_the_product_fits_the_frame_from_base_to_top(
    height_m: float, fill: float, pitch_deg: float, tall: bool
) -> None:
    camera = closeup(height_m, fill=fill, pitch_deg=pitch_deg, tall=tall)
    _, base = camera.project((0.0, 0.0, 0.0))
    _, top = camera.project((0.0, 0.0, height_m))
    assert base == pytest.approx(0.82)
    assert base - top == pytest.approx(fill, rel=0.12)


def test_the_sharp_plane_comes_nearer_when_asked() -> None:
    middle = closeup(0.2).focus_distance_m
    assert closeup(0.2, nearer_m=0.05).focus_distance_m < middle


def test_a_record_reads_back_as_it_was_written() -> None:
    record = tomllib.loads(sample_toml(_sample()))
    assert record["title"] == 'A "clay" jar'
    assert record["title_zh"] == "陶罐"
    assert record["size_cm"] == [8.0, 12.5, 8.0]
    assert record["label_text"] == ["two words"]
    assert record["photo"] == {"file": "photo.webp", "width_px": 1200, "height_px": 1500}
    assert record["camera"] == {"focal_mm": 70.0, "pitch_deg": 10.0}


@pytest.mark.parametrize("changes", [{"size_cm": (0.0, 1.0, 1.0)}, {"title": ""}])
def test_a_sample_without_size_or_title_cannot_exist(changes: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="must"):
        _sample(**changes)
