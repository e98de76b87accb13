"""Contrast as WCAG defines it."""

import numpy as np
import pytest

from pipelines.lettering.contrast import parsed, ratio, worst_ratio


def test_known_ratios() -> None:
    assert ratio((0, 0, 0), (255, 255, 255)) == pytest.approx(21)
    # The grey that WCAG's own examples give as the lightest readable on white.
    assert ratio((118, 118, 118), (255, 255, 255)) == pytest.approx(4.54, abs=0.01)
    assert ratio((10, 80, 200), (10, 80, 200)) == pytest.approx(1)


def test_the_worst_counts_but_not_a_speck() -> None:
    beneath = np.zeros((1000, 3), np.uint8)
    assert worst_ratio((255, 255, 255), beneath) == pytest.approx(21)
    beneath[:10] = 255
    assert worst_ratio((255, 255, 255), beneath) == pytest.approx(21)
    beneath[:100] = 255
    assert worst_ratio((255, 255, 255), beneath) == pytest.approx(1)


def test_colours_are_written_as_six_digits() -> None:
    assert parsed("#C8102e") == (200, 16, 46)
    for bad in ("red", "#fff", "#12345g", "123456"):
        with pytest.raises(ValueError, match="rrggbb"):
            parsed(bad)
