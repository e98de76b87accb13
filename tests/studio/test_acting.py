"""What a test does by itself when a period is over: end, be found broken, take a winner back."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

import pytest
from sqlalchemy import insert

from abtest import GateOptions, TestState
from studio.db.engine import Engine, open_engine, writing
from studio.db.records import AuditRecord, TestRecord
from studio.db.tables import COUNT, create_schema
from studio.services.errors import TestInvalid
from studio.services.tests import NewTest, TestOptions, Tests
from tests.studio.test_tests import with_options

Clock = Callable[[], float]
PassDays = Callable[[float], None]
EASY = GateOptions(min_days=1, min_clicks=20)


def begun(tests: Tests, new: NewTest) -> TestRecord:
    return tests.start(tests.create(new, who="merchant").id, who="merchant")


@pytest.fixture
def engine(sqlite_url: str) -> Iterator[Engine]:
    """One database: what is decided here depends on none."""
    opened = open_engine(sqlite_url)
    create_schema(opened)
    yield opened
    opened.dispose()


Show = Callable[[TestRecord, Mapping[str, tuple[int, int]]], None]


@pytest.fixture
def show(engine: Engine, tests: Tests, clock: Clock) -> Show:
    """Counts impressions and clicks of each variant in the open period."""

    def counted(test: TestRecord, counts: Mapping[str, tuple[int, int]]) -> None:
        with writing(engine) as connection:
            connection.execute(
                insert(COUNT),
                [
                    {"test_id": test.id, "segment": "everyone", "variant": variant,
                     "period": tests.get(test.id).periods[-1].number,
                     "day": int(clock() // 86_400), "impressions": shown, "clicks": clicks,
                     "conversions": 0, "value_micros": 0, "value_squares": 0.0}
                    for variant, (shown, clicks) in counts.items()
                ],
            )  # fmt: skip

    return counted


def day_of(tests: Tests, test: TestRecord, rates: dict[str, float], *,
           visitors: int) -> dict[str, tuple[int, int]]:  # fmt: skip
    """A day of visitors, split as the test splits them now."""
    weights = tests.get(test.id).periods[-1].weights
    shown = {name: round(visitors * weights.get(name, 0.0)) for name in rates}
    return {name: (count, round(count * rates[name])) for name, count in shown.items() if count}


def actions(trail: tuple[AuditRecord, ...]) -> list[str]:
    return [entry.action for entry in trail]


@pytest.fixture
def alike(mug: NewTest) -> NewTest:
    """Two images, one as good as the other, and a merchant whom only 20% more would interest."""
    return with_options(replace(mug, variants=mug.variants[:2]), gate=replace(EASY, epsilon=0.2))


def run_alike(tests: Tests, show: Show, new: NewTest,
              pass_days: PassDays) -> TestRecord:  # fmt: skip
    test = begun(tests, new)
    for _ in range(10):
        show(test, day_of(tests, test, {"white": 0.25, "oak": 0.25}, visitors=3000))
        pass_days(1)
        tests.advance_due()
        if tests.get(test.id).state is not TestState.RUNNING:
            break
    return tests.get(test.id)


def test_a_test_ends_by_itself_where_no_difference_is_worth_having(
    tests: Tests, show: Show, alike: NewTest, pass_days: PassDays
) -> None:
    test = run_alike(tests, show, alike, pass_days)
    assert test.state is TestState.STOPPED
    assert test.open_period is None
    assert test.standing == ()
    last = tests.audit(test.id)[-1]
    assert (last.action, last.who, last.detail["by_verdict"]) == ("stop", "scheduler", True)
    assert last.detail["numbers"]["overall"]["verdict"] == "no_difference_worth_having"  # type: ignore[index]
    assert last.detail["reason"]


@pytest.mark.parametrize("kept", [{"on_futility": "keep"}, {"auto_promote": False}])
def test_it_goes_on_where_the_merchant_wants_it_to(
    tests: Tests, show: Show, alike: NewTest, pass_days: PassDays,
    kept: dict[str, object],
) -> None:  # fmt: skip
    new = replace(alike, options=replace(alike.options, **kept))  # type: ignore[arg-type]
    test = run_alike(tests, show, new, pass_days)
    assert test.state is TestState.RUNNING
    analysis = tests.results(test.id).analysis
    assert analysis is not None
    assert str(analysis.verdict.kind) == "no_difference_worth_having"


def test_numbers_that_cannot_be_trusted_are_told_once_and_once_that_they_can_be_again(
    tests: Tests, show: Show, mug: NewTest, pass_days: PassDays
) -> None:
    test = begun(tests, with_options(mug, gate=GateOptions(min_days=30)))
    for _ in range(3):
        # A third each was split, and oak lost three quarters of its impressions.
        show(test, {"white": (400, 20), "marble": (400, 20), "oak": (100, 5)})
        pass_days(1)
        tests.advance_due()
    trail = tests.audit(test.id)
    assert actions(trail).count("invalid") == 1
    (found,) = [entry for entry in trail if entry.action == "invalid"]
    assert found.detail["reason"]
    assert found.detail["numbers"]["overall"]["variants"]["oak"]["impressions"] == 100  # type: ignore[index]


def promoted(tests: Tests, show: Show, new: NewTest,
             pass_days: PassDays) -> TestRecord:  # fmt: skip
    """A test whose verdict has promoted oak."""
    test = begun(tests, new)
    for _ in range(8):
        show(test, day_of(tests, test, {"white": 0.05, "oak": 0.15, "marble": 0.05}, visitors=1500))
        pass_days(1)
        tests.advance_due()
        if tests.get(test.id).state is TestState.PROMOTED:
            break
    now = tests.get(test.id)
    assert [(each.variant, each.by_verdict) for each in now.standing] == [("oak", True)]
    return now


def turn_bad(tests: Tests, show: Show, test: TestRecord,
             pass_days: PassDays) -> TestRecord:  # fmt: skip
    for _ in range(10):
        if tests.get(test.id).state is not TestState.PROMOTED:
            break
        show(test, {"oak": (300, 4), "white": (300, 20)})
        pass_days(1)
        tests.advance_due()
    return tests.get(test.id)


def test_what_a_verdict_promoted_is_taken_back_by_evidence_of_harm(
    tests: Tests, show: Show, mug: NewTest, pass_days: PassDays
) -> None:
    test = promoted(tests, show, with_options(mug, gate=EASY, holdout=0.5), pass_days)
    after = turn_bad(tests, show, test, pass_days)
    assert after.state is TestState.ROLLED_BACK
    assert (after.standing, after.open_period) == ((), None)
    trail = tests.audit(test.id)
    assert actions(trail)[-2:] == ["harm", "rollback"]
    assert trail[-1].who == "scheduler"
    assert trail[-1].detail["by_evidence"] is True
    assert "Roll back" in str(trail[-1].detail["reason"])
    assert trail[-1].detail["numbers"]["watches"][0]["harm"] >= 20  # type: ignore[index]


def test_a_roll_back_is_only_proposed_where_the_merchant_wants_to_decide(
    tests: Tests, show: Show, mug: NewTest, pass_days: PassDays
) -> None:
    new = with_options(mug, gate=EASY, holdout=0.5, on_harm="propose")
    test = promoted(tests, show, new, pass_days)
    after = turn_bad(tests, show, test, pass_days)
    assert after.state is TestState.PROMOTED
    assert actions(tests.audit(test.id)).count("harm") == 1


@pytest.mark.parametrize("field", ["on_futility", "on_harm"])
def test_an_unknown_wish_is_refused(field: str) -> None:
    with pytest.raises(TestInvalid) as caught:
        TestOptions.from_dict({field: "shrug"})
    assert caught.value.field == field
