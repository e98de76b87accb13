"""A record may say where a variant starts; only its own clicks say where it ends."""

import pytest

from abtest import (
    AnalysisOptions,
    Beta,
    InvalidOptions,
    Row,
    Spread,
    VerdictKind,
    analyse,
    analysis_dict,
    counts_from_rows,
)
from abtest.counts import Counts

STARTS = {"b": 0.2}


def counts(
    clicks: dict[str, int], *, shown: int = 2000, segments: tuple[str, ...] = ("everyone",)
) -> Counts:
    return counts_from_rows(
        Row(segment=segment, variant=name, period=str(day), impressions=shown, clicks=number)
        for segment in segments
        for day in range(8)
        for name, number in clicks.items()
    )


def test_before_the_first_click_the_record_is_all_there_is() -> None:
    nothing = counts({"a": 0, "b": 0}, shown=0)
    overall = analyse(nothing, options=AnalysisOptions(head_starts=STARTS)).overall
    assert overall.variant("b").mean / overall.variant("a").mean == pytest.approx(1.2, abs=0.01)
    assert overall.leader == "b"
    assert overall.prob_best["b"] > 0.7
    assert analyse(nothing).overall.prob_best["b"] == pytest.approx(0.5)


def test_clicks_outweigh_it() -> None:
    few, many = (
        analyse(counts({"a": n, "b": n}, shown=50 * n), options=AnalysisOptions(head_starts=STARTS))
        for n in (2, 200)
    )
    assert 1.05 < few.overall.variant("b").mean / few.overall.variant("a").mean < 1.2
    assert many.overall.variant("b").mean / many.overall.variant("a").mean < 1.01


@pytest.mark.parametrize("spread", [None, Spread(strengths=(100.0, 10.0), shares=(0.6, 0.4))])
def test_evidence_takes_no_notice_of_it(spread: Spread | None) -> None:
    table = counts({"a": 40, "b": 46})
    told, plain = (
        analyse(table, options=AnalysisOptions(head_starts=starts, spread=spread)).overall
        for starts in (STARTS, {})
    )
    assert told.prob_best["b"] > plain.prob_best["b"]
    for name in "ab":
        assert told.variant(name).e_value == plain.variant(name).e_value
    conditions = [
        {one.name: one.value for one in each.verdict.conditions} for each in (told, plain)
    ]
    assert conditions[0]["difference"] == conditions[1]["difference"]
    assert conditions[0]["evidence"] == conditions[1]["evidence"]
    assert told.verdict.kind is not VerdictKind.PROMOTE


def test_segments_start_there_too_and_are_told_once() -> None:
    """What the other segments say of the arm already holds its start; nothing is added twice."""
    nothing = counts({"a": 0, "b": 0}, shown=0, segments=("de", "fr"))
    for group in analyse(nothing, options=AnalysisOptions(head_starts=STARTS)).segments.values():
        ratio = group.variant("b").mean / group.variant("a").mean
        assert ratio == pytest.approx(1.2, abs=0.01)


def test_the_reader_is_told() -> None:
    table = counts({"a": 40, "b": 46})
    analysis = analyse(table, options=AnalysisOptions(head_starts=STARTS))
    found = [one for one in analysis.health.findings if one.name == "head_start"]
    assert [one.severity for one in found] == ["info"]
    assert "b +20%" in found[0].text
    assert "a " not in found[0].text.split(",")[1]
    data = analysis_dict(analysis)["overall"]
    assert isinstance(data, dict)
    assert [one["head_start"] for one in data["variants"]] == [0.0, 0.2]
    own = AnalysisOptions(head_starts=STARTS, prior=Beta(alpha=1, beta=1))
    told = analyse(table, options=own)
    assert not any(one.name == "head_start" for one in told.health.findings)
    assert told.overall.variant("b").posterior.alpha == 1 + 8 * 46
    assert told.overall.variant("b").head_start == 0.0


@pytest.mark.parametrize("start", [0.21, -0.21, float("nan")])
def test_a_start_is_bounded(start: float) -> None:
    with pytest.raises(InvalidOptions, match="head_starts"):
        AnalysisOptions(head_starts={"b": start})
