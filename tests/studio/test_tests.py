from collections.abc import Callable
from dataclasses import replace

import pytest

from abtest import GateOptions, Segment, TestState, VerdictKind
from studio.db.engine import Engine
from studio.db.records import TestRecord
from studio.services.errors import (
    ActionRefused,
    ItemBusy,
    ReasonMissing,
    SegmentNotFound,
    TestInvalid,
    TestNotFound,
    VariantNotFound,
    VerdictMissing,
)
from studio.services.events import Events
from studio.services.tests import NewTest, NewVariant, TestOptions, Tests

Clock = Callable[[], float]
PassDays = Callable[[float], None]


def crowd(
    events: Events,
    test: TestRecord,
    clicks: dict[str, int],
    *,
    at_s: float,
    shown: int = 400,
    segment: str = "everyone",
) -> None:
    """Show each variant to `shown` new units, of whom so many click."""
    sent = []
    for variant, clicked in clicks.items():
        for number in range(shown):
            unit = f"{variant}-{segment}-{at_s}-{number}"
            base = {
                "unit": unit,
                "test": test.id,
                "variant": variant,
                "ts": at_s,
                "segment": segment,
            }
            sent.append({"id": f"i-{unit}", "type": "impression", **base})
            if number < clicked:
                sent.append({"id": f"c-{unit}", "type": "click", **base})
    taken = events.accept(sent)
    assert (taken.accepted, taken.rejected) == (len(sent), ())


def started(tests: Tests, new: NewTest) -> TestRecord:
    test = tests.create(new, who="merchant")
    return tests.start(test.id, who="merchant")


def with_options(new: NewTest, **options: object) -> NewTest:
    return replace(new, options=TestOptions(**options))  # type: ignore[arg-type]


EVEN = {"white": 8, "oak": 8, "marble": 8}
OAK_WINS = {"white": 10, "oak": 40, "marble": 10}


def test_a_draft_takes_no_traffic(tests: Tests, mug: NewTest) -> None:
    test = tests.create(mug, who="merchant")
    assert (test.state, test.periods, test.default_image) == (TestState.DRAFT, (), "white.webp")
    assert tests.results(test.id).analysis is None
    assert tests.get(test.id) == test
    assert tests.all() == (test,)


def test_a_started_test_splits_evenly(tests: Tests, mug: NewTest) -> None:
    test = started(tests, mug)
    assert test.state is TestState.RUNNING
    assert test.open_period is not None
    assert test.open_period.weights == pytest.approx(dict.fromkeys(EVEN, 1 / 3))


def test_a_week_of_a_clear_winner_ends_in_its_promotion(
    tests: Tests, events: Events, mug: NewTest, clock: Clock, pass_days: PassDays
) -> None:
    test = started(tests, with_options(mug, gate=GateOptions(min_days=3, min_clicks=20)))
    for day in range(3):
        # The counts must follow the weights in force, or the sample ratio is rightly broken.
        weights = tests.get(test.id).periods[-1].weights
        for variant, clicks in OAK_WINS.items():
            shown = round(1200 * weights[variant])
            crowd(events, test, {variant: round(clicks * shown / 400)}, at_s=clock(), shown=shown)
        pass_days(1)
        (advanced,) = tests.advance_due()
        assert advanced.state is (TestState.PROMOTED if day == 2 else TestState.RUNNING)
    promotion = tests.get(test.id).standing[0]
    assert (promotion.variant, promotion.segment, promotion.by_verdict) == ("oak", None, True)
    assert tests.results(test.id).analysis.verdict.kind is VerdictKind.PROMOTE  # type: ignore[union-attr]
    trail = tests.audit(test.id)
    assert [entry.action for entry in trail] == ["create", "start", "advance", "advance", "promote"]
    assert trail[-1].who == "scheduler"
    assert trail[-1].detail["numbers"]["overall"]["leader"] == "oak"  # type: ignore[index]
    last = tests.get(test.id).periods[-1]
    assert last.after_promotion
    assert last.weights == {"oak": 0.95, "white": 0.05}


def test_where_lower_is_better_the_least_clicked_image_is_promoted_and_watched(
    tests: Tests, events: Events, mug: NewTest, clock: Clock, pass_days: PassDays
) -> None:
    gate = GateOptions(min_days=3, min_clicks=20)
    test = started(tests, with_options(mug, gate=gate, direction="lower", holdout=0.5))
    clicked = {"white": 0.2, "oak": 0.04, "marble": 0.2}
    shares = []
    for _ in range(3):
        weights = tests.get(test.id).periods[-1].weights
        shares.append(weights["oak"])
        for variant, rate in clicked.items():
            shown = round(1500 * weights[variant])
            crowd(events, test, {variant: round(rate * shown)}, at_s=clock(), shown=shown)
        pass_days(1)
        tests.advance_due()
    assert shares[0] < shares[1]
    (promotion,) = tests.get(test.id).standing
    assert (promotion.variant, promotion.by_verdict) == ("oak", True)
    for _ in range(4):
        # The promoted image is clicked five times as often as the control: that is harm here.
        crowd(events, test, {"oak": 50, "white": 10}, at_s=clock() + 1, shown=200)
        pass_days(1)
        tests.advance_due()
        if tests.get(test.id).state is TestState.ROLLED_BACK:
            break
    trail = tests.audit(test.id)
    assert [entry.action for entry in trail][-2:] == ["harm", "rollback"]
    assert "% more clicks than white" in str(trail[-1].detail["reason"])


def test_only_a_verdict_promotes_by_itself(
    tests: Tests, events: Events, mug: NewTest, clock: Clock
) -> None:
    test = started(tests, mug)
    crowd(events, test, OAK_WINS, at_s=clock())
    with pytest.raises(VerdictMissing) as caught:
        tests.promote(test.id, who="merchant")
    assert caught.value.verdict == "keep_running"
    assert any("full days" in reason for reason in caught.value.reasons)
    with pytest.raises(ReasonMissing):
        tests.promote(test.id, who="merchant", variant="oak")
    promoted = tests.promote(test.id, who="anna", variant="oak", reason="the fair is tomorrow")
    assert promoted.state is TestState.PROMOTED
    (promotion,) = promoted.standing
    assert not promotion.by_verdict
    assert (promotion.who, promotion.reason) == ("anna", "the fair is tomorrow")


def test_a_test_may_only_report(
    tests: Tests, events: Events, mug: NewTest, clock: Clock, pass_days: PassDays
) -> None:
    options = {"gate": GateOptions(min_days=1, min_clicks=20), "auto_promote": False}
    test = started(tests, with_options(mug, **options))
    crowd(events, test, {name: 3 * n for name, n in OAK_WINS.items()}, at_s=clock(), shown=1200)
    pass_days(1)
    assert tests.advance(test.id).state is TestState.RUNNING
    assert tests.promote(test.id, who="merchant").standing[0].by_verdict


def test_a_promotion_can_be_undone(tests: Tests, mug: NewTest) -> None:
    test = started(tests, mug)
    tests.promote(test.id, who="anna", variant="oak", reason="liked")
    with pytest.raises(ReasonMissing):
        tests.rollback(test.id, who="anna", reason=" ")
    back = tests.rollback(test.id, who="anna", reason="complaints")
    assert (back.state, back.standing) == (TestState.ROLLED_BACK, ())
    assert back.promotions[0].undone_s is not None
    assert back.open_period is None
    assert tests.audit(test.id)[-1].detail["undone"] == [{"variant": "oak", "segment": None}]


def test_nothing_promoted_nothing_to_undo(tests: Tests, mug: NewTest) -> None:
    test = started(tests, mug)
    with pytest.raises(ActionRefused):
        tests.rollback(test.id, who="anna", reason="x")


def test_a_stopped_test_may_still_be_promoted_by_hand(tests: Tests, mug: NewTest) -> None:
    test = started(tests, mug)
    stopped = tests.stop(test.id, who="anna", reason="season over")
    assert (stopped.state, stopped.open_period) == (TestState.STOPPED, None)
    with pytest.raises(ActionRefused, match="can promote"):
        tests.advance(test.id)
    promoted = tests.promote(test.id, who="anna", variant="oak", reason="liked")
    assert promoted.state is TestState.PROMOTED
    assert promoted.ended_s == stopped.ended_s


def test_one_test_an_item(tests: Tests, mug: NewTest) -> None:
    first = started(tests, mug)
    second = tests.create(mug, who="merchant")
    with pytest.raises(ItemBusy) as caught:
        tests.start(second.id, who="merchant")
    assert caught.value.test_id == first.id
    tests.stop(first.id, who="merchant")
    assert tests.start(second.id, who="merchant").state is TestState.RUNNING


def test_a_second_test_leaves_the_default_image_unless_it_names_one(
    tests: Tests, mug: NewTest
) -> None:
    tests.create(mug, who="merchant")
    other = replace(mug, control="oak")
    assert tests.create(other, who="merchant").default_image == "white.webp"
    named = replace(mug, default_image="new.webp")
    assert tests.create(named, who="merchant").default_image == "new.webp"


def test_a_dropped_variant_gets_no_more_traffic(
    tests: Tests, events: Events, mug: NewTest, clock: Clock, pass_days: PassDays
) -> None:
    test = started(tests, mug)
    crowd(events, test, EVEN, at_s=clock())
    pass_days(0.5)
    dropped = tests.drop_variant(test.id, "marble", who="anna", reason="wrong mug")
    assert dropped.live_variants == ("white", "oak")
    assert set(dropped.periods[-1].weights) == {"white", "oak"}
    analysis = tests.results(test.id).analysis
    assert analysis is not None
    assert analysis.health.dropped == ("marble",)
    with pytest.raises(VariantNotFound):
        tests.drop_variant(test.id, "marble", who="anna")
    with pytest.raises(TestInvalid, match="control"):
        tests.drop_variant(test.id, "white", who="anna")
    with pytest.raises(TestInvalid, match="two variants"):
        tests.drop_variant(test.id, "oak", who="anna")


def test_segments_get_their_own_traffic_and_winner(
    tests: Tests, events: Events, mug: NewTest, clock: Clock, pass_days: PassDays
) -> None:
    segments = tuple(
        Segment.from_dict({"name": name, "rule": {"device": name}}) for name in ("phone", "desk")
    )
    options = TestOptions(scope="segment", gate=GateOptions(min_days=1, min_clicks=20))
    test = started(tests, replace(mug, segments=segments, options=options))
    tripled = {name: 3 * n for name, n in OAK_WINS.items()}
    crowd(events, test, tripled, at_s=clock(), shown=1200, segment="phone")
    crowd(
        events,
        test,
        {name: 3 * n for name, n in EVEN.items()},
        at_s=clock(),
        shown=1200,
        segment="desk",
    )
    pass_days(1)
    advanced = tests.advance(test.id)
    assert advanced.state is TestState.RUNNING
    assert [(p.segment, p.variant) for p in advanced.standing] == [("phone", "oak")]
    weights = advanced.periods[-1].segment_weights
    assert weights["phone"] == {"oak": 0.95, "white": 0.05}
    assert set(weights["desk"]) == {"white", "oak", "marble"}
    done = tests.promote(test.id, who="anna", variant="marble", segment="desk", reason="brand")
    assert done.state is TestState.PROMOTED
    with pytest.raises(ActionRefused):
        tests.promote(test.id, who="anna", segment="phone")


def test_unknown_names(tests: Tests, mug: NewTest) -> None:
    test = started(tests, mug)
    with pytest.raises(TestNotFound):
        tests.get("nope")
    with pytest.raises(TestNotFound):
        tests.start("nope", who="anna")
    for odd in ("", "nope", "a\x00", "\ud800", "x" * 5000):
        with pytest.raises(TestNotFound):
            tests.audit(odd)
    for odd in ("a\x00", "\ud800", "x" * 5000):
        with pytest.raises(TestInvalid, match="reason"):
            tests.stop(test.id, who="anna", reason=odd)
    with pytest.raises(VariantNotFound):
        tests.promote(test.id, who="anna", variant="pine", reason="x")
    with pytest.raises(SegmentNotFound):
        tests.promote(test.id, who="anna", variant="oak", segment="moon", reason="x")


def test_nothing_counted_is_no_verdict(tests: Tests, mug: NewTest) -> None:
    test = started(tests, mug)
    with pytest.raises(VerdictMissing):
        tests.promote(test.id, who="anna")


def test_advancing_twice_at_once_advances_once(
    tests: Tests, mug: NewTest, pass_days: PassDays
) -> None:
    started(tests, mug)
    assert tests.advance_due() == ()
    pass_days(1)
    assert len(tests.advance_due()) == 1
    assert tests.advance_due() == ()


def test_a_database_keeps_tests_between_runs(
    engine: Engine, tests: Tests, mug: NewTest, clock: Clock
) -> None:
    test = started(tests, mug)
    again = Tests(engine, clock=clock, new_id=lambda: "x")
    assert again.get(test.id) == test


TWO = (NewVariant(name="a", image="a.webp"), NewVariant(name="b", image="b.webp"))


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"item": " "}, "item"),
        ({"item": "x" * 257}, "item"),
        ({"item": "a\x00b"}, "item"),
        ({"variants": TWO[:1]}, "variants"),
        ({"variants": tuple(NewVariant(name=f"v{i}", image="x") for i in range(21))}, "variants"),
        ({"variants": (*TWO, TWO[0])}, "variants[0].name"),
        ({"variants": (TWO[0], NewVariant(name="b", image=""))}, "variants[1].image"),
        ({"control": "c"}, "control"),
        ({"default_image": ""}, "default_image"),
        ({"segments": (Segment.from_dict({"name": "s", "rule": {"a": 1}}),) * 2}, "segments"),
    ],
)
def test_a_new_test_is_checked(change: dict[str, object], field: str) -> None:
    values: dict[str, object] = {"item": "mug", "variants": TWO, **change}
    with pytest.raises(TestInvalid) as caught:
        NewTest(**values)  # type: ignore[arg-type]
    assert caught.value.field == field


def promoted_test(tests: Tests, mug: NewTest, pass_days: PassDays) -> TestRecord:
    test = started(tests, with_options(mug, holdout=0.2))
    pass_days(1)
    return tests.promote(test.id, who="merchant", variant="oak", reason="spring")


def test_a_promotion_is_watched_day_by_day_and_a_roll_back_proposed(
    tests: Tests, events: Events, mug: NewTest, clock: Clock, pass_days: PassDays
) -> None:
    test = promoted_test(tests, mug, pass_days)
    for day in range(8):
        at_s = clock() + 1
        crowd(events, test, {"oak": 12 if day < 3 else 2}, at_s=at_s, shown=200)
        crowd(events, test, {"white": 10}, at_s=at_s, shown=200)
        pass_days(1)
        (advanced,) = tests.advance_due()
        assert advanced.state is TestState.PROMOTED
    (watch,) = tests.results(test.id).watches
    assert (watch.segment, watch.found.winner, watch.found.control) == (None, "oak", "white")
    assert (watch.found.days, watch.found.winner_shown) == (8, 1600)
    assert watch.found.roll_back
    assert watch.found.harm is not None
    assert watch.found.harm.since == "2025-06-19"
    # What is shown stays as it is, and nobody acts by himself.
    current = tests.get(test.id)
    assert {tuple(period.weights.items()) for period in current.periods[1:]} == {
        (("oak", 0.8), ("white", 0.2))
    }
    trail = tests.audit(test.id)
    assert [entry.action for entry in trail] == ["create", "start", "promote", "harm"]
    assert trail[-1].detail["numbers"]["winner_shown"] > 600  # type: ignore[index]


def test_a_promotion_is_watched_by_what_its_test_compared(
    tests: Tests, events: Events, mug: NewTest, clock: Clock, pass_days: PassDays
) -> None:
    new = with_options(mug, holdout=0.2, metric="value_per_impression")
    test = started(tests, new)
    pass_days(1)
    tests.promote(test.id, who="merchant", variant="oak", reason="spring")
    sent: list[dict[str, object]] = []
    for variant, orders, worth in (("oak", 60, 30.0), ("white", 80, 10.0)):
        for number in range(200):
            base = {"unit": f"{variant}{number}", "test": test.id, "variant": variant}
            sent.append({"id": f"i{variant}{number}", "type": "impression", **base})
            if number < orders:
                sale = {"id": f"b{variant}{number}", "value": worth + number % 3 - 1.0}
                sent.append({**base, **sale, "type": "conversion"})
    assert events.accept(sent).rejected == ()
    (watch,) = tests.results(test.id).watches
    assert (watch.found.metric, watch.found.winner_successes) == ("value_per_impression", 60)
    assert watch.found.lift == pytest.approx(60 * 30 / (80 * 10) - 1, abs=0.1)


def test_a_promotion_is_not_watched_for_ever(
    tests: Tests, mug: NewTest, pass_days: PassDays
) -> None:
    test = promoted_test(tests, mug, pass_days)
    assert tests.advance_due() == ()
    pass_days(61)
    assert tests.advance_due() == ()
    assert len(tests.get(test.id).periods) == 2


def test_a_promoted_control_and_a_rolled_back_winner_are_not_watched(
    tests: Tests, mug: NewTest, pass_days: PassDays
) -> None:
    test = promoted_test(tests, mug, pass_days)
    tests.rollback(test.id, who="merchant", reason="autumn")
    assert tests.results(test.id).watches == ()
    again = started(tests, mug)
    tests.promote(again.id, who="merchant", variant="white", reason="stays")
    assert tests.results(again.id).watches == ()


def test_a_segment_that_has_its_winner_is_watched_while_the_others_run(
    tests: Tests, events: Events, mug: NewTest, clock: Clock, pass_days: PassDays
) -> None:
    phones = Segment.from_dict({"name": "phones", "rule": {"device": "phone"}})
    new = replace(with_options(mug, scope="segment", auto_promote=False), segments=(phones,))
    test = started(tests, new)
    pass_days(1)
    tests.promote(test.id, who="merchant", variant="oak", segment="phones", reason="spring")
    crowd(events, test, {"oak": 30, "white": 20}, at_s=clock() + 1, segment="phones")
    crowd(events, test, EVEN, at_s=clock() + 1)
    (watch,) = tests.results(test.id).watches
    assert (watch.segment, watch.found.winner_successes, watch.found.control_successes) == (
        "phones", 30, 20,
    )  # fmt: skip


def test_health_sees_days_units_and_returning_units(
    tests: Tests, events: Events, mug: NewTest, clock: Clock, pass_days: PassDays
) -> None:
    """Every unit is shown two images: the ids, or the choice by them, must be broken."""
    test = started(tests, with_options(mug, auto_promote=False))
    for day in range(4):
        at_s = clock() + 1
        if day != 1:
            sent = [
                {"id": f"{variant}-{day}-{n}", "type": "impression", "unit": f"u{n}", "ts": at_s,
                 "test": test.id, "variant": variant, "segment": "everyone"}
                for variant in ("white", "oak", "marble") for n in range(90)
            ]  # fmt: skip
            assert events.accept(sent).accepted == len(sent)
        pass_days(1)
        tests.advance(test.id)
    analysis = tests.results(test.id).analysis
    assert analysis is not None
    assert analysis.verdict.kind is VerdictKind.INVALID
    found = {finding.name: finding for finding in analysis.health.findings}
    assert found["units_in_several_variants"].value == 1.0
    assert "day 2" in found["data_gap"].text
