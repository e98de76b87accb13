"""Webhooks over a real server: signed, tried again for hours, one id for one act."""

import itertools
from collections.abc import Callable, Iterator
from functools import partial

import pytest

from studio.db.engine import Engine, open_engine
from studio.db.tables import create_schema
from studio.services.deliveries import LEASE_S, PAUSES_S, Deliveries
from studio.services.errors import AddressRefused, WebhookInvalid, WebhookNotFound
from studio.services.outgoing import post
from studio.services.tests import NewTest, Tests
from studio.services.webhooks import KEPT_S, MOST_WEBHOOKS, Webhooks
from tests.studio.conftest import DAY_S, START_S, HandClock
from tests.studio.hooked import Ear, hearing

Made = Callable[..., Webhooks]

on_both = pytest.mark.parametrize("engine", ["sqlite", "postgresql"], indirect=True)
"""For what rests on what a database does: rows that are taken, settled, counted and deleted."""


@pytest.fixture
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    kind = getattr(request, "param", "sqlite")
    opened = open_engine(
        request.getfixturevalue("sqlite_url" if kind == "sqlite" else "postgres_url")
    )
    create_schema(opened)
    yield opened
    opened.dispose()


@pytest.fixture
def make(engine: Engine, clock: HandClock) -> Made:
    ids = itertools.count()

    def made(*, private: bool = True) -> Webhooks:
        sender = partial(post, private=private, timeout_s=5.0)
        deliveries = Deliveries(engine, clock=clock, post=sender, chance=lambda: 0.0)
        return Webhooks(
            engine,
            clock=clock,
            new_id=lambda: f"w{next(ids)}",
            deliveries=deliveries,
            private=private,
        )

    return made


@pytest.fixture
def webhooks(make: Made) -> Webhooks:
    return make()


@pytest.fixture
def ear() -> Iterator[Ear]:
    with hearing() as one:
        yield one


@on_both
def test_what_happens_in_a_test_is_told_signed_and_once(
    webhooks: Webhooks, tests: Tests, mug: NewTest, ear: Ear, clock: HandClock
) -> None:
    made = webhooks.add(ear.url)
    test = tests.create(mug, who="anna")
    tests.start(test.id, who="anna")
    clock.now_s += 5
    tests.promote(test.id, who="anna", variant="oak", reason="the fair is tomorrow")
    tests.rollback(test.id, who="ben", reason="the fair is over")
    assert webhooks.deliver() == 5
    assert webhooks.deliver() == 0
    assert sorted(one.data["type"] for one in ear.heard) == [
        "test.created", "test.ended", "test.promoted", "test.rolled_back", "test.started",
    ]  # fmt: skip
    assert all(one.is_signed_with(made.secret) for one in ear.heard)
    assert not any(one.is_signed_with("whsec_" + "A" * 32) for one in ear.heard)
    assert len({one.id for one in ear.heard}) == len(ear.heard)
    told = {one.data["type"]: one.data for one in ear.heard}
    promoted = told["test.promoted"]
    assert promoted["timestamp"] == "2025-06-15T15:06:45.000Z"
    data = promoted["data"]
    assert (data["test"], data["item"], data["state"]) == (test.id, "mug", "promoted")
    assert (data["variant"], data["who"], data["by_verdict"]) == ("oak", "anna", False)
    assert data["numbers"]["overall"]["variants"]["oak"]["impressions"] == 0
    assert told["test.rolled_back"]["data"]["reason"] == "the fair is over"


def test_only_what_was_asked_for_is_told(
    webhooks: Webhooks, tests: Tests, mug: NewTest, ear: Ear
) -> None:
    webhooks.add(ear.url, events=["test.ended", "test.promoted"])
    tests.start(tests.create(mug, who="anna").id, who="anna")
    tests.stop("t0", who="anna", reason="sold out")
    assert webhooks.deliver() == 1
    (heard,) = ear.heard
    assert (heard.data["type"], heard.data["data"]["state"]) == ("test.ended", "stopped")
    assert heard.data["data"]["reason"] == "sold out"


def test_an_act_that_fails_is_told_to_nobody(
    webhooks: Webhooks, tests: Tests, mug: NewTest, ear: Ear
) -> None:
    webhooks.add(ear.url, events=["test.promoted", "test.ended"])
    tests.start(tests.create(mug, who="anna").id, who="anna")
    with pytest.raises(Exception, match="reason"):
        tests.promote("t0", who="anna", variant="oak")
    assert webhooks.deliveries() == ()


@on_both
def test_a_server_that_fails_is_tried_again_under_the_same_id(
    webhooks: Webhooks, tests: Tests, mug: NewTest, ear: Ear, clock: HandClock
) -> None:
    made = webhooks.add(ear.url, events=["test.created"])
    ear.answers[:] = [500, 302, 429]
    tests.create(mug, who="anna")
    for pause_s in PAUSES_S[:3]:
        assert webhooks.deliver() == 0
        (waiting,) = webhooks.deliveries(state="waiting")
        assert waiting.not_before_s == clock.now_s + pause_s
        clock.now_s += pause_s - 1
        assert webhooks.deliver() == 0, "too early"
        clock.now_s += 1
    assert waiting.fault == "answered 429"
    assert webhooks.deliver() == 1
    assert [one.status for one in ear.heard] == [500, 302, 429, 204]
    assert len({one.id for one in ear.heard}) == 1
    assert len({one.at_s for one in ear.heard}) == 4, "each try says when it was made"
    assert all(one.is_signed_with(made.secret) for one in ear.heard)
    (done,) = webhooks.deliveries(webhook_id=made.webhook.id)
    assert (done.state, done.attempts, done.status, done.fault) == ("delivered", 4, 204, None)


@on_both
def test_what_is_never_heard_is_dead_and_can_be_begun_again(
    webhooks: Webhooks, tests: Tests, mug: NewTest, ear: Ear, clock: HandClock
) -> None:
    made = webhooks.add(ear.url, events=["test.created"])
    ear.answers[:] = [503] * (len(PAUSES_S) + 1)
    tests.create(mug, who="anna")
    for pause_s in (*PAUSES_S, 0.0):
        assert webhooks.deliver() == 0
        clock.now_s += pause_s
    (dead,) = webhooks.deliveries(state="dead")
    assert (dead.attempts, dead.status) == (8, 503)
    clock.now_s += DAY_S
    assert webhooks.deliver() == 0
    assert webhooks.backlog() == {"waiting": 0, "delivered": 0, "dead": 1}
    assert webhooks.undelivered() == {"waiting": 0, "dead": 1}
    assert webhooks.retry(made.webhook.id) == 1
    assert webhooks.deliver() == 1
    assert webhooks.backlog() == {"waiting": 0, "delivered": 1, "dead": 0}


def test_a_receiver_that_says_gone_is_not_asked_again(
    webhooks: Webhooks, tests: Tests, mug: NewTest, ear: Ear
) -> None:
    webhooks.add(ear.url, events=["test.created"])
    ear.answers[:] = [410]
    tests.create(mug, who="anna")
    webhooks.deliver()
    assert webhooks.backlog()["dead"] == 1


@on_both
def test_one_that_hears_nothing_holds_up_no_other(
    webhooks: Webhooks, tests: Tests, mug: NewTest, ear: Ear, clock: HandClock
) -> None:
    webhooks.add("http://127.0.0.1:1/nobody", events=["test.created", "test.started"])
    heard = webhooks.add(ear.url, events=["test.created", "test.started"]).webhook.id
    tests.start(tests.create(mug, who="anna").id, who="anna")
    assert webhooks.deliver() == 2
    waiting = webhooks.deliveries(state="waiting")
    # One was tried, the other was spared the same fate.
    assert sorted(one.attempts for one in waiting) == [0, 1]
    assert {one.webhook_id for one in webhooks.deliveries(state="delivered")} == {heard}
    tried = next(one for one in waiting if one.attempts)
    assert "ConnectionRefusedError" in str(tried.fault)


def test_a_notice_that_a_receiver_cannot_bear_keeps_no_other_from_it(
    webhooks: Webhooks, tests: Tests, mug: NewTest, ear: Ear, clock: HandClock
) -> None:
    webhooks.add(ear.url, events=["test.created", "test.started", "test.ended"])
    tests.start(tests.create(mug, who="anna").id, who="anna")
    tests.stop("t0", who="anna")
    waiting = webhooks.deliveries(state="waiting")
    poison = min(one.notice_id for one in waiting)  # the first that is tried
    ear.refused.add(poison)
    assert webhooks.deliver() == 0
    clock.now_s += PAUSES_S[0]
    assert webhooks.deliver() == 2
    (left,) = webhooks.deliveries(state="waiting")
    assert (left.notice_id, left.attempts) == (poison, 2)


@on_both
def test_a_try_that_was_killed_is_made_again_by_another_process_once_its_lease_is_over(
    make: Made, engine: Engine, tests: Tests, mug: NewTest, ear: Ear, clock: HandClock
) -> None:
    class Killed(BaseException):
        pass

    def killed(url: str, body: bytes, headers: object) -> int:
        raise Killed

    webhooks = make()
    webhooks.add(ear.url, events=["test.created"])
    tests.create(mug, who="anna")
    with pytest.raises(Killed):
        Deliveries(engine, clock=clock, post=killed, chance=lambda: 0.0).step()
    assert webhooks.deliver() == 0
    clock.now_s += LEASE_S
    assert webhooks.deliver() == 1


def test_deliveries_planned_by_a_clock_that_was_ahead_are_due(
    webhooks: Webhooks, tests: Tests, mug: NewTest, ear: Ear, clock: HandClock
) -> None:
    webhooks.add(ear.url, events=["test.created"])
    clock.now_s += 365 * DAY_S
    tests.create(mug, who="anna")
    clock.now_s -= 365 * DAY_S
    assert webhooks.deliver() == 1


@on_both
def test_a_removed_webhook_is_told_nothing_more(
    webhooks: Webhooks, tests: Tests, mug: NewTest, ear: Ear
) -> None:
    made = webhooks.add(ear.url)
    tests.create(mug, who="anna")
    assert webhooks.remove(made.webhook.id) == made.webhook
    tests.start("t0", who="anna")
    assert webhooks.deliver() == 0
    assert (ear.heard, webhooks.all()) == ([], ())
    assert webhooks.backlog()["dead"] == 1
    for act in (webhooks.remove, webhooks.test, webhooks.retry):
        with pytest.raises(WebhookNotFound):
            act(made.webhook.id)


def test_a_trial_is_signed_and_says_what_came_back(webhooks: Webhooks, ear: Ear) -> None:
    made = webhooks.add(ear.url, events=["test.promoted"])
    ear.answers[:] = [404]
    assert webhooks.test(made.webhook.id).fault == "answered 404"
    assert webhooks.test(made.webhook.id).fault is None
    assert [one.data["type"] for one in ear.heard] == ["webhook.test"] * 2
    assert all(one.is_signed_with(made.secret) for one in ear.heard)


@on_both
def test_what_was_settled_is_forgotten_after_a_month_and_what_waits_is_not(
    webhooks: Webhooks, tests: Tests, mug: NewTest, ear: Ear, clock: HandClock
) -> None:
    webhooks.add(ear.url, events=["test.created", "test.started"])
    tests.create(mug, who="anna")
    assert webhooks.deliver() == 1
    tests.start("t0", who="anna")
    clock.now_s = START_S + KEPT_S + 1
    assert webhooks.forget() == 1
    assert webhooks.forget() == 0
    assert [one.type for one in webhooks.deliveries()] == ["test.started"]
    assert webhooks.deliver() == 1


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://shop.example/hook", "https"),
        ("ftp://shop.example/", "full address"),
        ("https:///hook", "full address"),
        ("https://anna:secret@shop.example/", "no user or password"),
        ("https://shop.example:99999/", "ort"),
        ("https://shop.example/\nhost: x", "plain characters"),
        ("https://shop.example/" + "x" * 3000, "plain characters"),
    ],
)
def test_urls_that_nothing_is_sent_to_are_refused_at_once(make: Made, url: str, why: str) -> None:
    with pytest.raises(AddressRefused, match=why) as caught:
        make(private=False).add(url)
    assert "secret" not in str(caught.value)


def test_private_hosts_are_refused_when_it_is_sent(make: Made) -> None:
    webhooks = make(private=False)
    for host in ("127.0.0.1", "localhost", "[::1]", "169.254.169.254", "10.1.2.3", "0.0.0.0"):
        made = webhooks.add(f"https://{host}/hook")
        assert "not a public address" in str(webhooks.test(made.webhook.id).fault)


def test_unknown_events_and_too_many_webhooks_are_refused(webhooks: Webhooks) -> None:
    with pytest.raises(WebhookInvalid, match=r"test\.promoted"):
        webhooks.add("http://127.0.0.1/", events=["test.exploded"])
    with pytest.raises(WebhookInvalid, match="dead"):
        webhooks.deliveries(state="lost")
    with pytest.raises(WebhookNotFound):
        webhooks.deliveries(webhook_id="w99")
    for _ in range(MOST_WEBHOOKS):
        webhooks.add("http://127.0.0.1/")
    with pytest.raises(WebhookInvalid, match="50"):
        webhooks.add("http://127.0.0.1/")
