"""What ``packshot test`` says of where a test stands, on a clock of the test's own."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from abtest import Condition, Guardrail, Verdict, VerdictKind
from studio.cli.console import out
from studio.cli.findings import verdict_sentence
from studio.cli.standing import show_test, status_json
from studio.services.experiment_options import Attribution
from studio.services.tests import NewTest, TestOptions, Tests
from tests.studio.test_tests import started, with_options


def printed(show: Callable[[], None]) -> str:
    with out.capture() as found:
        show()
    return found.get()


def test_a_roll_back_is_told_with_its_own_day(
    tests: Tests, mug: NewTest, pass_days: Callable[[float], None]
) -> None:
    test = started(tests, mug)
    pass_days(1)
    promoted = tests.promote(test.id, who="merchant", variant="oak", reason="spring")
    pass_days(3)
    undone = tests.rollback(test.id, who="merchant", reason="autumn")
    first, later = (
        printed(lambda test=test: show_test(test, as_json=False)).splitlines()[0]  # type: ignore[misc]
        for test in (promoted, undone)
    )
    assert first == "test t0 on mug: promoted since 2025-06-16 15:06 UTC"
    assert later == "test t0 on mug: rolled back since 2025-06-19 15:06 UTC"


@pytest.mark.parametrize(
    ("missing", "said"), [(1, "1 of 2 conditions is open."), (2, "2 of 2 conditions are open.")]
)
def test_open_conditions_are_counted(missing: int, said: str) -> None:
    conditions = tuple(
        Condition(name=str(n), value=0.0, limit=1.0, passed=n >= missing, text="-")
        for n in range(2)
    )
    verdict = Verdict(
        kind=VerdictKind.KEEP_RUNNING, variant=None, reasons=(), conditions=conditions
    )
    assert verdict_sentence(verdict) == f"Keep running: {said}"


@pytest.mark.parametrize(
    ("starts", "said"),
    [
        ({}, "warm start: earlier tests say nothing of how these images were made"),
        ({"oak": 0.04}, "warm start by the record of earlier tests: oak +4.0%"),
    ],
)
def test_a_warm_start_tells_its_record_or_that_there_is_none(
    tests: Tests, mug: NewTest, starts: dict[str, float], said: str
) -> None:
    draft = tests.create(replace(mug, options=TestOptions(head_starts=starts)), who="merchant")
    options = {**draft.options, "warm_start": True}
    shown = printed(lambda: show_test(replace(draft, options=options), as_json=False))
    assert said in " ".join(shown.split())
    assert "warm start" not in printed(lambda: show_test(draft, as_json=False))


@pytest.mark.parametrize(
    ("attribution", "said"),
    [
        ("closed", "7 days of the first sight of an image, and an impression once they are over"),
        ("corrected", "for the share of orders that has come by then, days of Europe/Berlin"),
    ],
)
def test_how_late_orders_count_is_told(
    tests: Tests, mug: NewTest, attribution: Attribution, said: str
) -> None:
    late = with_options(
        mug, metric="conversion_rate", attribution_days=7.0, attribution=attribution,
        timezone="Europe/Berlin",
    )  # fmt: skip
    draft = tests.create(late, who="merchant")
    assert said in " ".join(printed(lambda: show_test(draft, as_json=False)).split())


def test_before_anything_is_counted_no_image_leads(
    tests: Tests, mug: NewTest, pass_days: Callable[[float], None]
) -> None:
    test = started(tests, mug)
    pass_days(1)
    analysis = tests.results(test.id).analysis
    assert analysis is not None
    texts = [condition.text for condition in analysis.verdict.conditions]
    assert not any("leads" in text for text in texts)
    assert any(text.startswith("0 clicks on any image") for text in texts)


def test_guardrails_are_listed(tests: Tests, mug: NewTest) -> None:
    guards = (
        Guardrail(metric="conversion_rate", margin=0.02),
        Guardrail(metric="conversion_per_click", direction="lower"),
    )
    test = tests.create(with_options(mug, guardrails=guards), who="merchant")
    shown = " ".join(printed(lambda: show_test(test, as_json=False)).split())
    assert (
        "guards conversion rate: nothing is promoted unless it is 90% sure that it falls" in shown
    )
    assert "falls by 2% at most" in shown
    assert "rises by 5% at most" in shown


def test_the_status_for_programs_holds_the_verdict(
    tests: Tests, mug: NewTest, pass_days: Callable[[float], None]
) -> None:
    draft = tests.create(mug, who="merchant")
    before = status_json(tests.results(draft.id))
    assert (before["state"], before["verdict"], before["segment_verdicts"]) == ("draft", None, {})
    tests.start(draft.id, who="merchant")
    pass_days(1)
    now = status_json(tests.results(draft.id))
    assert (now["id"], now["state"]) == (draft.id, "running")
    assert now["verdict"]["kind"] == "keep_running"
    assert {one["name"] for one in now["verdict"]["conditions"]} >= {"min_days", "evidence"}
    assert now["watches"] == []
