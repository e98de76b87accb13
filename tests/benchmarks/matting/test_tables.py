"""Means compare like with like, and goals are judged against the best peer."""

from pathlib import Path

import pytest

from tests.benchmarks.matting.measure import Row
from tests.benchmarks.matting.methods import GLASS
from tests.benchmarks.matting.metrics import Scores
from tests.benchmarks.matting.results import load_rows, save_rows
from tests.benchmarks.matting.tables import by_trait, goals, markdown, mean_of, means, worst


def _row(method: str, picture: str, *, iou: float = 0.98, mae: float = 0.01,
         halo: float | None = 30.0, opaque: bool = True) -> Row:  # fmt: skip
    scores = Scores(iou=iou, mae=mae, sad=1.0, gradient=1.0, connectivity=1.0,
                    halo_black=halo, halo_magenta=halo)  # fmt: skip
    return Row(method=method, picture=picture, opaque=opaque, traits=("holes",), scores=scores,
               seconds=1.0, cpu_seconds=1.5, peak_bytes=2_000_000)  # fmt: skip


def test_a_picture_that_one_method_has_not_seen_counts_for_none() -> None:
    rows = [_row("a", "one", iou=0.9), _row("a", "two", iou=0.5), _row("b", "one", iou=0.8)]
    assert [(one.method, one.iou, one.pictures) for one in means(rows, opaque=True)] == [
        ("a", 0.9, 1),
        ("b", 0.8, 1),
    ]


def test_glass_is_told_apart() -> None:
    rows = [_row("a", "mug"), _row("a", "bottle", iou=0.4, opaque=False)]
    assert means(rows, opaque=True)[0].least_iou == 0.98
    assert means(rows, opaque=False)[0].iou == 0.4
    assert [row.picture for row in worst(rows, "a")] == ["mug"]


def test_what_is_for_glass_alone_takes_no_opaque_picture_from_the_others() -> None:
    rows = [_row(name, "mug") for name in ("a", "b")]
    rows += [_row(name, "bottle", opaque=False) for name in ("a", "b", GLASS)]
    assert [one.method for one in means(rows, opaque=True)] == ["a", "b"]
    assert [one.method for one in means(rows, opaque=False)] == ["a", "b", GLASS]
    assert "| holes | 2 | 0.980 | 0.980 |" in by_trait(rows)


def test_halo_is_a_mean_over_pictures_whose_colours_are_known() -> None:
    mean = mean_of("a", [_row("a", "one", halo=10.0), _row("a", "two", halo=None)])
    assert mean.halo_black == 10.0
    assert mean.peak_mb == 2.0


def test_a_mean_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="no rows"):
        mean_of("a", [])


def test_goals_are_judged_against_the_best_peer_of_each_measure() -> None:
    rows = [
        _row("packshot fast", "p", iou=0.99, mae=0.002, halo=12.0),
        _row("rembg u2net", "p", mae=0.004, halo=60.0),
        _row("rembg isnet", "p", mae=0.008, halo=30.0),
    ]
    said = goals(means(rows, opaque=True))
    assert said[0].startswith("reached: packshot fast, mean IoU 0.9900")
    assert "reached: packshot fast, MAE is 0.50 of rembg u2net's, goal at most 0.50" in said
    assert any(line.startswith("missed") and "0.40 of rembg isnet's" in line for line in said)


def test_a_bad_picture_misses_the_goal_of_the_least() -> None:
    rows = [_row("packshot best", "p", iou=0.85), _row("packshot best", "q", iou=0.99)]
    assert goals(means(rows, opaque=True)) == [
        "missed: packshot best, mean IoU 0.9200, goal at least 0.97",
        "missed: packshot best, least IoU 0.8500, goal at least 0.90",
    ]


def test_the_table_has_a_cell_for_each_heading() -> None:
    lines = markdown(means([_row("a", "one")], opaque=True)).splitlines()
    assert len(lines) == 3
    assert len({line.count("|") for line in lines}) == 1


def test_traits_are_averaged_over_their_pictures() -> None:
    rows = [_row("a", "one", iou=0.8), _row("a", "two", iou=0.9), _row("b", "one", iou=0.7),
            _row("b", "two", iou=0.7)]  # fmt: skip
    assert by_trait(rows).splitlines()[-1] == "| holes | 2 | 0.850 | 0.700 |"
    assert by_trait([]) == ""


def test_rows_read_back_as_they_were_kept(tmp_path: Path) -> None:
    rows = [_row("a", "one", halo=None), _row("b", "two", opaque=False)]
    save_rows(tmp_path / "rows.json", rows, machine="a test")
    assert load_rows(tmp_path / "rows.json") == rows
    assert load_rows(tmp_path / "none.json") == []


def test_another_file_is_no_result(tmp_path: Path) -> None:
    (tmp_path / "rows.json").write_text("[]")
    with pytest.raises(ValueError, match=r"rows\.json"):
        load_rows(tmp_path / "rows.json")
