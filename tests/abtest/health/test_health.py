import json
from dataclasses import replace

import pytest

import abtest.health as health
from abtest import (
    Analysis,
    EventTraffic,
    Observed,
    Row,
    UnitTraffic,
    VerdictKind,
    analyse,
    analysis_dict,
    counts_from_rows,
)

SOUND = UnitTraffic(unit_days=32_000, in_several=9)


def looked_at(observed: Observed | None, *, lost_on: int | None = None) -> Analysis:
    rows = [
        Row(segment="everyone", variant=name, period=f"2026-03-{day:02d}", impressions=2000,
            clicks=0 if (name, day) == ("white", lost_on) else clicks)
        for day in range(1, 9)
        for name, clicks in (("white", 40), ("marble", 70))
    ]  # fmt: skip
    return analyse(counts_from_rows(rows), observed=observed)


def test_all_is_what_is_public() -> None:
    assert set(health.__all__) == {name for name in health.__all__ if hasattr(health, name)}
    assert sorted(health.__all__) == health.__all__


def test_sound_traffic_promotes_without_a_finding() -> None:
    found = looked_at(Observed(units=SOUND, events=EventTraffic(received=33_000, repeated=4)))
    assert found.verdict.kind is VerdictKind.PROMOTE
    assert found.health.findings == ()


@pytest.mark.parametrize(
    ("observed", "lost_on", "name"),
    [
        (Observed(units=replace(SOUND, in_several=8000)), None, "units_in_several_variants"),
        (None, 4, "lost_clicks"),
    ],
)
def test_what_makes_the_numbers_wrong_voids_the_verdict(
    observed: Observed | None, lost_on: int | None, name: str
) -> None:
    found = looked_at(observed, lost_on=lost_on)
    assert found.verdict.kind is VerdictKind.INVALID
    (finding,) = [each for each in found.health.findings if each.severity == "invalid"]
    assert finding.name == name
    assert found.verdict.reasons == (finding.text,)
    data = json.loads(json.dumps(analysis_dict(found), allow_nan=False))
    assert data["health"]["findings"][0]["name"] == name


def test_a_warning_leaves_the_verdict_alone() -> None:
    found = looked_at(Observed(units=replace(SOUND, in_several=1000)))
    assert found.verdict.kind is VerdictKind.PROMOTE
    assert [each.severity for each in found.health.findings] == ["warning"]
