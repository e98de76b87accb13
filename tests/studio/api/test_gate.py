"""What is remembered of keys, and what stands while the database is away."""

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError
from starlette.requests import Request

from studio.api.errors import Unauthenticated
from studio.api.gate import FRESH_S, LOCAL, Gate
from studio.db.engine import DatabaseFault
from studio.services.errors import KeyRefused, RateExceeded, ScopeMissing
from studio.services.keys import Keys
from tests.studio.serving import make_services


class Elsewhere:
    """A clock, and keys that count how often the database is asked."""

    def __init__(self, keys: Keys) -> None:
        self.now_s = 0.0
        self.asked = 0
        self.away = False
        self._keys = keys

    def __call__(self) -> float:
        return self.now_s

    def any_in_force(self) -> bool:
        self._ask()
        return self._keys.any_in_force()

    def authenticate(self, secret: str) -> Any:
        self._ask()
        return self._keys.authenticate(secret)

    def _ask(self) -> None:
        self.asked += 1
        if self.away:
            raise OperationalError("SELECT", {}, Exception("gone"))


@pytest.fixture
def keys(tmp_path: Path) -> Iterator[Keys]:
    services = make_services(tmp_path)
    yield services.keys
    services.keys._engine.dispose()


def enter(gate: Gate, secret: str | None, scope: Any = "decide") -> str:
    request = Request({"type": "http", "headers": [(b"host", b"localhost:8000")]})
    return asyncio.run(gate.admit(request, secret, scope))


def test_the_database_is_not_asked_each_time(keys: Keys) -> None:
    secret = keys.create(name="feed", scopes=("decide",)).secret
    elsewhere = Elsewhere(keys)
    gate = Gate(elsewhere, loopback=False, clock=elsewhere)  # type: ignore[arg-type]
    assert [enter(gate, secret) for _ in range(5)] == ["key k1 (feed)"] * 5
    assert elsewhere.asked == 1
    for _ in range(5):
        with pytest.raises(KeyRefused):
            enter(gate, "packshot_k1_guessed")
    assert elsewhere.asked == 2


def test_a_revoked_key_ends_soon(keys: Keys) -> None:
    made = keys.create(name="feed", scopes=("decide",))
    elsewhere = Elsewhere(keys)
    gate = Gate(elsewhere, loopback=False, clock=elsewhere)  # type: ignore[arg-type]
    enter(gate, made.secret)
    keys.revoke(made.key.id)
    elsewhere.now_s += FRESH_S + 0.1
    with pytest.raises(KeyRefused):
        enter(gate, made.secret)


def test_an_open_server_closes_when_a_key_is_made(keys: Keys) -> None:
    elsewhere = Elsewhere(keys)
    gate = Gate(elsewhere, loopback=True, clock=elsewhere)  # type: ignore[arg-type]
    assert enter(gate, None, "manage") == LOCAL
    keys.create(name="feed", scopes=("decide",))
    elsewhere.now_s += FRESH_S + 0.1
    with pytest.raises(Unauthenticated):
        enter(gate, None, "manage")


def test_without_the_database_what_was_known_stands(keys: Keys) -> None:
    secret = keys.create(name="feed", scopes=("decide", "events")).secret
    elsewhere = Elsewhere(keys)
    gate = Gate(elsewhere, loopback=False, clock=elsewhere)  # type: ignore[arg-type]
    enter(gate, secret)
    elsewhere.away = True
    elsewhere.now_s += 1000.0
    assert enter(gate, secret, "events") == "key k1 (feed)"
    with pytest.raises(ScopeMissing):
        enter(gate, secret, "manage")


@pytest.mark.parametrize("loopback", [True, False])
def test_nobody_waits_for_a_database_that_was_away_a_moment_ago(
    keys: Keys, *, loopback: bool
) -> None:
    """It is asked beside the requests of the feed, once in `FRESH_S`, until it answers."""
    secret = keys.create(name="feed", scopes=("events",)).secret
    elsewhere = Elsewhere(keys)
    gate = Gate(elsewhere, loopback=loopback, away=True, clock=elsewhere)  # type: ignore[arg-type]
    headers = [(b"host", b"localhost")]
    request = Request({"type": "http", "headers": headers})

    async def ask() -> None:
        assert await gate.admit(request, secret, "decide") == "unverified"
        assert await gate.admit(request, secret, "decide") == "unverified"
        assert elsewhere.asked == 0, "the loop has not turned: nobody has waited"
        assert len(gate._asking) == 1
        elsewhere.away = True
        await asyncio.gather(*gate._asking.values(), return_exceptions=True)
        assert elsewhere.asked == 1
        elsewhere.now_s += FRESH_S * 0.75
        assert await gate.admit(request, secret, "decide") == "unverified"
        elsewhere.away = False
        await asyncio.gather(*gate._asking.values(), return_exceptions=True)
        elsewhere.now_s += FRESH_S
        with pytest.raises(ScopeMissing):
            await gate.admit(request, secret, "decide")

    asyncio.run(ask())


@pytest.mark.parametrize("loopback", [True, False])
def test_what_is_old_is_good_enough_for_the_feed_while_the_database_is_away(
    keys: Keys, *, loopback: bool
) -> None:
    """Only the first to find it away has waited, and who sends events, whom that hurts less."""
    keys.create(name="other", scopes=("manage",))
    secret = keys.create(name="feed", scopes=("decide", "events")).secret
    elsewhere = Elsewhere(keys)
    gate = Gate(elsewhere, loopback=loopback, clock=elsewhere)  # type: ignore[arg-type]
    request = Request({"type": "http", "headers": [(b"host", b"localhost")]})

    async def ask() -> None:
        assert await gate.admit(request, secret, "decide") == "key k2 (feed)"
        elsewhere.away = True
        elsewhere.now_s += 1000.0
        assert await gate.admit(request, secret, "decide") == "key k2 (feed)"
        await asyncio.gather(*gate._asking.values())
        for _ in range(3):
            elsewhere.now_s += 1000.0
            asked = elsewhere.asked
            assert await gate.admit(request, secret, "decide") == "key k2 (feed)"
            assert elsewhere.asked == asked, "the loop has not turned: nobody has waited"
            await asyncio.gather(*gate._asking.values())
            assert elsewhere.asked > asked
        elsewhere.now_s += 1000.0
        asked = elsewhere.asked
        assert await gate.admit(request, secret, "events") == "key k2 (feed)"
        assert elsewhere.asked > asked
        elsewhere.away = False
        keys.revoke("k2")
        elsewhere.now_s += 1000.0
        assert await gate.admit(request, secret, "decide") == "key k2 (feed)"
        await asyncio.gather(*gate._asking.values())
        elsewhere.now_s += FRESH_S
        with pytest.raises(KeyRefused):
            await gate.admit(request, secret, "events")

    asyncio.run(ask())


def test_without_the_database_only_the_feed_lets_strangers_in(keys: Keys) -> None:
    elsewhere = Elsewhere(keys)
    elsewhere.away = True
    gate = Gate(elsewhere, loopback=False, clock=elsewhere)  # type: ignore[arg-type]
    assert enter(gate, "packshot_k1_never_seen") == "unverified"
    for scope in ("events", "manage"):
        with pytest.raises(DatabaseFault):
            enter(gate, "packshot_k1_never_seen", scope)
    with pytest.raises(Unauthenticated):
        enter(gate, None)


def test_a_key_is_held_to_its_rate_and_to_no_other(keys: Keys) -> None:
    slow = keys.create(name="slow", scopes=("decide",), per_s=2.0).secret
    free = keys.create(name="free", scopes=("decide",)).secret
    elsewhere = Elsewhere(keys)
    gate = Gate(elsewhere, loopback=False, clock=elsewhere)  # type: ignore[arg-type]
    assert [enter(gate, slow) for _ in range(2)] == ["key k1 (slow)"] * 2
    with pytest.raises(RateExceeded) as caught:
        enter(gate, slow)
    assert caught.value.retry_after_s == pytest.approx(0.5)
    headers = {b"authorization": b"Bearer " + slow.encode()}
    assert not gate.knows(headers, "decide")
    assert enter(gate, free) == "key k2 (free)"
    elsewhere.now_s += 0.5
    assert gate.knows(headers, "decide")
    assert not gate.knows(headers, "decide")


class TestKnows:
    """What passes without a question to the database."""

    @staticmethod
    def asking(gate: Gate, secret: str, times: int, elsewhere: Elsewhere, step_s: float) -> int:
        """How many of so many requests, a step apart, pass at once; the others knock."""

        async def ask() -> int:
            passed = 0
            headers = {b"host": b"localhost", b"authorization": b"Bearer " + secret.encode()}
            for _ in range(times):
                passed += gate.knows(headers, "decide")
                await asyncio.gather(*gate._asking.values())
                elsewhere.now_s += step_s
            return passed

        return asyncio.run(ask())

    def test_a_key_in_use_never_waits(self, keys: Keys) -> None:
        secret = keys.create(name="feed", scopes=("decide",)).secret
        elsewhere = Elsewhere(keys)
        gate = Gate(elsewhere, loopback=False, clock=elsewhere)  # type: ignore[arg-type]
        assert self.asking(gate, secret, 3, elsewhere, 0.1) == 0
        enter(gate, secret)
        assert self.asking(gate, secret, 100, elsewhere, 0.1) == 100
        assert elsewhere.asked < 15

    def test_a_revoked_key_in_use_ends_soon(self, keys: Keys) -> None:
        made = keys.create(name="feed", scopes=("decide",))
        elsewhere = Elsewhere(keys)
        gate = Gate(elsewhere, loopback=False, clock=elsewhere)  # type: ignore[arg-type]
        enter(gate, made.secret)
        keys.revoke(made.key.id)
        passed = self.asking(gate, made.secret, 100, elsewhere, 0.1)
        assert 0 < passed <= FRESH_S / 0.1

    def test_a_key_in_use_stands_while_the_database_is_away(self, keys: Keys) -> None:
        secret = keys.create(name="feed", scopes=("decide",)).secret
        elsewhere = Elsewhere(keys)
        gate = Gate(elsewhere, loopback=False, clock=elsewhere)  # type: ignore[arg-type]
        enter(gate, secret)
        elsewhere.away = True
        assert self.asking(gate, secret, 100, elsewhere, 0.5) == 100

    def test_a_key_in_use_stands_while_the_database_hangs(self, keys: Keys) -> None:
        """A question that was asked in time and is not answered yet keeps nobody waiting."""
        secret = keys.create(name="feed", scopes=("decide",)).secret
        elsewhere = Elsewhere(keys)
        gate = Gate(elsewhere, loopback=True, clock=elsewhere)  # type: ignore[arg-type]
        enter(gate, secret)
        own = {b"host": b"localhost", b"authorization": b"Bearer " + secret.encode()}

        async def ask() -> list[bool]:
            passed = []
            for step_s in (FRESH_S * 0.75, FRESH_S * 0.75):
                elsewhere.now_s += step_s  # the loop does not turn: no answer can come
                passed.append(gate.knows(own, "decide"))
            await asyncio.gather(*gate._asking.values())
            elsewhere.now_s += FRESH_S + 0.1
            return [*passed, gate.knows(own, "decide")]

        assert asyncio.run(ask()) == [True, True, False]

    def test_other_scopes_and_odd_headers_knock(self, keys: Keys) -> None:
        secret = keys.create(name="feed", scopes=("decide",)).secret
        gate = Gate(keys, loopback=False)
        enter(gate, secret)
        good = {b"authorization": b"Bearer " + secret.encode()}
        assert gate.knows(good, "decide")
        assert not gate.knows(good, "manage")
        for value in (b"", b"Basic " + secret.encode(), b"Bearer", secret.encode(), b"Bearer \xff"):
            assert not gate.knows({b"authorization": value}, "decide"), value

    def test_an_open_server_knows_its_own_machine(self, keys: Keys) -> None:
        elsewhere = Elsewhere(keys)
        gate = Gate(elsewhere, loopback=True, clock=elsewhere)  # type: ignore[arg-type]
        own = {b"host": b"localhost:8080"}
        assert not gate.knows(own, "decide")
        enter(gate, None, "manage")
        assert gate.knows(own, "decide")
        assert not gate.knows({b"host": b"evil.example"}, "decide")
        assert not gate.knows({b"host": b"[::"}, "decide")
        assert not gate.knows({**own, b"origin": b"https://evil.example"}, "decide")
        keys.create(name="feed", scopes=("decide",))
        elsewhere.now_s += FRESH_S + 0.1
        assert not gate.knows(own, "decide")


def test_a_database_that_does_not_answer_counts_as_away(
    keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("studio.api.gate.PATIENCE_S", 0.01)
    secret = keys.create(name="feed", scopes=("decide", "events")).secret
    answered = threading.Event()

    def hang(_secret: str) -> Any:
        answered.wait(30)

    gate = Gate(keys, loopback=False)
    monkeypatch.setattr(keys, "authenticate", hang)

    async def ask() -> None:
        request = Request({"type": "http", "headers": []})
        assert await gate.admit(request, secret, "decide") == "unverified"
        with pytest.raises(DatabaseFault):
            await gate.admit(request, secret, "events")
        answered.set()

    asyncio.run(ask())
