from pathlib import Path

import numpy as np
import pytest

from tests.benchmarks.gpu.rows import UNMEASURED, Fact, Results, SpeedRow, unmeasured
from tests.benchmarks.gpu.speed import psnr_db, ways

ROW = SpeedRow(
    model="sdxl-inpaint",
    how="ours",
    batch=8,
    images_per_s=1.25,
    times_stock=2.5,
    first_s=61.04,
    peak_bytes=31_400_000_000,
    rate_share=0.415,
    drift_db=None,
)


def test_a_row_reads_as_a_person_would_say_it() -> None:
    assert ROW.cells() == (
        "sdxl-inpaint", "ours", "8", "1.25", "2.50", "61.0", "31.4", "42%", "equal"
    )  # fmt: skip


def test_tables_have_as_many_cells_as_heads(tmp_path: Path) -> None:
    fact = Fact(what="jobs done", measured="200 of 200", goal="all", reached=True)
    results = Results(label="a card", speed=(ROW,), facts=(fact,))
    results.save(tmp_path / "results.json")
    assert '"rate_share": 0.415' in (tmp_path / "results.json").read_text(encoding="utf-8")
    for text in (results.markdown(), unmeasured(ways("m"), [("jobs done", "all")])):
        tables = [part.splitlines() for part in text.split("\n\n") if part.startswith("|")]
        assert len(tables) == 2
        for head, _, *rows in tables:
            assert rows
            assert {row.count("|") for row in rows} == {head.count("|")}


def test_what_was_not_measured_says_so() -> None:
    text = unmeasured(ways("m"), [("jobs done", "all")])
    assert text.startswith("Measured on: no card yet.")
    assert text.count(UNMEASURED) == 6 * len(ways("m")) + 1


@pytest.mark.parametrize(("error", "expected"), [(0, None), (255, 0.0), (1, 48.13)])
def test_drift_is_the_usual_signal_to_noise_ratio(error: int, expected: float | None) -> None:
    plain = np.zeros((4, 4, 3), np.uint8)
    found = psnr_db(np.full_like(plain, error), plain)
    assert found == (None if expected is None else pytest.approx(expected, abs=0.01))
