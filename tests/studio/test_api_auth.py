import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeAlias

import httpx
import pytest
from sqlalchemy.exc import OperationalError
from starlette.requests import Request

from studio.api.errors import Unauthenticated
from studio.api.gate import FRESH_S, LOCAL, Gate
from studio.db.engine import DatabaseFault
from studio.services.experiment_errors import KeyRefused, RateExceeded, ScopeMissing
from studio.services.keys import SCOPES, Keys
from tests.studio.serving import Served, make_services, photo, serving

Call: TypeAlias = tuple[str, str, dict[str, Any] | None]

DECIDE: Call = ("POST", "/v1/decide", {"items": []})
FLAG: Call = ("POST", "/ofrep/v1/evaluate/flags/mug", {})
SNAPSHOT: Call = ("GET", "/v1/snapshot", None)
EVENTS: Call = ("POST", "/v1/events", {"events": []})
MANAGE: list[Call] = [
    ("GET", "/v1/tests", None),
    ("POST", "/v1/tests", {}),
    ("GET", "/v1/tests/t", None),
    ("GET", "/v1/tests/t/results", None),
    ("GET", "/v1/tests/t/audit", None),
    ("POST", "/v1/tests/t/start", None),
    ("POST", "/v1/tests/t/stop", None),
    ("POST", "/v1/tests/t/promote", None),
    ("POST", "/v1/tests/t/rollback", {"reason": "x"}),
    ("POST", "/v1/tests/t/variants/a/drop", None),
    ("GET", "/v1/batches", None),
    ("POST", "/v1/batches", {}),
    ("GET", "/v1/batches/b", None),
    ("GET", "/v1/batches/b/stream", None),
    ("POST", "/v1/batches/b/cancel", None),
    ("POST", "/v1/batches/b/resume", None),
    ("POST", "/v1/assets", None),
    ("GET", "/v1/assets/d/lineage", None),
    ("GET", "/metrics", None),
]
ALL = [DECIDE, FLAG, SNAPSHOT, EVENTS, *MANAGE]
PUBLIC = [DECIDE, FLAG, EVENTS]


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Served, dict[str, str]]]:
    """A server that others can reach, with a key of each scope."""
    with serving(tmp_path_factory.mktemp("home"), loopback=False) as server:
        keys = server.services.keys
        made = {scope: keys.create(name=scope, scopes=(scope,)).secret for scope in SCOPES}
        yield server, made


def ask(client: httpx.Client, call: Any, secret: str | None) -> httpx.Response:
    method, path, body = call
    headers = {} if secret is None else {"Authorization": f"Bearer {secret}"}
    return client.request(method, path, json=body, headers=headers)


@pytest.mark.parametrize("call", ALL, ids=lambda call: f"{call[0]} {call[1]}")
def test_every_call_needs_a_key(guarded: tuple[Served, dict[str, str]], call: Any) -> None:
    server, _ = guarded
    answer = ask(server.client, call, None)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == 'Bearer realm="packshot"'
    assert "Authorization: Bearer KEY" in answer.json()["detail"]
    assert ask(server.client, call, "packshot_k1_guessed").status_code == 401


@pytest.mark.parametrize("call", ALL, ids=lambda call: f"{call[0]} {call[1]}")
@pytest.mark.parametrize("scope", SCOPES)
def test_a_key_opens_its_scope_and_no_other(
    guarded: tuple[Served, dict[str, str]], call: Any, scope: str
) -> None:
    server, secrets = guarded
    scopes = {DECIDE[1]: "decide", FLAG[1]: "decide", SNAPSHOT[1]: "decide", EVENTS[1]: "events"}
    needed = scopes.get(call[1], "manage")
    opens = call in PUBLIC if scope == "public" else scope == needed
    answer = ask(server.client, call, secrets[scope])
    assert (answer.status_code == 403) == (not opens)
    assert answer.status_code != 401
    if not opens:
        assert answer.json()["type"] == "urn:packshot:problem:scope-missing"
        assert f"--scope {needed}" in answer.json()["detail"]
        assert answer.json()["scopes"] == [scope]


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/openapi.json", "/docs"])
def test_operators_and_readers_need_no_key(
    guarded: tuple[Served, dict[str, str]], path: str
) -> None:
    assert guarded[0].client.get(path).status_code == 200


def test_shoppers_see_images_without_a_key(guarded: tuple[Served, dict[str, str]]) -> None:
    server, secrets = guarded
    headers = {"Authorization": f"Bearer {secrets['manage']}"}
    sent = server.client.post("/v1/assets", files={"file": ("a", photo())}, headers=headers)
    assert server.client.get(sent.json()["url"]).status_code == 200


def test_the_audit_trail_names_the_key(guarded: tuple[Served, dict[str, str]]) -> None:
    server, secrets = guarded
    headers = {"Authorization": f"Bearer {secrets['manage']}"}
    variants = [{"name": "a", "image": "a"}, {"name": "b", "image": "b"}]
    made = server.client.post(
        "/v1/tests", json={"item": "mug", "variants": variants}, headers=headers
    )
    audit = server.client.get(f"/v1/tests/{made.json()['id']}/audit", headers=headers).json()
    assert audit[0]["who"].endswith("(manage)")
    assert secrets["manage"] not in str(audit)


@pytest.mark.parametrize("value", ["Basic abc", "Bearer", "nonsense", "Bearer \xff"])
def test_odd_headers_open_nothing(guarded: tuple[Served, dict[str, str]], value: str) -> None:
    headers = {b"Authorization": value.encode("latin-1")}
    assert guarded[0].client.get("/v1/tests", headers=headers).status_code == 401


class TestOpen:
    """A server on loopback with no key in force."""

    def test_runs_open_for_its_own_machine(self, tmp_path: Path) -> None:
        with serving(tmp_path) as server:
            assert server.client.get("/v1/tests").status_code == 200
            local = {"Origin": "http://localhost:3000"}
            assert server.client.get("/v1/tests", headers=local).status_code == 200

    @pytest.mark.parametrize(
        "headers",
        [
            {"Origin": "https://evil.example"},
            {"Origin": "null"},
            {"Host": "evil.example"},
            {"Host": "evil.example:8000"},
        ],
    )
    def test_refuses_pages_of_other_sites(self, tmp_path: Path, headers: dict[str, str]) -> None:
        with serving(tmp_path) as server:
            answer = server.client.post("/v1/tests", json={}, headers=headers)
            assert answer.status_code == 403
            assert answer.json()["type"] == "urn:packshot:problem:foreign-origin"
            assert "packshot keys create" in answer.json()["detail"]


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


def test_too_many_requests_are_told_when_to_come_again(tmp_path: Path) -> None:
    with serving(tmp_path, loopback=False) as server:
        made = server.services.keys.create(name="feed", scopes=("decide",), per_s=0.01)
        asked = [ask(server.client, DECIDE, made.secret) for _ in range(2)]
        assert [answer.status_code for answer in asked] == [200, 429]
        assert 90 <= int(asked[1].headers["retry-after"]) <= 100
        assert asked[1].json()["type"] == "urn:packshot:problem:rate-exceeded"
        assert "--rate" in asked[1].json()["detail"]


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
