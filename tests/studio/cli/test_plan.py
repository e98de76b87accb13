"""`packshot test plan`: a forecast that a merchant can read, and programs too."""

from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from abtest import Expectation, Forecast
from studio.cli.plan import when_known
from tests.studio.commanding import Commands

SVG = "{http://www.w3.org/2000/svg}"


def test_a_plan_reads_like_an_answer(packshot: Commands) -> None:
    said = packshot("test", "plan", "--images", "2", "--visits-per-day", "300000", "--rate", "0.04",
                    "--days", "12", "--runs", "6")  # fmt: skip
    assert said.code == 0
    assert "SIMULATED 6 times: 2 images, 300,000 impressions a day" in said.out
    assert (
        "With 2 images and 300,000 impressions a day you will know in about 7 days, or find out "
        "that it does not matter"
    ) in said.out
    assert "an image is promoted" in said.out


def test_a_plan_of_what_is_better_lower_says_so(packshot: Commands) -> None:
    words = ("test", "plan", "--visits-per-day", "200000", "--rate", "0.04", "--days", "9",
             "--runs", "4", "--direction", "lower")  # fmt: skip
    said = packshot(*words)
    assert "that differ by 17%; lower is better." in said.out
    data = packshot(*words, "--json").data
    assert data["direction"] == "lower"
    assert data["clicks_gained"] < 0


def test_hopeless_traffic_is_told_with_the_way_out(packshot: Commands) -> None:
    said = packshot("test", "plan", "--visits-per-day", "20", "--days", "8", "--runs", "2")
    assert said.code == 0
    assert "None of these tests came to an answer in 8 days: compare fewer images" in said.out


def test_a_plan_that_most_tests_will_not_keep_promises_nothing() -> None:
    forecast = Forecast(
        expectation=Expectation(), runs=100, promoted=0.3, no_difference=0.1, undecided=0.6,
        wrong=0.0, days=None, days_most=None, promoted_by=(0.3,) * 60,
        decided_by=(0.4,) * 60, clicks_gained=0.02,
    )  # fmt: skip
    assert when_known(forecast).startswith(
        "You will probably not know within 60 days: only 40% of such tests come to an answer."
    )
    known = replace(forecast, promoted=0.6, undecided=0.3, days=31.0)
    assert when_known(known).endswith("half of such tests do by then, 70% within 60 days.")


def test_a_plan_is_drawn_day_by_day(packshot: Commands, tmp_path: Path) -> None:
    words = ("test", "plan", "--visits-per-day", "200000", "--rate", "0.04", "--days", "9",
             "--runs", "8")  # fmt: skip
    file = tmp_path / "plan.svg"
    said = packshot(*words, "--plot", file)
    assert f"drawn: {file}" in said.err.replace("\n", "")
    root = ET.fromstring(file.read_text(encoding="utf-8"))
    assert (root.findtext(f"{SVG}title") or "").startswith("SIMULATED. With 2 images")
    told = [text.text or "" for text in root.iter(f"{SVG}text")]
    assert any(text.endswith("an image promoted") for text in told)
    data = packshot(*words, "--json").data
    assert len(data["decided_by"]) == 9
    assert data["decided_by"] == sorted(data["decided_by"])
    assert data["decided_by"][-1] == pytest.approx(1 - data["undecided"])
    assert data["promoted_by"][-1] == pytest.approx(data["promoted"])
    # The areas end where the shares do.
    corners = [area.get("points", "").count(",") for area in root.iter(f"{SVG}polygon")]
    assert corners[:2] == [2 * 19, 19 + 2]


def test_a_plot_that_cannot_be_written_is_refused_at_once(packshot: Commands) -> None:
    said = packshot("test", "plan", "--plot", "plan.jpg")
    assert (said.code, "does not end in .svg or .png" in said.error) == (2, True)


def test_programs_get_the_shares(packshot: Commands) -> None:
    said = packshot("test", "plan", "--runs", "2", "--days", "7", "--json")
    assert said.data["simulated"] is True
    assert said.data["expectation"]["images"] == 2
    shares = said.data["promoted"] + said.data["no_difference"] + said.data["undecided"]
    assert abs(shares - 1.0) < 1e-9


def test_an_impossible_plan_names_the_limit(packshot: Commands) -> None:
    said = packshot("test", "plan", "--images", "30")
    assert said.code == 1
    assert "images" in said.error
    assert "2 to 20" in said.error
