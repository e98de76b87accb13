"""`packshot test suggest`: the answer in a sentence, and as a picture."""

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from abtest import Suggestion
from studio.cli.plots.interval_rows import GREY
from studio.cli.plots.suggestions import suggestions_canvas
from studio.cli.suggest import sentence
from tests.studio.commanding import Commands

SVG = "{http://www.w3.org/2000/svg}"


@pytest.mark.parametrize(("tests", "noun"), [(1, "1 test taught"), (12, "12 tests taught")])
def test_the_best_choice_is_told_with_its_reason(tests: int, noun: str) -> None:
    best = Suggestion(feature="scene", word="raw-wood", effect=0.083, interval=(0.01, 0.16),
                      prob_better=0.97, tests=tests, drawn=0.083)  # fmt: skip
    told = sentence(best, explored=False)
    assert told.startswith("Make raw-wood next: better than the average scene")
    assert "with a probability of 97%, by about +8.3%" in told
    assert told.endswith(f"as {noun}.")
    assert sentence(best, explored=True).startswith("Try raw-wood next: drawn from what is known;")


def test_choices_are_drawn_in_their_order_and_untried_ones_grey() -> None:
    found = [
        Suggestion(feature="scene", word="raw-wood", effect=0.083, interval=(0.01, 0.16),
                   prob_better=0.97, tests=4),
        Suggestion(feature="scene", word="podium", effect=0.0, interval=(-0.2, 0.22),
                   prob_better=0.5, tests=0),
    ]  # fmt: skip
    root = ET.fromstring(suggestions_canvas(found, title="Make raw-wood next.").svg(title="t"))
    told = [text.text or "" for text in root.iter(f"{SVG}text")]
    assert told.index("raw-wood") < told.index("+8.3%") < told.index("podium")
    lines = [line.get("stroke") for line in root.iter(f"{SVG}polyline")]
    assert lines[-1] == GREY != lines[-2]


def test_the_command_draws_what_it_lists(packshot: Commands, tmp_path: Path) -> None:
    file = tmp_path / "next.svg"
    said = packshot("test", "suggest", "--count", "3", "--plot", file)
    assert said.code == 0
    root = ET.fromstring(file.read_text(encoding="utf-8"))
    told = [text.text or "" for text in root.iter(f"{SVG}text")]
    listed = [line.split()[1] for line in said.out.splitlines() if line.startswith("scene ")]
    assert len(listed) == 3
    assert [word for word in told if word in listed] == listed
