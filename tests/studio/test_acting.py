"""What a test does by itself when a period is over: end, be found broken, take a winner back."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from abtest import GateOptions, TestState
from studio.db.records import AuditRecord, TestRecord
from studio.services.events import Events
from studio.services.experiment_errors import TestInvalid
from studio.services.tests import NewTest, TestOptions, Tests
from tests.studio.test_tests import crowd, with_options

Clock = Callable[[], float]
PassDays = Callable[[float], None]
EASY = GateOptions(min_days=1, min_clicks=20)


def begun(tests: Tests, new: NewTest) -> TestRecord:
    return tests.start(tests.create(new, who="merchant").id, who="merchant")


def show(events: Events, test: TestRecord, tests: Tests, at_s: float, rates: dict[str, float],
         *, visitors: int) -> None:  # fmt: skip
    """A day of visitors, split as the test splits them now."""
    weights = tests.get(test.id).periods[-1].weights
    for variant, rate in rates.items():
        shown = round(visitors * weights.get(variant, 0.0))
        if shown:
            crowd(events, test, {variant: round(shown * rate)}, at_s=at_s, shown=shown)


def actions(trail: tuple[AuditRecord, ...]) -> list[str]:
    return [entry.action for entry in trail]


@pytest.fixture
def alike(mug: NewTest) -> NewTest:
    """Two images, one as good as the other, and a merchant whom only 20% more would interest."""
    return with_options(replace(mug, variants=mug.variants[:2]), gate=replace(EASY, epsilon=0.2))


def run_alike(tests: Tests, events: Events, new: NewTest, clock: Clock,
              pass_days: PassDays) -> TestRecord:  # fmt: skip
    test = begun(tests, new)
    for _ in range(10):
        show(events, test, tests, clock(), {"white": 0.25, "oak": 0.25}, visitors=3000)
        pass_days(1)
        tests.advance_due()
        if tests.get(test.id).state is not TestState.RUNNING:
            break
    return tests.get(test.id)


def test_a_test_ends_by_itself_where_no_difference_is_worth_having(
    tests: Tests, events: Events, alike: NewTest, clock: Clock, pass_days: PassDays
) -> None:
    test = run_alike(tests, events, alike, clock, pass_days)
    assert test.state is TestState.STOPPED
    assert test.open_period is None
    assert test.standing == ()
    last = tests.audit(test.id)[-1]
    assert (last.action, last.who, last.detail["by_verdict"]) == ("stop", "scheduler", True)
    assert last.detail["numbers"]["overall"]["verdict"] == "no_difference_worth_having"  # type: ignore[index]
    assert last.detail["reason"]


@pytest.mark.parametrize("kept", [{"on_futility": "keep"}, {"auto_promote": False}])
def test_it_goes_on_where_the_merchant_wants_it_to(
    tests: Tests, events: Events, alike: NewTest, clock: Clock, pass_days: PassDays,
    kept: dict[str, object],
) -> None:  # fmt: skip
    new = replace(alike, options=replace(alike.options, **kept))  # type: ignore[arg-type]
    test = run_alike(tests, events, new, clock, pass_days)
    assert test.state is TestState.RUNNING
    analysis = tests.results(test.id).analysis
    assert analysis is not None
    assert str(analysis.verdict.kind) == "no_difference_worth_having"


def test_numbers_that_cannot_be_trusted_are_told_once_and_once_that_they_can_be_again(
    tests: Tests, events: Events, mug: NewTest, clock: Clock, pass_days: PassDays
) -> None:
    test = begun(tests, with_options(mug, gate=GateOptions(min_days=30)))
    for _ in range(3):
        # A third each was split, and oak lost three quarters of its impressions.
        crowd(events, test, {"white": 20, "marble": 20}, at_s=clock(), shown=400)
        crowd(events, test, {"oak": 5}, at_s=clock(), shown=100)
        pass_days(1)
        tests.advance_due()
    trail = tests.audit(test.id)
    assert actions(trail).count("invalid") == 1
    (found,) = [entry for entry in trail if entry.action == "invalid"]
    assert found.detail["reason"]
    assert found.detail["numbers"]["overall"]["variants"]["oak"]["impressions"] == 100  # type: ignore[index]


def promoted(tests: Tests, events: Events, new: NewTest, clock: Clock,
             pass_days: PassDays) -> TestRecord:  # fmt: skip
    """A test whose verdict has promoted oak."""
    test = begun(tests, new)
    for _ in range(8):
        show(events, test, tests, clock(), {"white": 0.05, "oak": 0.15, "marble": 0.05},
             visitors=1500)  # fmt: skip
        pass_days(1)
        tests.advance_due()
        if tests.get(test.id).state is TestState.PROMOTED:
            break
    now = tests.get(test.id)
    assert [(each.variant, each.by_verdict) for each in now.standing] == [("oak", True)]
    return now


def turn_bad(tests: Tests, events: Events, test: TestRecord, clock: Clock,
             pass_days: PassDays) -> TestRecord:  # fmt: skip
    for _ in range(10):
        if tests.get(test.id).state is not TestState.PROMOTED:
            break
        at_s = clock() + 1
        crowd(events, test, {"oak": 4}, at_s=at_s, shown=300)
        crowd(events, test, {"white": 20}, at_s=at_s, shown=300)
        pass_days(1)
        tests.advance_due()
    return tests.get(test.id)


def test_what_a_verdict_promoted_is_taken_back_by_evidence_of_harm(
    tests: Tests, events: Events, mug: NewTest, clock: Clock, pass_days: PassDays
) -> None:
    test = promoted(tests, events, with_options(mug, gate=EASY, holdout=0.5), clock, pass_days)
    after = turn_bad(tests, events, test, clock, pass_days)
    assert after.state is TestState.ROLLED_BACK
    assert (after.standing, after.open_period) == ((), None)
    trail = tests.audit(test.id)
    assert actions(trail)[-2:] == ["harm", "rollback"]
    assert trail[-1].who == "scheduler"
    assert trail[-1].detail["by_evidence"] is True
    assert "Roll back" in str(trail[-1].detail["reason"])
    assert trail[-1].detail["numbers"]["watches"][0]["harm"] >= 20  # type: ignore[index]


def test_a_roll_back_is_only_proposed_where_the_merchant_wants_to_decide(
    tests: Tests, events: Events, mug: NewTest, clock: Clock, pass_days: PassDays
) -> None:
    new = with_options(mug, gate=EASY, holdout=0.5, on_harm="propose")
    test = promoted(tests, events, new, clock, pass_days)
    after = turn_bad(tests, events, test, clock, pass_days)
    assert after.state is TestState.PROMOTED
    assert actions(tests.audit(test.id)).count("harm") == 1


@pytest.mark.parametrize("field", ["on_futility", "on_harm"])
def test_an_unknown_wish_is_refused(field: str) -> None:
    with pytest.raises(TestInvalid) as caught:
        TestOptions.from_dict({field: "shrug"})
    assert caught.value.field == field
