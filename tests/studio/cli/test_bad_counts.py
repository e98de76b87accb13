"""Counts that no careful shop would send: a clear error or a right answer, and never NaN."""

import json
import math
from pathlib import Path
from typing import Any

import pytest

from abtest import (
    AnalysisOptions,
    Cell,
    Counts,
    InvalidCounts,
    InvalidOptions,
    Period,
    Row,
    analyse,
    analysis_dict,
    counts_from_rows,
)
from tests.studio.commanding import Commands

HEADER = "segment,variant,period,impressions,clicks"


def finite(value: object) -> None:
    """Assert that no number in a JSON value is NaN or infinite."""
    if isinstance(value, float):
        assert math.isfinite(value)
    elif isinstance(value, dict):
        for part in value.values():
            finite(part)
    elif isinstance(value, list):
        for part in value:
            finite(part)


class Shop:
    """Hands the same lines to the command line and to the engine."""

    def __init__(self, packshot: Commands, folder: Path) -> None:
        self._packshot, self._file = packshot, folder / "counts.csv"

    def refused(self, *lines: str, options: tuple[str, ...] = ()) -> str:
        """The error of the command line; the engine must refuse as well."""
        self._write(lines)
        said = self._packshot("test", "analyse", self._file, *options)
        assert said.code == 1
        return said.error

    def answer(self, *lines: str, options: tuple[str, ...] = ()) -> Any:
        """The answer of the command line, without a single NaN."""
        self._write(lines)
        told = self._packshot("test", "analyse", self._file, *options)
        assert told.code == 0, told.err
        assert "nan" not in told.out.lower()
        data = self._packshot("test", "analyse", self._file, *options, "--json").data
        finite(data)
        return data

    def _write(self, lines: tuple[str, ...]) -> None:
        self._file.write_text("\n".join((HEADER, *lines)) + "\n", encoding="utf-8")


@pytest.fixture
def shop(packshot: Commands, tmp_path: Path) -> Shop:
    return Shop(packshot, tmp_path)


def rows(*cells: tuple[str, str, str, int, int]) -> Counts:
    return counts_from_rows(
        Row(segment=s, variant=v, period=p, impressions=n, clicks=c) for s, v, p, n, c in cells
    )


def sound(counts: Counts, options: AnalysisOptions | None = None) -> dict[str, Any]:
    """The engine's own answer, without a single NaN."""
    found: dict[str, Any] = json.loads(json.dumps(analysis_dict(analyse(counts, options=options))))
    finite(found)
    return found


def test_clicks_over_impressions(shop: Shop) -> None:
    assert "line 2: clicks: 12 of only 10 impressions" in shop.refused("e,a,1,10,12", "e,b,1,9,1")
    with pytest.raises(InvalidCounts, match="12 of only 10 impressions"):
        rows(("e", "a", "1", 10, 12), ("e", "b", "1", 9, 1))


def test_negative_numbers(shop: Shop) -> None:
    assert "line 3: clicks: -1 is negative" in shop.refused("e,a,1,10,1", "e,b,1,9,-1")
    with pytest.raises(InvalidCounts, match="-1 is negative"):
        rows(("e", "a", "1", 10, -1), ("e", "b", "1", 9, 1))


def test_an_unknown_variant(shop: Shop) -> None:
    lines = ("e,a,1,10,1", "e,b,1,9,1", "e,wite,1,9,1")
    why = "line 4: unknown variant 'wite'; the test has a, b"
    assert why in shop.refused(*lines, options=("--variants", "a,b"))
    assert why in shop.refused(*lines, options=("--split", "a=0.5,b=0.5"))
    period = Period(id="1", weights={"a": 0.5, "b": 0.5})
    with pytest.raises(InvalidCounts, match="unknown variant"):
        Counts(
            variants=("a", "b"),
            periods=(period,),
            cells={("e", "wite", "1"): Cell(impressions=9)},
        )


def test_one_variant(shop: Shop) -> None:
    assert "1 given; a test compares 2 or more" in shop.refused("e,a,1,10,1", "e,a,2,10,1")
    with pytest.raises(InvalidCounts, match="1 given"):
        rows(("e", "a", "1", 10, 1))
    with pytest.raises(InvalidOptions, match="fewer than two variants"):
        sound(
            rows(("e", "a", "1", 9, 1), ("e", "b", "1", 9, 1)),
            AnalysisOptions(dropped=frozenset("b")),
        )


def test_all_zeros(shop: Shop) -> None:
    data = shop.answer("e,a,1,0,0", "e,b,1,0,0")
    assert data["verdict"]["kind"] == "keep_running"
    assert [one["rate"] for one in data["overall"]["variants"]] == [None, None]
    assert [one["prob_best"] for one in data["overall"]["variants"]] == pytest.approx([0.5, 0.5])
    assert sound(rows(("e", "a", "1", 0, 0), ("e", "b", "1", 0, 0)))["verdict"] == data["verdict"]


def test_impressions_without_a_click(shop: Shop) -> None:
    lines = [f"e,{v},{d},5000,0" for d in range(1, 10) for v in "ab"]
    assert shop.answer(*lines)["verdict"]["kind"] == "keep_running"


def test_no_traffic_in_a_segment(shop: Shop) -> None:
    lines = [f"phone,{v},{d},2000,{c}" for d in range(1, 9) for v, c in (("a", 40), ("b", 70))]
    data = shop.answer(*lines, "tablet,a,1,0,0", "tablet,b,1,0,0")
    assert data["verdict"] == {**data["verdict"], "kind": "promote", "variant": "b"}
    tablet = data["segments"]["tablet"]
    assert tablet["verdict"]["kind"] == "keep_running"
    assert [one["impressions"] for one in tablet["variants"]] == [0, 0]
    # It borrows from the other segment, but has nothing of its own to promote by.
    assert sum(one["prob_best"] for one in tablet["variants"]) == pytest.approx(1.0)


def test_a_segment_without_one_of_the_variants(shop: Shop) -> None:
    lines = [f"phone,{v},{d},2000,{c}" for d in range(1, 9) for v, c in (("a", 40), ("b", 70))]
    shop.answer(*lines, "tablet,a,1,3,1")


def test_a_variant_dropped_mid_test(shop: Shop, packshot: Commands) -> None:
    """No line from day 5 on: it takes no part in the verdict, and the others' shares are right."""
    lines = [
        f"e,{v},{d},2000,{c}"
        for d in range(1, 11)
        for v, c in (("a", 40), ("b", 70), ("c", 20))
        if v != "c" or d < 5
    ]
    data = shop.answer(*lines)
    assert (data["verdict"]["kind"], data["verdict"]["variant"]) == ("promote", "b")
    assert [one["variant"] for one in data["overall"]["variants"]] == ["a", "b"]
    assert data["health"]["dropped"] == ["c"]
    assert data["health"]["sample_ratio"]["p_value"] > 0.9
    assert "c has nothing from 5 on and is taken as dropped then" in data["input"]["notes"][0]


def test_a_variant_that_got_nothing_is_broken_and_not_dropped(shop: Shop) -> None:
    lines = [f"e,{v},{d},{n},{n // 40}" for d in range(1, 11)
             for v, n in (("a", 2000), ("b", 2000 if d < 5 else 0))]  # fmt: skip
    assert shop.answer(*lines)["verdict"]["kind"] == "invalid"


def test_a_variant_added_mid_test(shop: Shop) -> None:
    lines = [
        f"e,{v},{d},2000,{c}"
        for d in range(1, 16)
        for v, c in (("a", 40), ("b", 42), ("c", 80))
        if v != "c" or d > 5
    ]
    data = shop.answer(*lines)
    assert (data["verdict"]["kind"], data["verdict"]["variant"]) == ("promote", "c")
    assert "c has nothing before 6 and is taken as added then" in data["input"]["notes"][0]


def test_the_second_of_two_variants_dropped_leaves_a_comparison(shop: Shop) -> None:
    lines = [
        f"e,{v},{d},2000,{c}"
        for d in range(1, 11)
        for v, c in (("a", 70), ("b", 40))
        if v != "b" or d < 9
    ]
    data = shop.answer(*lines)
    assert (data["verdict"]["kind"], data["verdict"]["variant"]) == ("promote", "a")
    b = data["overall"]["variants"][1]
    assert b["rate"] == pytest.approx(0.02, rel=0.01)


def test_a_thousand_million_impressions(shop: Shop) -> None:
    n = 10**9
    lines = [f"e,{v},{d},{n},{c}" for d in range(1, 9)
             for v, c in (("a", n // 50), ("b", n // 50 + 2_500_000))]  # fmt: skip
    data = shop.answer(*lines)
    assert (data["verdict"]["kind"], data["verdict"]["variant"]) == ("promote", "b")
    _, b = data["overall"]["variants"]
    assert b["prob_best"] == pytest.approx(1.0)
    assert b["credible_interval"] == pytest.approx([0.0225, 0.0225], rel=1e-3)
    assert b["raw_lift"] == pytest.approx(0.125)


def test_equal_arms_of_a_thousand_million_impressions(shop: Shop) -> None:
    lines = [f"e,{v},{d},{10**9},{10**7}" for d in range(1, 9) for v in "ab"]
    data = shop.answer(*lines)
    assert data["verdict"]["kind"] == "no_difference_worth_having"
    assert [one["prob_best"] for one in data["overall"]["variants"]] == pytest.approx([0.5, 0.5])


def test_more_impressions_than_anything_has(shop: Shop) -> None:
    error = shop.refused(f"e,a,1,{10**16},1", "e,b,1,10,1")
    assert "is not a whole number of at most 15 digits" in error


def test_every_impression_clicked(shop: Shop) -> None:
    lines = [f"e,{v},{d},200,200" for d in range(1, 9) for v in "ab"]
    data = shop.answer(*lines)
    assert [one["rate"] for one in data["overall"]["variants"]] == pytest.approx([1.0, 1.0])


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ('e,b,1,"1,000",1', "impressions: '1,000' is not a whole number of at most 15 digits; "
         "write 1000 if that is meant"),
        ("e,b,1,1.000,1", "write 1000 if that is meant"),
        ("e,b,1,1e3,1", "impressions: '1e3' is not a whole number"),
        ("e,b,1,,1", "impressions is empty; write 0 where there are none"),
        ("e,\x1b[31mred,1,9,1", "is not 1 to 64 printable characters"),
        ("overall,b,1,9,1", "is the name of all segments together"),
    ],
)  # fmt: skip
def test_what_is_no_count_is_told_with_its_line_and_what_to_write(
    shop: Shop, line: str, why: str
) -> None:
    error = shop.refused("e,a,1,10,1", line)
    assert "counts.csv: line 3: " in error
    assert why in error


def test_a_decimal_comma_is_told(shop: Shop, packshot: Commands, tmp_path: Path) -> None:
    file = tmp_path / "money.csv"
    file.write_text(f"{HEADER},conversions,value\ne,a,1,9,1,1,19.9\n".replace(",", ";")
                    + "e;b;1;9;1;1;19,9\n")  # fmt: skip
    error = packshot("test", "analyse", file).error
    assert "line 3: value: '19,9' is not a number such as 1234.5; write 19.9 if that is" in error


def test_more_names_than_a_test_can_have_are_refused(shop: Shop) -> None:
    error = shop.refused(*(f"e,v{n},1,10,1" for n in range(21)))
    assert "line 22: variant: more than 20 of them" in error


def test_lines_that_are_there_twice_are_told(shop: Shop) -> None:
    lines = ("e,a,1,100,4", "e,b,1,100,5")
    notes = shop.answer(*lines, *lines)["input"]["notes"]
    assert notes[0].startswith("2 lines of a segment, variant and period that an earlier line has")
    assert shop.answer(*lines)["input"]["notes"] == []


def test_a_split_beyond_all_numbers_is_wrong_usage(packshot: Commands, tmp_path: Path) -> None:
    said = packshot("test", "analyse", tmp_path / "any.csv", "--split", "a=1e308,b=1e308")
    assert said.code == 2
    assert "shares are 0 or more, and not all 0" in said.error


@pytest.mark.parametrize(
    "options",
    [
        ("--delay-corrected",),
        ("--test", "t1"),
        ("--item", "mug"),
        ("--per", "unit"),
        ("--timezone", "Asia/Shanghai"),
        ("--attribution-days", "3"),
    ],
)
def test_counts_refuse_what_only_events_answer_to(shop: Shop, options: tuple[str, ...]) -> None:
    error = shop.refused("everyone,a,1,100,5", "everyone,b,1,100,6", options=options)
    assert f"holds counts; {options[0]} need" in error


@pytest.mark.parametrize(
    ("mark", "money", "why"),
    [
        (";", "1.250", "value: '1.250' may be a thousand times as much where commas do not part "
         "the fields; write 1250 or 1.2500"),
        ("\t", "-12.500", "write -12500 or -12.5000"),
        (";", "12,5", "value: '12,5' is not a number such as 1234.5; write 12.5 if that is meant"),
        (";", "1250.125", ""),
        (";", "0.125", ""),
        ("\t", "12.50", ""),
        (",", "1.250", ""),
    ],
)  # fmt: skip
def test_money_that_may_be_a_thousand_times_as_much_is_not_guessed(
    packshot: Commands, tmp_path: Path, mark: str, money: str, why: str
) -> None:
    """Whose commas are decimal writes a point between thousands, and semicolons between fields."""
    file = tmp_path / "counts.csv"
    header = (*HEADER.split(","), "conversions", "value")
    lines = (header, ("e", "a", "1", "100", "9", "1", money), ("e", "b", "1", "100", "8", "1", "2"))
    file.write_text("".join(mark.join(line) + "\n" for line in lines), encoding="utf-8")
    said = packshot("test", "analyse", file, "--metric", "value_per_impression", "--json")
    if why:
        assert said.code == 1
        assert "counts.csv: line 2: " in said.error
        assert why in said.error
        return
    assert said.code == 0
    control = said.data["overall"]["variants"][0]
    assert control["rate"] == pytest.approx(float(money) / 100.0)
