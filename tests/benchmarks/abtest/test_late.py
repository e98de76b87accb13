"""The study of late orders runs, on few tests and days."""

import pytest

from tests.benchmarks.abtest import late


def test_young_exposures_are_counted_once_delays_are_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(late, "DAYS", 16)
    cell = {"arms": 2, "slow": False, "truth": "alike", "tests": 2}
    closed = late.measured(**cell, count="closed")  # type: ignore[arg-type]
    corrected = late.measured(**cell, count="corrected")  # type: ignore[arg-type]
    assert closed["corrected_looks"] == 0.0
    assert 0.1 < corrected["corrected_looks"] < 1.0
    assert closed["promoted"] + corrected["promoted"] <= 1
