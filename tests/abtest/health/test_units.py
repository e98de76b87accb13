import pytest

from abtest import EventTraffic, InvalidCounts, UnitDay, UnitTraffic, unit_traffic
from abtest.health.units import event_findings, unit_findings


def units(**numbers: int) -> list[tuple[str, str]]:
    found = unit_findings(UnitTraffic(**{"unit_days": 10_000, **numbers}))
    return [(finding.name, finding.severity) for finding in found]


def test_a_feed_in_motion_is_no_fault() -> None:
    assert units(in_several=40, clicked=300, heavy=3, heavy_clicked=2) == []


@pytest.mark.parametrize(("several", "severity"), [(300, "warning"), (1200, "invalid")])
def test_units_that_saw_several_images(several: int, severity: str) -> None:
    assert units(in_several=several) == [("units_in_several_variants", severity)]


def test_clicks_of_units_that_are_no_people() -> None:
    found = unit_findings(
        UnitTraffic(unit_days=10_000, in_several=0, heavy=12, clicked=300, heavy_clicked=12)
    )
    assert [finding.name for finding in found] == ["bot_like_clicks"]
    assert found[0].value == pytest.approx(0.04)
    assert found[0].limit == 0.02
    assert "4.0% of the clicks" in found[0].text
    assert "12 units" in found[0].text


def test_one_id_for_many_shoppers() -> None:
    assert units(in_several=0, heavy=2500) == [("bot_like_units", "warning")]


def test_too_little_to_speak_of() -> None:
    assert unit_findings(UnitTraffic(unit_days=50, in_several=50)) == ()
    assert event_findings(EventTraffic(received=50, repeated=50)) == ()


def test_units_are_added_up_as_they_stream_by() -> None:
    human = UnitDay(segment="all", period="1", variants={"a": (3, 2)})
    switched = UnitDay(segment="all", period="1", variants={"a": (1, 0), "b": (1, 1)})
    crawler = UnitDay(segment="all", period="1", variants={"a": (500, 300)})
    stray_click = UnitDay(segment="all", period="2", variants={"a": (0, 1), "b": (1, 0)})
    found = unit_traffic(iter([human, switched, crawler, stray_click]))
    assert found == UnitTraffic(
        unit_days=4, in_several=1, heavy=1, clicked=3, heavy_clicked=1, impressions=506
    )


def test_repeated_and_orphaned_events() -> None:
    assert event_findings(EventTraffic(received=1000, repeated=40, orphans=40)) == ()
    found = event_findings(EventTraffic(received=1000, repeated=60, orphans=90))
    assert [(finding.name, finding.severity) for finding in found] == [
        ("repeated_events", "info"),
        ("orphaned_events", "warning"),
    ]


def test_impossible_traffic_is_refused() -> None:
    with pytest.raises(InvalidCounts):
        UnitTraffic(unit_days=1, in_several=2)
    with pytest.raises(InvalidCounts):
        EventTraffic(received=1, repeated=-1)
