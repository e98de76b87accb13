"""`packshot test analyse` and `simulate`: counts from anywhere, and imagined shoppers."""

from pathlib import Path

import pytest

from tests.studio.commanding import Commands

HEADER = "segment,variant,period,impressions,clicks"


def write(folder: Path, *lines: str, header: str = HEADER) -> str:
    file = folder / "counts.csv"
    file.write_text("\n".join((header, *lines)) + "\n", encoding="utf-8")
    return str(file)


def days(clicks: dict[str, int], *, segment: str = "everyone", shown: int = 2000) -> list[str]:
    return [
        f"{segment},{variant},{day},{shown},{clicked}"
        for day in range(1, 9)
        for variant, clicked in clicks.items()
    ]


def test_a_winner_is_named_with_every_condition(packshot: Commands, tmp_path: Path) -> None:
    file = write(tmp_path, *days({"white": 40, "marble": 70}))
    said = packshot("test", "analyse", file)
    assert said.code == 0
    assert "Promote marble: every condition is met." in said.out
    data = packshot("test", "analyse", file, "--json").data
    assert said.out.count("  met   ") == len(data["verdict"]["conditions"]) >= 6
    assert (data["verdict"]["kind"], data["verdict"]["variant"]) == ("promote", "marble")
    white, marble = data["overall"]["variants"]
    assert marble["impressions"] == 16_000
    assert ("<0.1%" in said.out, ">99.9%" in said.out, " 0.00%" in said.out) == (True, True, False)
    assert white["prob_best"] + marble["prob_best"] == pytest.approx(1.0)
    assert {"expected_loss", "mean", "credible_interval"} <= set(marble)
    low, high = marble["credible_interval"]
    assert f"  {marble['mean']:.2%} ({low:.2%} to {high:.2%})  " in said.out
    assert "sample_ratio" in data["health"]


def test_what_is_better_lower_promotes_the_least(packshot: Commands, tmp_path: Path) -> None:
    file = write(tmp_path, *days({"white": 70, "marble": 40}))
    said = packshot("test", "analyse", file, "--direction", "lower")
    assert said.code == 0
    assert "overall: lower is better" in said.out
    assert "Promote marble: every condition is met." in said.out
    assert "Choosing marble now would bring under 0.01% too many clicks on average" in said.out
    data = packshot("test", "analyse", file, "--direction", "lower", "--json").data
    assert (data["direction"], data["overall"]["leader"]) == ("lower", "marble")
    money = packshot("test", "analyse", file, "--direction", "lower",
                     "--metric", "value_per_impression")  # fmt: skip
    assert money.code == 1
    assert "money is better higher" in money.error


def test_a_simulation_may_want_the_least(packshot: Commands) -> None:
    said = packshot("test", "simulate", "--rates", "a=0.05,b=0.03", "--visits-per-day", "8000",
                    "--direction", "lower")  # fmt: skip
    assert "Promote b: every condition is met. b is truly the best." in said.out
    assert " clicks, " in said.out
    assert "came from showing other images than the best" in said.out


def test_segments_are_analysed_each_by_itself(packshot: Commands, tmp_path: Path) -> None:
    lines = days({"a": 40, "b": 70}, segment="phone") + days({"a": 60, "b": 60}, segment="desk")
    file = write(tmp_path, *lines)
    data = packshot("test", "analyse", file, "--json").data
    assert set(data["segments"]) == {"phone", "desk"}
    assert data["segments"]["phone"]["leader"] == "b"
    assert "segment desk" in packshot("test", "analyse", file).out


def test_control_metric_and_money_are_read(packshot: Commands, tmp_path: Path) -> None:
    lines = [
        f"everyone,{v},{d},2000,100,{n},9.5" for d in range(1, 9) for v, n in (("a", 20), ("b", 90))
    ]
    file = write(tmp_path, *lines, header=f"{HEADER},conversions,value")
    data = packshot(
        "test", "analyse", file, "--metric", "conversion_rate", "--control", "b", "--json"
    ).data
    assert (data["control"], data["metric"], data["overall"]["leader"]) == (
        "b",
        "conversion_rate",
        "b",
    )
    assert data["overall"]["variants"][0]["successes"] == 160


def test_a_control_that_was_dropped_is_asked_for(packshot: Commands, tmp_path: Path) -> None:
    lines = days({"white": 40, "oak": 44, "marble": 42})
    left = [line for line in lines if ",white," not in line or line.split(",")[2] <= "3"]
    file = write(tmp_path, *left)
    asked = packshot("test", "analyse", file)
    assert asked.code == 2
    assert "the first variant, 'white', took no part at the end; name one of oak" in asked.error
    assert packshot("test", "analyse", file, "--control", "white").code == 2
    named = packshot("test", "analyse", file, "--control", "oak", "--json")
    assert (named.code, named.data["control"]) == (0, "oak")


def test_a_guardrail_holds_back_a_winner_that_harms_it(packshot: Commands, tmp_path: Path) -> None:
    lines = [
        f"everyone,{name},{day},2000,{clicks},{bought}"
        for day in range(1, 9)
        for name, clicks, bought in (("white", 40, 30), ("marble", 70, 20))
    ]
    file = write(tmp_path, *lines, header=f"{HEADER},conversions")
    assert packshot("test", "analyse", file, "--json").data["verdict"]["kind"] == "promote"
    held = packshot("test", "analyse", file, "--guardrail", "conversion_rate=0.1", "--json").data
    assert held["verdict"]["kind"] == "keep_running"
    missing = [one["name"] for one in held["verdict"]["conditions"] if not one["passed"]]
    assert missing == ["guardrail_conversion_rate"]
    assert held["verdict"]["outlook"]["text"].startswith("All but guardrails is met already")


def test_squares_of_money_are_read_and_checked(packshot: Commands, tmp_path: Path) -> None:
    header = f"{HEADER},conversions,value,value_squares"
    lines = [f"everyone,{v},1,2000,100,4,40,{s}" for v, s in (("a", 400), ("b", 900))]
    words = ("test", "analyse", write(tmp_path, *lines, header=header))
    data = packshot(*words, "--metric", "value_per_impression", "--json").data
    assert [one["successes"] for one in data["overall"]["variants"]] == [4, 4]
    said = packshot("test", "analyse", write(tmp_path, "e,a,1,9,2,2,40,1", header=header))
    assert "line 2: value_squares: 1.0 is less than 2 orders of 40.0 can give" in said.error


def test_an_uneven_split_is_sound_only_if_it_was_meant(packshot: Commands, tmp_path: Path) -> None:
    lines = [
        f"everyone,{v},{d},{n},{n // 30}"
        for d in range(1, 9)
        for v, n in (("a", 4000), ("b", 1000))
    ]
    file = write(tmp_path, *lines)
    assert "Invalid: the numbers cannot be trusted." in packshot("test", "analyse", file).out
    meant = packshot("test", "analyse", file, "--split", "a=0.8,b=0.2", "--json").data
    assert meant["verdict"]["kind"] != "invalid"


def test_a_spreadsheets_byte_order_mark_and_blank_lines_are_no_trouble(
    packshot: Commands, tmp_path: Path
) -> None:
    file = write(tmp_path, *days({"a": 40, "b": 70}), "", header=f"\ufeff{HEADER}")
    assert packshot("test", "analyse", file).code == 0


@pytest.mark.parametrize(
    ("lines", "part"),
    [
        (["e,a,1,10,12", "e,b,1,10,1"], "line 2: clicks: 12 of only 10 impressions"),
        (["e,a,1,10,1"], "variants: 1 given; a test compares 2 or more"),
        (["e,a,1,10,1", "e,b,1,ten,1"], "line 3: impressions: 'ten' is not a whole number"),
        (["e,a,1,--5,1"], "line 2: impressions"),
        (["e,a,1,-5,1"], "line 2: impressions: -5 is negative"),
        (["e,a,1"], "line 2: has 3 fields, and the header 5"),
        (["e,a,1,10,1,7"], "line 2: has 6 fields, and the header 5"),
        (["e,,1,10,1"], "line 2: variant is empty"),
        (["overall,a,1,10,1", "overall,b,1,10,1"], "overall"),
        ([], "no line of counts"),
    ],
)
def test_impossible_counts_name_file_line_and_fact(
    packshot: Commands, tmp_path: Path, lines: list[str], part: str
) -> None:
    said = packshot("test", "analyse", write(tmp_path, *lines))
    assert said.code == 1
    assert "counts.csv: " in said.error
    assert part in said.error


@pytest.mark.parametrize(
    "header", ["variant,impressions,clicks", f"{HEADER},colour", f"{HEADER},clicks"]
)
def test_a_wrong_header_shows_the_right_one(
    packshot: Commands, tmp_path: Path, header: str
) -> None:
    said = packshot("test", "analyse", write(tmp_path, "e,a,1,1,1,1", header=header))
    assert said.code == 1
    assert f"the first line must be {HEADER}[,conversions,value]" in said.error


def test_what_is_no_table_is_refused(packshot: Commands, tmp_path: Path) -> None:
    (tmp_path / "photo.csv").write_bytes(b"\x89PNG\xff\x00")
    assert "not UTF-8 text" in packshot("test", "analyse", "photo.csv").error
    assert "nope.csv: cannot be read" in packshot("test", "analyse", "nope.csv").error
    file = write(tmp_path, *days({"a": 40, "b": 70}))
    assert "not one of a, b" in packshot("test", "analyse", file, "--control", "c").error
    assert packshot("test", "analyse", file, "--split", "a=lots,b=0.2").code == 2


def test_no_traffic_at_all_is_no_nan(packshot: Commands, tmp_path: Path) -> None:
    file = write(tmp_path, "e,a,1,0,0", "e,b,1,0,0")
    assert "overall: nothing counted yet" in packshot("test", "analyse", file).out
    assert "NaN" not in packshot("test", "analyse", file, "--json").out


def test_a_simulation_says_that_it_is_one_and_what_it_cost(packshot: Commands) -> None:
    words = ("test", "simulate", "--rates", "a=0.030,b=0.042", "--days", "30")
    said = packshot(*words)
    assert said.code == 0
    assert said.out.startswith("SIMULATED, no real shopper saw anything")
    assert "b is truly the best." in said.out
    assert "were given up" in said.out
    data = packshot(*words, "--json").data
    assert data["simulated"] is True
    assert data["analysis"]["verdict"]["variant"] == "b"
    assert 7 <= data["days"] <= 30
    assert 0 < data["clicks_given_up"] < data["clicks"]
    assert packshot(*words, "--json").data == data
    assert packshot(*words, "--seed", "2", "--json").data["clicks"] != data["clicks"]


def test_an_undecided_simulation_says_so(packshot: Commands) -> None:
    said = packshot("test", "simulate", "--rates", "a=0.03,b=0.03", "--days", "2")
    assert "was given up undecided after 2 of at most 2 days" in said.out


@pytest.mark.parametrize(
    ("rates", "code", "part"),
    [
        ("a=0.03", 2, "compares 2 or more"),
        ("a=0.03,b", 2, "not of the form a=0.030,b=0.036"),
        ("a=0.03,b=x", 2, "'x' is not a number"),
        ("a=0.03,b=nan", 2, "not a finite number"),
        ("a=3,b=2", 1, "a rate between 0 and 1"),
    ],
)
def test_impossible_rates_are_one_line(
    packshot: Commands, rates: str, code: int, part: str
) -> None:
    said = packshot("test", "simulate", "--rates", rates)
    assert said.code == code
    assert part in said.error
