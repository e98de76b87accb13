"""Whatever a file holds: one clear line about it, or an answer whose numbers are all sound."""

from __future__ import annotations

import contextlib
import io
import json
import math
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from abtest import METRICS, AnalysisOptions, Metric, analyse, analysis_dict
from studio.cli.counting.counted import read_counted
from studio.cli.counting.event_reading import Reading
from studio.cli.findings import show_analysis
from studio.services.errors import CountsInvalid

NOW_S = 1.78e9
HEADER = ("segment", "variant", "period", "impressions", "clicks")
MORE = ("conversions", "value", "value_squares")
few = settings(
    deadline=None,
    max_examples=25,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
ODD_NUMBERS = st.sampled_from(
    ["", "-1", "nan", "inf", "1e3", "1e308", "3.0", " 5", "+7", "1.000", '"1,000"', "1_000", "٣",
     "9" * 15, "9" * 40, "5e-324"]
)  # fmt: skip
ODD_NAMES = st.sampled_from(
    ["", "overall", "a\x00b", "\x1b[31mred", "[red]", '"a', "é漢🎉", "x" * 65]
)
SIZES = st.sampled_from([0, 1, 2, 40, 1000, 2000, 10**9, 10**15 - 1])
ODD_VALUES: st.SearchStrategy[object] = st.sampled_from(
    [None, True, "", 0, -1, math.inf, math.nan, 10**400, [], {}, "\ud800", "x" * 70, "overall",
     5e-324, 1e15]
)  # fmt: skip


@st.composite
def tables(draw: st.DrawFn) -> str:
    """CSV as a shop may write it; half of the time with something that is no count."""
    columns = (*HEADER, *MORE[: draw(st.integers(0, 3))])
    odd = draw(st.booleans())
    names = st.one_of(ODD_NAMES, st.sampled_from("ab")) if odd else st.sampled_from("abc")
    mark = draw(st.sampled_from(",,;\t"))
    lines = [columns]
    for _ in range(draw(st.integers(0 if odd else 6, 20))):
        shown = draw(SIZES)
        bought = draw(st.integers(0, min(shown, 9)))
        money = bought * draw(st.sampled_from([0.0, 19.9, -3.0, 1e9]))
        numbers = [shown, draw(st.integers(0, shown)), bought, money, money**2]
        texts = [repr(number) for number in numbers]
        if odd and draw(st.booleans()):
            texts[draw(st.integers(0, 4))] = draw(ODD_NUMBERS)
        day = draw(st.sampled_from(["1", "2", "2026-03-01"]))
        lines.append((draw(st.sampled_from(["s", "t"])), draw(names), day, *texts)[: len(columns)])
    return draw(st.sampled_from(["\n", "\r\n"])).join(mark.join(line) for line in lines)


@st.composite
def logs(draw: st.DrawFn) -> str:
    """Events as a shop may log them; half of the time with fields that are none."""
    odd = draw(st.booleans())
    lines = []
    for number in range(draw(st.integers(2, 40))):
        event = {
            "id": str(number),
            "type": draw(st.sampled_from(["impression", "impression", "click", "conversion"])),
            "unit": f"u{draw(st.integers(0, 20))}",
            "variant": draw(st.sampled_from("ab")),
            "ts": NOW_S - draw(st.floats(0, 12 * 86_400)),
            "propensity": draw(st.sampled_from([None, 0.5, 0.5, 1e-320])),
        }
        if event["type"] == "conversion":
            event["value"] = draw(st.sampled_from([0, 19.9, -3, 1e9]))
        if odd and not draw(st.integers(0, 9)):
            event[draw(st.sampled_from([*event, "test", "segment"]))] = draw(ODD_VALUES)
        lines.append(json.dumps(event))
    return "\n".join(lines)


def numbers_of(found: object) -> Iterator[float]:
    """All numbers of a JSON value."""
    if isinstance(found, dict | list):
        for value in found.values() if isinstance(found, dict) else found:
            yield from numbers_of(value)
    elif isinstance(found, float):
        yield found


Answer = Callable[[str, Reading], bool]


@pytest.fixture
def answered(tmp_path: Path) -> Answer:
    """Analyses a text as the command does; false where it was refused in words."""
    path = tmp_path / "counts"

    def holds(text: str, reading: Reading) -> bool:
        path.write_text(text, encoding="utf-8", newline="")
        try:
            counted = read_counted(path, reading)
        except CountsInvalid as fault:
            refusal = str(fault)
        else:
            refusal = ""
        if refusal:
            assert refusal.startswith(f"{path}: ")
            assert refusal.isprintable()
            return False
        options = AnalysisOptions(metric=reading.metric, dropped=counted.dropped)
        analysis = analyse(counted.counts, options=options, observed=counted.observed)
        told = {**analysis_dict(analysis), "input": counted.facts}
        json.dumps(told, allow_nan=False)
        assert all(math.isfinite(number) for number in numbers_of(told))
        for group in (analysis.overall, *analysis.segments.values()):
            assert sum(group.prob_best.values()) == pytest.approx(1.0, abs=1e-6)
        with contextlib.redirect_stdout(io.StringIO()) as said:
            show_analysis(analysis)
        assert "nan" not in said.getvalue().lower()
        return True

    return holds


@few
@given(tables(), st.sampled_from(METRICS))
def test_any_table_is_answered_or_refused_in_words(
    answered: Answer, text: str, metric: Metric
) -> None:
    answered(text, Reading(metric=metric, now_s=NOW_S))


@few
@given(st.text(max_size=80))
def test_any_text_is_refused_in_words(answered: Answer, text: str) -> None:
    assert not answered(text, Reading(metric="click_rate", now_s=NOW_S))


@few
@given(logs(), st.sampled_from(METRICS), st.booleans())
def test_any_log_is_answered_or_refused_in_words(
    answered: Answer, text: str, metric: Metric, corrected: bool
) -> None:
    answered(text, Reading(metric=metric, now_s=NOW_S, delay_corrected=corrected))


def test_sound_files_are_answered(answered: Answer) -> None:
    """What the tests above accept as a refusal must not be all that there is."""
    lines = [",".join(HEADER), *(f"s,{name},1,1000,{n}" for name, n in (("a", 20), ("b", 30)))]
    reading = Reading(metric="click_rate", now_s=NOW_S)
    assert answered("\n".join(lines), reading)
    assert answered(";".join(lines[0].split(",")) + "\ns;a;1;1000.0;20\ns;b;1;1000;30", reading)
    assert answered(
        "\t".join(lines[0].upper().split(",")) + "\ns\ta\t1\t9\t2\ns\tb\t1\t9\t3", reading
    )
    events = [{"id": str(n), "type": "impression", "unit": f"u{n}", "variant": "ab"[n % 2],
               "ts": NOW_S - 9} for n in range(20)]  # fmt: skip
    assert answered("\n".join(map(json.dumps, events)), reading)
