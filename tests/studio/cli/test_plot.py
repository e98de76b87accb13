"""The picture of an analysis, and the lines of daily rates."""

from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from PIL import Image

from abtest import AnalysisOptions, Counts, Row, analyse, counts_from_rows
from studio.cli.findings import verdict_sentence
from studio.cli.plots.analysis import drawn
from studio.cli.plots.canvas import Canvas
from studio.cli.plots.course import course_of
from studio.cli.sparkline import daily_lines, rate_parts
from studio.services.errors import OutputUnwritable
from studio.web.palette import variant_colours
from tests.studio.commanding import Commands

SVG = "{http://www.w3.org/2000/svg}"


def counts(days: int = 10, names: tuple[str, ...] = ("white", "oak")) -> Counts:
    return counts_from_rows(
        Row(segment=s, variant=v, period=str(d + 1), impressions=2000, clicks=40 + 15 * i + d)
        for d in range(days)
        for i, v in enumerate(names)
        for s in ("phone", "desk")
    )


def csv(folder: Path) -> Path:
    file = folder / "counts.csv"
    lines = [f"{s},{v},{p},{cell.impressions},{cell.clicks}"
             for (s, v, p), cell in counts().cells.items()]  # fmt: skip
    file.write_text("\n".join(("segment,variant,period,impressions,clicks", *lines)))
    return file


def words(canvas: Canvas) -> list[str]:
    root = ET.fromstring(canvas.svg(title="t"))
    return [text.text or "" for text in root.iter(f"{SVG}text")]


def test_an_svg_says_the_verdict_and_names_what_it_draws(
    packshot: Commands, tmp_path: Path
) -> None:
    file = tmp_path / "plot.svg"
    said = packshot("test", "analyse", csv(tmp_path), "--plot", file)
    assert said.code == 0
    assert "drawn: " in said.err
    root = ET.fromstring(file.read_text(encoding="utf-8"))
    assert root.findtext(f"{SVG}title") == "Promote oak: every condition is met."
    text = [one.text for one in root.iter(f"{SVG}text")]
    for part in ("white", "oak", "phone", "desk", "lift over white, as it was known day by day"):
        assert part in text
    # A band, and two discs a row: rates of both, the lift in either segment.
    assert len(list(root.iter(f"{SVG}polygon"))) == 1 + 2 * 4


def test_a_png_shows_each_variant_in_its_colour(packshot: Commands, tmp_path: Path) -> None:
    file = tmp_path / "plot.png"
    packshot("test", "analyse", csv(tmp_path), "--plot", file, "--json")
    with Image.open(file) as picture:
        pixels = np.asarray(picture.convert("RGB"))
    for colour in variant_colours(["white", "oak"]).values():
        rgb = [int(colour[i : i + 2], 16) for i in (1, 3, 5)]
        assert (pixels == rgb).all(axis=2).sum() > 200
    assert (pixels == 255).all(axis=2).mean() > 0.7


def test_the_course_ends_where_the_analysis_does() -> None:
    found, options = counts(40), AnalysisOptions()
    course = course_of(found, options)
    assert len(course) == 24
    assert (course[0].period, course[-1].period) == ("2", "40")
    lift = analyse(found, options=options).overall.variant("oak").lift
    assert course[-1].lifts == {"oak": lift}
    widths = [one.lifts["oak"].interval[1] - one.lifts["oak"].interval[0] for one in course]
    assert widths[-1] < widths[0] / 2


def test_names_that_are_markup_and_long_stay_words() -> None:
    names = ("<b>&", "浅色奢华大理石台面" * 4)
    found = counts(3, names)
    text = words(drawn(analyse(found), course_of(found, AnalysisOptions())))
    assert "<b>&" in text
    assert any(one.startswith("浅色奢华") and one.endswith("…") for one in text)


def test_a_simulation_is_drawn_and_says_that_it_is_one(packshot: Commands, tmp_path: Path) -> None:
    file = tmp_path / "run.svg"
    said = packshot("test", "simulate", "--rates", "a=0.02,b=0.06", "--plot", file)
    assert (said.code, "drawn: " in said.err) == (0, True)
    title = ET.fromstring(file.read_text(encoding="utf-8")).findtext(f"{SVG}title")
    assert title == "SIMULATED. Promote b: every condition is met."
    assert packshot("test", "simulate", "--rates", "a=0.1,b=0.2", "--plot", "x.gif").code == 2


def test_a_long_verdict_is_told_whole() -> None:
    same = counts_from_rows(
        Row(segment="everyone", variant=name, period=str(day), impressions=5000, clicks=150)
        for day in range(40)
        for name in ("white", "oak", "marble")
    )
    analysis = analyse(same)
    sentence = verdict_sentence(analysis.verdict)
    picture = drawn(analysis, course_of(same, AnalysisOptions()))
    assert " ".join(sentence.split()) in " ".join(words(picture))
    assert len(sentence) > 100
    short = drawn(analyse(counts()), course_of(counts(), AnalysisOptions()))
    assert words(short)[0] == "Promote oak: every condition is met."


def test_where_lower_is_better_the_picture_says_so_and_bands_the_least() -> None:
    names = ("white", "oak", "teak", "ash", "elm")
    found, lower = counts(names=names), AnalysisOptions(direction="lower", control="elm")
    picture = drawn(analyse(found, options=lower), course_of(found, lower))
    said = " ".join(words(picture))
    assert "estimated rate (lower is better), and where it lies" in said
    areas = ET.fromstring(picture.svg(title="t")).iter(f"{SVG}polygon")
    bands = [one.get("fill") for one in areas if float(one.get("fill-opacity", "1")) < 0.5]
    assert bands == [variant_colours(names)["white"]]


def test_nothing_counted_is_a_picture_too(tmp_path: Path) -> None:
    empty = counts_from_rows(
        Row(segment="e", variant=v, period="1", impressions=0, clicks=0) for v in "ab"
    )
    canvas = drawn(analyse(empty), course_of(empty, AnalysisOptions()))
    canvas.save(tmp_path / "plot.png", title="t")
    assert words(canvas)[0].startswith("Keep running")


@pytest.mark.parametrize(
    ("name", "part"), [("plot.jpg", "does not end in .svg or .png"), ("no/plot.svg", "no folder")]
)
def test_a_plot_that_cannot_be_written_is_wrong_usage(
    packshot: Commands, tmp_path: Path, name: str, part: str
) -> None:
    said = packshot("test", "analyse", csv(tmp_path), "--plot", tmp_path / name)
    assert said.code == 2
    assert part in said.error


def test_daily_rates_share_one_scale() -> None:
    rows = [
        Row(segment="e", variant=v, period=str(d), impressions=1000 * (d != 3 or v == "a"), clicks=c)
        for d in range(1, 6)
        for v, c in (("a", 10 * d), ("b", 0))
    ]  # fmt: skip
    lines = daily_lines(counts_from_rows(rows), "ab", lambda cell: rate_parts(cell, "click_rate"))
    assert lines == {"a": "▂▄▅▇█", "b": "▁▁·▁▁"}


def test_many_days_are_merged_and_one_day_is_no_line() -> None:
    lines = daily_lines(
        counts(90), ("white", "oak"), lambda cell: rate_parts(cell, "click_rate")
    )  # fmt: skip
    assert {len(line) for line in lines.values()} == {30}
    assert lines["white"][0] == "▁"
    assert lines["oak"][-1] == "█"
    assert daily_lines(counts(1), ("white",), lambda cell: rate_parts(cell, "click_rate")) == {}


def test_a_plot_that_cannot_be_written_names_its_option(tmp_path: Path) -> None:
    taken = tmp_path / "plot.svg"
    taken.mkdir()
    with pytest.raises(OutputUnwritable, match="choose another --plot"):
        Canvas(width=10.0, height=10.0).save(taken, title="any")
