"""`packshot test`: from image files to an undone promotion, and what is refused on the way."""

import time
from pathlib import Path

import pytest

from studio.services.export import export
from tests.studio.commanding import Commands, picture
from tests.studio.results import made


@pytest.fixture
def packshot(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Commands:
    commands = Commands(tmp_path, monkeypatch, capsys)
    for name, colour in (("white", "white"), ("oak", "brown"), ("marble", "gray")):
        picture(tmp_path / f"{name}.png", colour)
    return commands


def create(packshot: Commands, *more: str, item: str = "mug") -> str:
    said = packshot(
        "test", "create", item, "--variant", "white=white.png", "--variant", "oak=oak.png",
        "--variant", "marble=marble.png", "--json", *more,
    )  # fmt: skip
    assert said.code == 0, said.err
    return str(said.data["id"])


def shop(
    packshot: Commands, test: str, clicks: dict[str, int], *, shown: int = 100, first: int = 0
) -> None:
    """Send impressions and clicks as the feed's clients would."""
    raw: list[object] = []
    for variant, clicked in clicks.items():
        for number in range(shown):
            unit = f"{variant}-{first + number}"
            fact = {"unit": unit, "test": test, "variant": variant, "item": "mug"}
            raw.append({"id": f"i-{unit}", "type": "impression", **fact})
            if number < clicked:
                raw.append({"id": f"c-{unit}", "type": "click", **fact})
    taken = packshot.shell().events.accept(raw)
    assert taken.rejected == ()
    assert taken.accepted == len(raw)


def test_from_files_to_an_undone_promotion(packshot: Commands) -> None:
    test = create(packshot)
    assert packshot("test", "start", test).out.startswith(f"test {test} on mug: running")
    shop(packshot, test, {"white": 5, "oak": 30, "marble": 6})

    found = packshot("test", "results", test, "--json").data
    assert [(v["variant"], v["impressions"], v["successes"]) for v in found["overall"]["variants"]] == [
        ("white", 100, 5), ("oak", 100, 30), ("marble", 100, 6),
    ]  # fmt: skip
    assert found["verdict"]["kind"] == "keep_running"
    table = packshot("test", "results", test).out
    assert "Keep running:" in table
    assert "open  0 full days run, 7 needed. Missing: 7 more full days." in table
    assert "20 more clicks on oak" in table
    assert "+" in next(line for line in table.splitlines() if line.startswith("oak"))

    by_verdict = packshot("test", "promote", test)
    assert by_verdict.code == 1
    assert "0 full days run, 7 needed" in by_verdict.error
    without_reason = packshot("test", "promote", test, "--variant", "oak")
    assert (without_reason.code, "needs a reason" in without_reason.error) == (1, True)

    assert "conditions are open." in packshot("test", "status", test).out

    promoted = packshot("test", "promote", test, "--variant", "oak", "--reason", "season", "--json")
    assert promoted.data["state"] == "promoted"
    shop(packshot, test, {"white": 30, "oak": 4}, first=100)
    for command in ("status", "results"):
        assert "Roll back: since" in packshot("test", command, test).out
    shell = packshot.shell()
    shell.feed.refresh()
    oak = promoted.data["variants"][1]["image"]
    images = {d.image for n in range(50) for d in shell.feed.decide(f"u{n}", {}, ["mug"]).decisions}
    assert f"/v1/assets/{oak}" in images

    undone = packshot("test", "rollback", test, "--reason", "returns went up")
    assert undone.code == 0
    assert "rolled back" in undone.out
    shell = packshot.shell()
    shell.feed.refresh()
    white = promoted.data["variants"][0]["image"]
    after = {d.image for n in range(50) for d in shell.feed.decide(f"u{n}", {}, ["mug"]).decisions}
    assert after == {f"/v1/assets/{white}"}

    trail = packshot("test", "audit", test, "--json").data
    assert [entry["action"] for entry in trail] == ["create", "start", "promote", "rollback"]
    assert trail[2]["detail"]["reason"] == "season"
    assert "returns went up" in packshot("test", "audit", test).out


def test_images_are_kept_in_the_store_and_urls_as_they_are(
    packshot: Commands, tmp_path: Path
) -> None:
    digest = packshot("test", "status", create(packshot), "--json").data["variants"][1]["image"]
    assert packshot.shell().store.read(digest) == (tmp_path / "oak.png").read_bytes()
    url = "https://shop.example/mug.jpg"
    said = packshot(
        "test", "create", "cup", "--variant", f"a={digest}", "--variant", f"b={url}", "--json"
    )
    assert [variant["image"] for variant in said.data["variants"]] == [digest, url]


def test_an_image_that_failed_a_check_is_refused_until_somebody_takes_it(
    packshot: Commands, tmp_path: Path
) -> None:
    store = packshot.shell().store
    result = made(store, passed=False)
    path = export(store, result, folder=tmp_path / "out", stem="cup", name="cup.jpg")
    path.write_bytes(path.read_bytes() + b"other bytes, as a signature makes them")
    for image in (str(path), result["asset"]):
        words = (
            "test",
            "create",
            "cup",
            "--variant",
            "a=oak.png",
            "--variant",
            f"b={image}",
            "--json",
        )
        refused = packshot(*words)
        assert refused.code == 1
        assert refused.error.startswith("variant b: its image failed size; make it again")
        taken = packshot(*words, "--accept-failed")
        assert taken.code == 0, taken.err
        trail = packshot("test", "audit", taken.data["id"], "--json").data
        assert trail[0]["detail"]["accept_failed"] is True


def test_every_option_reaches_the_test(packshot: Commands) -> None:
    test = create(
        packshot, "--control", "oak", "--segment", "german=country in DE,AT", "--segment",
        "grown=age>=30 and new=true", "--metric", "conversion_rate", "--scope", "segment",
        "--min-days", "3", "--epsilon", "0.1", "--alpha", "0.01", "--holdout", "0.2",
        "--period-hours", "6", "--no-auto-promote", "--start",
        "--on-futility", "keep", "--on-harm", "propose",
        "--guardrail", "value_per_impression=0.02", "--guardrail", "click_rate:lower",
    )  # fmt: skip
    data = packshot("test", "status", test, "--json").data
    assert (data["state"], data["control"]) == ("running", "oak")
    assert [segment["name"] for segment in data["segments"]] == ["german", "grown"]
    options = data["options"]
    assert (options["metric"], options["scope"]) == ("conversion_rate", "segment")
    assert (options["holdout"], options["period_s"], options["auto_promote"]) == (
        0.2,
        21_600.0,
        False,
    )
    gate = options["gate"]
    assert (gate["min_days"], gate["epsilon"], gate["alpha"]) == (3.0, 0.1, 0.01)
    guarded = [tuple(one[k] for k in ("metric", "margin", "direction"))
               for one in options["guardrails"]]  # fmt: skip
    assert guarded == [("value_per_impression", 0.02, "higher"), ("click_rate", 0.05, "lower")]
    shown = packshot("test", "status", test).out
    assert "segment german: country in DE,AT" in shown
    assert "segment grown: age>=30 and new=true" in shown
    assert (options["on_futility"], options["on_harm"]) == ("keep", "propose")
    assert "acts only by hand" in shown
    shown = packshot("test", "status", create(packshot)).out
    assert "promotes, ends and rolls back by itself" in shown


def test_a_test_may_want_less(packshot: Commands) -> None:
    test = create(packshot, "--metric", "conversion_rate", "--direction", "lower")
    assert packshot("test", "status", test, "--json").data["options"]["direction"] == "lower"
    assert "compares conversion rate (lower is better)" in packshot("test", "status", test).out
    usual = create(packshot, item="cup")
    assert "lower" not in packshot("test", "status", usual).out


def test_a_segment_may_have_its_own_winner(packshot: Commands) -> None:
    test = create(packshot, "--segment", "german=country=DE", "--start")
    said = packshot(
        "test", "promote", test, "--variant", "oak", "--segment", "german", "--reason", "taste"
    )
    assert "test" in said.out
    assert "running" in said.out
    assert "segment german: country=DE (oak 95%, white 5%)" in said.out


def test_a_variant_is_dropped_and_a_test_stopped(packshot: Commands) -> None:
    test = create(packshot, "--start")
    dropped = packshot("test", "drop", test, "marble", "--reason", "sold out", "--json").data
    assert dropped["weights"] == {"white": 0.5, "oak": 0.5}
    assert packshot("test", "drop", test, "oak").error.endswith(
        "two variants must remain; stop the test"
    )
    assert packshot("test", "stop", test, "--json").data["state"] == "stopped"
    assert packshot("test", "stop", test).code == 1


def test_a_due_period_is_closed_and_traffic_moves(
    packshot: Commands, monkeypatch: pytest.MonkeyPatch
) -> None:
    test = create(packshot, "--start")
    assert packshot("test", "advance").out.startswith("no test is due")
    shop(packshot, test, {"white": 1, "oak": 60, "marble": 1})
    tomorrow = time.time() + 86_401
    monkeypatch.setattr("studio.bootstrap.shell.time.time", lambda: tomorrow)
    (moved,) = packshot("test", "advance", "--json").data
    assert moved["id"] == test
    assert moved["weights"]["oak"] > moved["weights"]["white"]
    assert packshot("test", "advance", test, "--json").data[0]["state"] == "running"


def test_tests_are_listed_newest_first(packshot: Commands) -> None:
    assert "no tests yet" in packshot("test", "list").out
    first, second = create(packshot), create(packshot, item="cup")
    assert {one["id"] for one in packshot("test", "list", "--json").data} == {first, second}
    assert "white, oak, marble" in packshot("test", "status").out


def test_results_of_a_draft_say_how_to_begin(packshot: Commands) -> None:
    test = create(packshot)
    assert f"packshot test start {test}" in packshot("test", "results", test).out
    assert packshot("test", "results", test, "--json").data["state"] == "draft"


@pytest.mark.parametrize(
    ("words", "code", "part"),
    [
        (["--variant", "a=nope.png", "--variant", "b=oak.png"], 1, "nope.png: cannot be read"),
        (["--variant", "a=text.png", "--variant", "b=oak.png"], 1, "variant a (text.png)"),
        (["--variant", "a=oak.png"], 1, "a test has 2 to 20"),
        (["--variant", "a=oak.png", "--variant", f"b={'a' * 64}"], 1, "no asset"),
        (["--variant", "oak.png", "--variant", "b=oak.png"], 2, "NAME=IMAGE"),
        (["--variant", "a=oak.png", "--variant", "a=white.png"], 2, "given twice"),
        (["--control", "c"], 1, "control: not one of a, b"),
        (["--segment", "x=country"], 2, "country in DE,AT"),
        (["--segment", "everyone=a=1"], 2, "reserved"),
        (["--segment", "x=@no.json"], 1, "no.json: cannot be read"),
        (["--epsilon", "2"], 1, "epsilon = 2.0: a number between 0 and 1"),
        (["--holdout", "1"], 1, "holdout"),
        (
            ["--metric", "value_per_impression", "--direction", "lower"],
            1,
            "direction: money is better higher",
        ),
        (["--guardrail", "sales"], 2, "'sales' is no metric; give one of click_rate"),
        (["--guardrail", "click_rate=5%"], 2, "'5%' is no margin; give a number between 0 and 1"),
        (["--guardrail", "click_rate=1.5"], 2, "'1.5' is no margin"),
        (["--guardrail", "click_rate=0.1:up"], 2, "'up' is no direction; give higher or lower"),
        (["--guardrail", "value_per_impression:lower"], 2, "money is better higher"),
        (["--period-hours", "0"], 1, "a minute to 30 days"),
    ],
)
def test_what_cannot_be_created_is_one_line(
    packshot: Commands, tmp_path: Path, words: list[str], code: int, part: str
) -> None:
    (tmp_path / "text.png").write_text("no picture")
    if "--variant" not in words:
        words = ["--variant", "a=oak.png", "--variant", "b=white.png", *words]
    said = packshot("test", "create", "mug", *words)
    assert said.code == code
    assert part in said.error
    assert packshot("test", "list", "--json").data == []


def test_a_busy_item_keeps_the_draft_and_says_so(packshot: Commands) -> None:
    create(packshot, "--start")
    said = packshot(
        "test", "create", "mug", "--variant", "a=oak.png", "--variant", "b=white.png", "--start"
    )
    assert said.code == 1
    kept, error = said.err.splitlines()
    assert "kept as a draft" in kept
    assert "item 'mug' is in test" in error
    assert [one["state"] for one in packshot("test", "list", "--json").data].count("draft") == 1


@pytest.mark.parametrize(
    "action", ["start", "status", "results", "stop", "promote", "audit", "advance"]
)
def test_an_unknown_test_is_one_line(packshot: Commands, action: str) -> None:
    said = packshot("test", action, "nope")
    assert said.code == 1
    assert "no test 'nope'; `packshot test list` shows" in said.error


def test_a_rollback_without_reason_is_wrong_usage(packshot: Commands) -> None:
    assert packshot("test", "rollback", "x").code == 2
