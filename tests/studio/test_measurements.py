import os
from dataclasses import replace
from pathlib import Path

import pytest

from studio.services.measurements import Measurement, Measurements

MEASURED = Measurement(
    model="sdxl-inpaint@0123456789ab+fp8_matrices",
    device="cuda:0",
    label="a card",
    resident_bytes=7_000,
    working_bytes=None,
    load_s=2.5,
    picture_s=1.5,
    size_px=(1024, 768),
    steps=30,
    torch="2.13",
)


def test_what_was_measured_is_found_by_model_and_device(tmp_path: Path) -> None:
    kept = Measurements(tmp_path / "measured")
    assert kept.of(MEASURED.model, device="cuda:0") is None
    file = kept.keep(MEASURED)
    assert file.parent == tmp_path / "measured"
    assert kept.of(MEASURED.model, device="cuda:0") == MEASURED
    assert kept.of(MEASURED.model, device="cpu") is None
    assert kept.of("sdxl-inpaint@0123456789ab", device="cuda:0") is None
    newer = replace(MEASURED, working_bytes=3_000)
    kept.keep(newer)
    assert kept.of(MEASURED.model, device="cuda:0") == newer
    assert [one.name for one in file.parent.iterdir()] == [file.name]


def test_the_newest_of_a_profile_is_found_whatever_its_revision(tmp_path: Path) -> None:
    kept = Measurements(tmp_path)
    assert kept.newest("sdxl-inpaint", device="cuda:0") is None
    for age_s, revision in ((9, "a"), (5, "b"), (1, "c")):
        one = replace(MEASURED, model=f"sdxl-inpaint@{revision}", load_s=age_s)
        os.utime(kept.keep(one), (1_000 - age_s, 1_000 - age_s))
    kept.keep(replace(MEASURED, model="sdxl-inpaint.own@d"))
    newest = kept.newest("sdxl-inpaint", device="cuda:0")
    assert newest is not None
    assert newest.model == "sdxl-inpaint@c"
    assert kept.newest("sdxl-inpaint", device="cpu") is None


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"model": 1}', '{"size_px": 5}', '{"resident_bytes": -1}']
)
def test_a_damaged_file_counts_as_not_there(tmp_path: Path, text: str) -> None:
    kept = Measurements(tmp_path)
    kept.keep(MEASURED).write_text(text, encoding="utf-8")
    assert kept.of(MEASURED.model, device="cuda:0") is None


@pytest.mark.parametrize("field", ["resident_bytes", "working_bytes", "load_s", "picture_s"])
def test_nothing_takes_less_than_nothing(field: str) -> None:
    with pytest.raises(ValueError, match="0 or more"):
        replace(MEASURED, **{field: -1})  # type: ignore[arg-type]
