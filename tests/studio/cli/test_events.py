"""`packshot test analyse` on raw events: what counts, what is left out, and why."""

import gzip
import json
import random
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.cli.counting.counted import Counted, read_counted
from studio.cli.counting.event_reading import Reading
from studio.services.event_limits import PROPENSITY_BEYOND, VALUE_BEYOND
from tests.studio.commanding import Commands

START_S = 1_772_323_200.0  # 2026-03-01, midnight UTC
HOUR_S, DAY_S = 3_600.0, 86_400.0

Event = dict[str, Any]


def event(
    name: str, kind: str, unit: str, hours: float, /, variant: str = "a", **more: Any
) -> Event:
    return {"id": name, "type": kind, "unit": unit, "variant": variant,
            "ts": START_S + hours * HOUR_S, **more}  # fmt: skip


def write(folder: Path, events: Iterable[Mapping[str, Any] | str], name: str = "log.jsonl") -> Path:
    lines = [line if isinstance(line, str) else json.dumps(line) for line in events]
    text = ("\n".join(lines) + "\n").encode()
    file = folder / name
    file.write_bytes(gzip.compress(text) if name.endswith(".gz") else text)
    return file


def read(file: Path, **options: Any) -> Counted:
    options = {"metric": "click_rate", "now_s": START_S + 99 * DAY_S, **options}
    return read_counted(file, Reading(**options))


def both(*events: Event | str) -> list[Event | str]:
    """The events, and one impression of a second variant, so that there is something to compare."""
    return [*events, event("other", "impression", "someone", 1.0, "b")]


def total(found: Counted, variant: str = "a") -> tuple[int, int, int, float]:
    cell = found.counts.total(variant)
    return cell.impressions, cell.clicks, cell.conversions, cell.value


def busy(days: int = 9, a: int = 8, b: int = 16, shown: int = 250) -> list[Event]:
    """Days on which `b` is clicked twice as often as `a`, by new units throughout."""
    events: list[Event] = []
    for day in range(days):
        for variant, clicks in (("a", a), ("b", b)):
            for i in range(shown):
                unit, hours = f"{variant}-{day}-{i}", 24 * day + 23.9 * i / shown
                key = f"{unit}-{len(events)}"
                events.append(event(key, "impression", unit, hours, variant, segment="phone"))
                if i < clicks:
                    events.append(event(key + "c", "click", unit, hours + 0.05, variant))
    return events


def test_a_log_is_analysed_as_counts_would_be(packshot: Commands, tmp_path: Path) -> None:
    file = write(tmp_path, busy(), name="log.jsonl.gz")
    said = packshot("test", "analyse", file)
    assert said.code == 0
    assert "Promote b: every condition is met." in said.out
    assert "by day, 2026-03-01 to 2026-03-09" in said.out
    assert "a shopper who saw an image on a day counts once" in said.err
    data = packshot("test", "analyse", file, "--json").data
    assert {"overall", "segments", "health", "verdict"} <= set(data)
    assert [one["impressions"] for one in data["overall"]["variants"]] == [2250, 2250]
    assert [one["successes"] for one in data["overall"]["variants"]] == [72, 144]
    assert data["health"]["days"] == pytest.approx(9.0)
    assert data["input"]["trials"] == 4500
    assert data["input"]["left_out"] == {}


def test_refreshing_a_page_is_one_trial_a_day(tmp_path: Path) -> None:
    seen = [event(f"i{i}", "impression", "u", 9 + 8 * i) for i in range(4)]  # 9, 17, 1, 9 o'clock
    clicks = [event(f"c{i}", "click", "u", 9.5 + i / 10) for i in range(3)]
    file = write(tmp_path, both(*seen, *clicks))
    assert total(read(file))[:2] == (2, 1)
    assert total(read(file, per="unit"))[:2] == (1, 1)
    assert total(read(file, per="impression"))[:2] == (4, 1)


def test_an_outcome_belongs_to_the_latest_trial_before_it(tmp_path: Path) -> None:
    events = both(
        event("i1", "impression", "u", 23.0, segment="phone"),
        event("i2", "impression", "u", 30.0, segment="desk"),
        event("c", "click", "u", 24.5),  # after midnight, but of the evening's impression
        event("o", "conversion", "u", 31.0, value=12.5),
    )
    cells = read(write(tmp_path, events)).counts.cells
    assert cells["phone", "a", "2026-03-01"].clicks == 1
    assert cells["desk", "a", "2026-03-02"].conversions == 1
    assert cells["desk", "a", "2026-03-02"].value == 12.5
    assert ("everyone", "a", "2026-03-02") not in cells


def test_what_does_not_count_is_said_with_its_reason(packshot: Commands, tmp_path: Path) -> None:
    file = write(tmp_path, both(
        event("i", "impression", "u", 5.0),
        event("i", "impression", "u", 5.0),
        event("early", "click", "u", 4.0),
        event("lost", "conversion", "nobody", 6.0),
        event("skew", "click", "u", 4.97),
        event("future", "impression", "u", 24 * 365 * 60),
        '{"id": "half", "type": "impr',
        event("typo", "impresion", "u", 1.0),
        event("unset", "impression", "u", -24 * 365 * 30),
    ))  # fmt: skip
    data = packshot("test", "analyse", file, "--json").data
    assert data["input"]["left_out"] == {
        "malformed": 3, "duplicate": 1, "future": 1, "before_exposure": 1, "without_exposure": 1
    }  # fmt: skip
    assert [line["line"] for line in data["input"]["malformed_lines"]] == [7, 8, 9]
    # Two minutes early is a clock that is off, not an order of events.
    assert data["overall"]["variants"][0]["successes"] == 1
    said = packshot("test", "analyse", file)
    assert "Left out: 3 malformed, 1 sent before (same id), 1 from the future" in said.err
    assert "line 7: not JSON" in said.err
    assert "line 9: ts: before the year 2000" in said.err


def test_only_ten_malformed_lines_are_told_one_by_one(packshot: Commands, tmp_path: Path) -> None:
    file = write(tmp_path, [*both(event("i", "impression", "u", 1.0)), *["{]"] * 25])
    said = packshot("test", "analyse", file).err
    assert "line 12: not JSON" in said
    assert "line 13: " not in said
    assert "and 15 more malformed lines" in said


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"id": None}, "id: missing"),
        ({"id": 7}, "id: a text is expected"),
        ({"unit": ""}, "unit: a text is expected"),
        ({"unit": [1]}, "unit: a text is expected"),
        ({"variant": None}, "variant: missing"),
        ({"variant": "a\u0007"}, "variant: not 1 to 64 printable characters"),
        ({"segment": "overall"}, "segment: 'overall' is the name of all segments together"),
        ({"ts": None}, "ts: missing"),
        ({"ts": True}, "ts: seconds or ISO 8601 expected"),
        ({"ts": float("nan")}, "ts: seconds or ISO 8601 expected"),
        ({"ts": "yesterday"}, "ts: seconds since 1970 or an ISO 8601 time is expected"),
        ({"ts": "2026-03-01T09:30:00"}, "ts: a time without its zone"),
        ({"ts": 1_772_323_200_000}, "ts: milliseconds, it seems"),
        ({"value": 3}, "value: only conversions have one"),
        ({"type": "conversion", "value": "3"}, "value: a number is expected"),
        ({"type": "conversion", "value": 1e300}, VALUE_BEYOND),
        ({"type": "conversion", "value": float("nan")}, VALUE_BEYOND),
        ({"propensity": "1"}, "propensity: a number is expected"),
        ({"propensity": 0}, PROPENSITY_BEYOND),
        ({"propensity": 1.5}, PROPENSITY_BEYOND),
        ({"propensity": 1e-320}, PROPENSITY_BEYOND),
    ],
)
def test_a_malformed_field_is_named(tmp_path: Path, change: Event, why: str) -> None:
    bad = {**event("bad", "impression", "u", 1.0), **change}
    good = [event("a", "impression", "u1", 1.0), event("b", "impression", "u2", 1.0, "b")]
    found = read(write(tmp_path, [*good, bad]))
    faults: Any = found.facts["malformed_lines"]
    (fault,) = faults
    assert fault["line"] == 3
    assert fault["why"].startswith(why)
    assert total(found) == (1, 0, 0, 0.0)


def test_numbers_and_iso_times_name_the_same_units_and_moments(tmp_path: Path) -> None:
    events = both(
        event("i", "impression", "7", 0.0),
        {**event("j", "impression", "7", 0.0), "unit": 7, "ts": "2026-03-01T01:30:00+01:00"},
    )
    assert total(read(write(tmp_path, events)))[0] == 1


@pytest.mark.parametrize(
    ("lines", "options", "why"),
    [
        (["{}"], [], "holds no event that counts (1 malformed); line 1: id: missing"),
        (["[1]"], [], "a JSON array; write one event a line instead"),
        ([event("c", "click", "u", 1.0)], [], "holds no impression"),
        ([event("i", "impression", "u", 1.0)], [], "variants: 1 given"),
        ([event(f"i{i}", "impression", "u", 1.0, f"v{i}") for i in range(21)], [],
         "more than 20 variants; name those of the test by --variants"),
        ([event(f"i{i}", "impression", "u", 1.0, segment=f"s{i}") for i in range(52)], [],
         "more than 50 segments"),
        (both(event("i", "impression", "u", 1.0)), ["--metric", "conversion_rate"],
         "no attribution window of 7 days has closed by the last event"),
        (both(event("i", "impression", "u", 1.0)), ["--delay-corrected"], "conversions"),
        ([event("i", "impression", "u", 1.0, test="t1"), event("j", "impression", "u", 1.0, test="t2")],
         [], "holds events of several tests, 't1' and 't2' among them; choose one with --test"),
        ([event("i", "impression", "u", 1.0, item="m"), event("j", "impression", "u", 1.0, item="n")],
         [], "holds events of several items, 'm' and 'n' among them; choose one with --item"),
    ],
)  # fmt: skip
def test_a_log_that_cannot_be_analysed_says_why(
    packshot: Commands, tmp_path: Path, lines: list[Any], options: list[str], why: str
) -> None:
    said = packshot("test", "analyse", write(tmp_path, lines), *options)
    assert said.code == 1
    assert why in said.error


def test_one_test_of_several_is_chosen(packshot: Commands, tmp_path: Path) -> None:
    events = [event(f"{t}{v}", "impression", f"u{t}{v}", 1.0, v, test=t, item="mug")
              for t in ("t1", "t2") for v in ("a", "b", "c")]  # fmt: skip
    words = ("test", "analyse", write(tmp_path, events), "--json")
    data = packshot(*words, "--test", "t2", "--variants", "a,b").data
    assert data["input"]["left_out"] == {"unknown_variant": 1, "other_test": 3}
    assert [one["impressions"] for one in data["overall"]["variants"]] == [1, 1]
    assert packshot(*words, "--item", "hat").code == 1


def test_days_are_those_of_the_zone(tmp_path: Path) -> None:
    from zoneinfo import ZoneInfo

    file = write(tmp_path, both(event("i", "impression", "u", 23.5)))
    berlin = read(file, zone=ZoneInfo("Europe/Berlin")).counts
    assert [period.id for period in berlin.periods] == ["2026-03-01", "2026-03-02"]
    assert [period.id for period in read(file).counts.periods] == ["2026-03-01"]


def test_part_days_are_counted_as_parts(tmp_path: Path) -> None:
    hours = [18.0 + i for i in range(60)]  # from 18 o'clock on, two and a half days
    events = [event(f"{v}{h}", "impression", f"{v}{h}", h, v) for h in hours for v in "ab"]
    days = [period.days for period in read(write(tmp_path, events)).counts.periods]
    assert days == pytest.approx([0.25, 1.0, 1.0, 5 / 24])


def test_a_closed_window_waits_for_young_exposures(tmp_path: Path) -> None:
    events = [
        event(f"{v}{d}", "impression", f"{v}{d}", 24.0 * d, v) for d in range(10) for v in "ab"
    ]
    events += [
        event("in", "conversion", "a0", 24.0 * 6, value=5.0),
        event("late", "conversion", "a1", 24.0 * 9, value=7.0),
        event("young", "conversion", "a8", 24.0 * 8.5, value=9.0),
    ]
    found = read(write(tmp_path, events), metric="conversion_rate")
    assert total(found) == (3, 0, 1, 5.0)  # the first three days are 7 days old at the last event
    assert found.facts["window_open"] == 14
    assert found.facts["left_out"] == {"after_window": 1}
    wider = read(write(tmp_path, events), metric="conversion_rate", attribution_days=8.0)
    assert total(wider) == (2, 0, 2, 12.0)


def test_delays_are_corrected_for(packshot: Commands, tmp_path: Path) -> None:
    generator = random.Random(3)
    events = []
    for i in range(6000):
        variant, hours = "ab"[i % 2], 24 * 20 * i / 6000
        events.append(event(f"i{i}", "impression", f"u{i}", hours, variant))
        delay_h = generator.expovariate(1 / 48)
        if generator.random() < 0.1 and hours + delay_h < 480:
            events.append(event(f"o{i}", "conversion", f"u{i}", hours + delay_h, variant))
    file = write(tmp_path, events)
    words = ("test", "analyse", file, "--metric", "conversion_rate", "--json")
    data = packshot(*words, "--delay-corrected", "--attribution-days", "14").data
    assert data["input"]["delay"]["median_days"] == pytest.approx(2 * 0.693, rel=0.25)
    corrected = [one["mean"] for one in data["overall"]["variants"]]
    assert corrected == pytest.approx([0.1, 0.1], rel=0.15)
    assert data["input"]["window_open"] == 0


def test_logged_propensities_are_the_shares(tmp_path: Path) -> None:
    """Weights that moved at noon: the day's share of an arm is its mean over the day's traffic."""
    events = []
    for i in range(1000):
        morning = i < 500
        weight = 0.8 if morning else 0.2
        variant = "a" if i % 10 < 10 * weight else "b"
        chance = weight if variant == "a" else 1 - weight
        events.append(
            event(f"i{i}", "impression", f"u{i}", 24 * i / 1000, variant, propensity=chance)
        )
    found = read(write(tmp_path, events))
    assert found.counts.periods[0].weights == pytest.approx({"a": 0.5, "b": 0.5})
    assert "logged propensities" in " ".join(found.remarks)
    assert read(write(tmp_path, events), split={"a": 0.9, "b": 0.1}).counts.periods[0].weights == {
        "a": 0.9, "b": 0.1
    }  # fmt: skip


def test_propensities_of_some_variants_alone_are_taken_relative_to_each_other(
    tmp_path: Path,
) -> None:
    chances = {"a": 0.3, "b": 0.1, "c": 0.6}
    events = [
        event(f"{v}{i}", "impression", f"{v}{i}", i / 10, v, propensity=chance)
        for v, chance in chances.items()
        for i in range(round(100 * chance))
    ]
    found = read(write(tmp_path, events), variants=("a", "b"))
    assert found.counts.periods[0].weights == pytest.approx({"a": 0.75, "b": 0.25})
    assert read(write(tmp_path, events)).counts.periods[0].weights == pytest.approx(chances)


def test_propensities_of_some_events_alone_are_not_trusted(tmp_path: Path) -> None:
    events = [
        event("i", "impression", "u", 1.0, propensity=0.9),
        event("j", "impression", "v", 1.0, "b"),
    ]
    found = read(write(tmp_path, events))
    assert found.counts.periods[0].weights == {"a": 0.5, "b": 0.5}
    assert "an even split is taken instead" in " ".join(found.remarks)


def test_a_clock_that_is_off_by_years_makes_no_day(tmp_path: Path) -> None:
    file = write(tmp_path, [*busy(), event("odd", "impression", "x", -24 * 900)])
    found = read(file)
    assert found.facts["left_out"] == {"stray_day": 1}
    assert found.counts.days == pytest.approx(9.0)


def test_a_click_from_a_clock_that_is_ahead_closes_no_window(tmp_path: Path) -> None:
    ahead = [event("ahead", "click", "b-0-0", 24.0 * 80, "b"), event("b", "click", "-", 2000, "b")]
    options: dict[str, Any] = {"metric": "conversion_rate", "attribution_days": 2.0}
    clean = read(write(tmp_path, busy()), **options)
    found = read(write(tmp_path, [*busy(), *ahead]), **options)
    assert found.facts["left_out"] == {"without_exposure": 1, "after_window": 1}
    assert clean.facts["window_open"] != 0
    assert found.facts["window_open"] == clean.facts["window_open"]
    assert found.counts == clean.counts


def test_late_outcomes_tell_that_the_log_went_on(tmp_path: Path) -> None:
    """Every window has closed, though nothing came within the last ones."""
    late = [event(f"late-{i}", "click", f"b-8-{i}", 24.0 * 11.5, "b") for i in range(9)]
    options: dict[str, Any] = {"metric": "conversion_rate", "attribution_days": 2.0}
    found = read(write(tmp_path, [*busy(), *late]), **options)
    assert found.facts["window_open"] == 0


def test_bots_and_wandering_units_reach_the_health_checks(
    packshot: Commands, tmp_path: Path
) -> None:
    events = [event(f"{v}{i}", "impression", f"u{i}", i / 100, v) for i in range(300) for v in "ab"]
    health = packshot("test", "analyse", write(tmp_path, events), "--json").data["health"]
    assert any(one["severity"] == "invalid" for one in health["findings"])
    assert packshot("test", "analyse", "log.jsonl", "--json").data["verdict"]["kind"] == "invalid"


@settings(max_examples=12, deadline=None)
@given(st.randoms(use_true_random=False))
def test_the_order_of_the_lines_is_nothing(
    tmp_path_factory: pytest.TempPathFactory, order: random.Random
) -> None:
    folder = tmp_path_factory.mktemp("order")
    events = [
        event(f"{kind}{i}", kind, f"u{i % 3}", 7.0 * i, "ab"[i % 2], segment="st"[i % 2])
        for i in range(14)
        for kind in ("impression", "click", "conversion")
    ]
    straight = read(write(folder, events)).counts
    order.shuffle(events)
    shuffled = read(write(folder, events), variants=straight.variants).counts
    assert shuffled.cells == straight.cells
    assert shuffled.periods == straight.periods


def bot(name: str, **more: Any) -> list[Event]:
    """Somebody who sees an image every second for a minute, and clicks each time."""
    return [
        event(f"{name}-{kind}-{n}", kind, name, 24 + n / 3600, **more)
        for n in range(60)
        for kind in ("impression", "click")
    ]


def left_out(found: Counted) -> dict[str, int]:
    counts = found.facts["left_out"]
    assert isinstance(counts, dict)
    return counts


def test_bots_are_left_out_as_a_server_leaves_them_out(tmp_path: Path) -> None:
    people = busy(days=2)
    crawler = event("c1", "impression", "spider", 3.0, agent="Googlebot/2.1")
    late = event("late", "impression", "robot", 20.0)  # on a day on which it broke no rule
    file = write(tmp_path, [*people, *bot("robot"), late, crawler])
    found, clean = read(file), read(write(tmp_path, people, "people.jsonl"))
    for variant in ("a", "b"):
        assert total(found, variant) == total(clean, variant)
    assert left_out(found)["bots"] == 122
    assert found.facts["bot_units"] == 2
    assert any("122 of bots" in remark for remark in found.remarks)
    assert not any("no single shopper" in remark for remark in found.remarks)
    kept = read(file, keep_bots=True)
    assert total(kept)[0] == total(clean)[0] + 3  # two days of the robot, one of the spider
    assert "bots" not in left_out(kept)


def test_a_log_of_nothing_but_bots_says_how_they_count(tmp_path: Path, packshot: Commands) -> None:
    file = write(tmp_path, [*bot("r1"), *bot("r2", variant="b")])
    said = packshot("test", "analyse", file)
    assert said.code == 1
    assert "2 units are bots; --keep-bots keeps them" in said.error
    assert packshot("test", "analyse", file, "--keep-bots").code == 0
