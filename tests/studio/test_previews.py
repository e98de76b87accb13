import json
import stat
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.db.engine import Engine
from studio.db.records import TestRecord
from studio.services.errors import VariantNotFound
from studio.services.feed import Feed
from studio.services.image_links import public_path
from studio.services.previews import MAX_TOKENS, Previews, local_secret
from studio.services.tests import NewTest, Tests
from tests.studio.commanding import Commands

Clock = Callable[[], float]
PassDays = Callable[[float], None]
HOUR_S = 3600.0


def previews(clock: Clock, secret: bytes = b"s" * 32) -> Previews:
    return Previews(lambda: secret, clock=clock, image_url=public_path)


@pytest.fixture
def draft(tests: Tests, mug: NewTest) -> TestRecord:
    return tests.create(mug, who="anna")


@pytest.fixture
def previewing(engine: Engine, clock: Clock, tmp_path: Path) -> Feed:
    return Feed(engine, clock=clock, file=tmp_path / "s.json", previews=previews(clock))


def test_a_token_shows_its_variant_until_it_expires(
    previewing: Feed, draft: TestRecord, tests: Tests, clock: Clock, pass_days: PassDays
) -> None:
    token = previews(clock).token(draft, "oak", valid_s=HOUR_S)
    # Of a draft, which no snapshot has.
    decided = previewing.decide("u", {}, ["mug", "hat"], forced=token).decisions
    assert [(d.variant, d.image, d.test, d.reason, d.propensity) for d in decided] == [
        ("oak", "oak.webp", draft.id, "forced", None),
        (None, None, None, "unknown_item", 1.0),
    ]
    tests.start(draft.id, who="anna")
    previewing.refresh()
    shown = {
        previewing.decide(f"u{n}", {}, ["mug"], forced=token).decisions[0].variant
        for n in range(50)
    }
    assert shown == {"oak"}
    said = json.loads(previewing.answer("u", {}, ["mug"], forced=[token]))["decisions"][0]
    assert (said["reason"], said["propensity"]) == ("forced", None)
    assert previewing.reasons["forced"] == 52
    pass_days(0.05)
    assert previewing.decide("u", {}, ["mug"], forced=token).decisions[0].reason == "test"


def test_nobody_else_can_sign(previewing: Feed, draft: TestRecord, clock: Clock) -> None:
    good = previews(clock).token(draft, "oak", valid_s=HOUR_S)
    content, signature = good.split(".")
    other = previews(clock).token(draft, "white", valid_s=HOUR_S)
    forged = [
        previews(clock, b"x" * 32).token(draft, "oak", valid_s=HOUR_S),
        f"{other.split('.')[0]}.{signature}",
        f"{content}.",
        content,
        f"{good}.x",
        good[:-2],
        good + "é",
        "x" * 100_000,
        {},
        [[good]],
        7,
    ]
    for token in forged:
        decision = previewing.decide("u", {}, ["mug"], forced=token).decisions[0]
        assert decision.reason == "unknown_item", token


@given(st.text(max_size=30) | st.lists(st.text(max_size=5), max_size=3))
def test_any_text_is_read_without_trouble(text: object) -> None:
    assert previews(lambda: 0.0).shown(text) == {}


def test_several_tokens_show_several_items(
    tests: Tests, mug: NewTest, draft: TestRecord, clock: Clock
) -> None:
    cup = tests.create(replace(mug, item="cup"), who="anna")
    signer = previews(clock)
    tokens = [signer.token(test, "marble", valid_s=HOUR_S) for test in (draft, cup)]
    assert set(signer.shown(tokens)) == {"mug", "cup"}
    assert set(signer.shown(["x"] * MAX_TOKENS + tokens)) == set()


def test_a_variant_that_is_none_is_refused(draft: TestRecord, clock: Clock) -> None:
    with pytest.raises(VariantNotFound):
        previews(clock).token(draft, "gold", valid_s=HOUR_S)


def test_the_secret_is_made_once_and_for_its_owner(tmp_path: Path) -> None:
    path = tmp_path / "home" / "preview.key"
    secret = local_secret(path)
    assert len(secret) == 32
    assert local_secret(path) == secret
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [each.name for each in path.parent.iterdir()] == ["preview.key"]
    path.write_bytes(b"")
    with pytest.raises(OSError, match="damaged"):
        local_secret(path)


def test_the_command_makes_a_token_that_the_feed_takes(packshot: Commands) -> None:
    images = ("--variant", "a=https://x.test/a", "--variant", "b=https://x.test/b")
    created = packshot("test", "create", "mug", *images, "--json").data
    told = packshot("test", "preview", created["id"], "b", "--hours", "2", "--json").data
    assert (told["item"], told["variant"], told["test"]) == ("mug", "b", created["id"])
    feed = packshot.shell().feed
    decision = feed.decide("u", {}, ["mug"], forced=told["token"]).decisions[0]
    assert (decision.variant, decision.image) == ("b", "https://x.test/b")
    said = packshot("test", "preview", created["id"], "b")
    assert (said.code, "b of mug" in said.out) == (0, True)
    assert "gold" in packshot("test", "preview", created["id"], "gold").error
