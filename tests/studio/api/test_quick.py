"""Decisions in front of the framework: what is answered there, and that it is the same answer."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from studio.api.deciding import FAILURES, SafeFeed
from studio.api.gate import Gate
from studio.api.metrics import Metrics
from studio.api.quick import QuickDecide
from tests.studio.api.test_feed import JSON
from tests.studio.serving import Served, engine_of, make_services, serving, start_mug_test

HOST = (b"host", b"127.0.0.1:8080")
KIND = (b"content-type", b"application/json")
ASKED = b'{"unit":"s","items":["mug"]}'


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("home")) as server:
        start_mug_test(server)
        yield server


class Front:
    """The quick path in front of an application that only notes what reaches it."""

    def __init__(self, folder: Path) -> None:
        self.services = make_services(folder)
        self.metrics = Metrics()
        self.gate = Gate(self.services.keys, loopback=True)
        feed = SafeFeed(self.services.feed, metrics=self.metrics)
        self.app = QuickDecide(
            self._inner, feed=feed, gate=self.gate, metrics=self.metrics, limit_bytes=1000
        )
        self.passed_on: list[bytes] = []
        self.scope: dict[str, Any] = {}

    def ask(self, *pieces: bytes, **changes: Any) -> tuple[int, bytes]:
        """Status and body; status 0 where nothing was sent, 404 what the inner one answers."""
        return asyncio.run(self._ask(pieces, **changes))

    async def _ask(self, pieces: tuple[bytes, ...], **changes: Any) -> tuple[int, bytes]:
        await self.gate._ask_guarded()
        length = (b"content-length", b"%d" % sum(map(len, pieces)))
        scope = {
            "type": "http",
            "method": "POST",
            "path": "/v1/decide",
            "headers": [HOST, KIND, length],
            **changes,
        }
        messages: list[Any] = [
            {"type": "http.request", "body": piece, "more_body": number < len(pieces)}
            for number, piece in enumerate(pieces, start=1)
        ]
        messages.append({"type": "http.disconnect"})
        sent: list[Any] = []

        async def receive() -> Any:
            return messages.pop(0)

        async def send(message: Any) -> None:
            sent.append(message)

        await self.app(scope, receive, send)
        self.sent = sent
        return (sent[0]["status"], sent[1]["body"]) if sent else (0, b"")

    async def _inner(self, scope: Any, receive: Any, send: Any) -> None:
        self.scope = scope
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        self.passed_on.append(body)
        await send({"type": "http.response.start", "status": 404, "headers": []})
        await send({"type": "http.response.body", "body": b""})


@pytest.fixture
def front(tmp_path: Path) -> Iterator[Front]:
    made = Front(tmp_path)
    yield made
    engine_of(made.services).dispose()


def headers(*more: tuple[bytes, bytes]) -> list[tuple[bytes, bytes]]:
    return [HOST, KIND, (b"content-length", b"%d" % len(ASKED)), *more]


def test_plain_requests_are_answered_in_front(front: Front) -> None:
    status, body = front.ask(ASKED)
    assert (status, front.passed_on) == (200, [])
    (decision,) = json.loads(body)["decisions"]
    assert (decision["item"], decision["reason"]) == ("mug", "unknown_item")
    told = dict(front.sent[0]["headers"])
    assert told[b"content-length"] == b"%d" % len(body)
    assert told[b"content-type"] == b"application/json"
    front.ask(ASKED[:7], ASKED[7:20], ASKED[20:])
    assert front.passed_on == []
    labels = {"method": "POST", "route": "/v1/decide"}
    assert front.metrics.get("packshot_http_requests_total", status="200", **labels) == 2
    assert front.metrics.get("packshot_http_requests_total", status="200", **labels) == 2
    assert front.metrics.get("packshot_http_request_seconds_sum", **labels) > 0


@pytest.mark.parametrize(
    "changes",
    [
        {"path": "/v1/decide/"},
        {"method": "PUT"},
        {"headers": headers((b"origin", b"https://shop.example"))},
        {"headers": [*headers()[1:], (b"host", b"shop.example")]},
        {"headers": [HOST, KIND]},
        {"headers": [HOST, KIND, (b"content-length", b"1001")]},
        {"headers": [HOST, (b"content-type", b"text/plain"), headers()[2]]},
        {"headers": [HOST, (b"content-type", b"application/jsonp"), headers()[2]]},
    ],
)
def test_what_is_not_plain_is_handed_on_as_it_came(front: Front, changes: Any) -> None:
    assert front.ask(ASKED, **changes)[0] == 404
    assert front.passed_on == [ASKED]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"{}",
        b'{"items":"mug"}',
        b'{"items":null}',
        b'{"items":["\\ud800"]}',
        b'{"items":["mug"],"attributes":{"age":NaN}}',
        b'{"items":["\xff"]}',
        b'{"items":[' + b",".join([b"1"] * 201) + b"]}",
    ],
)
def test_bodies_that_the_route_must_look_at_are_handed_on_whole(front: Front, body: bytes) -> None:
    assert front.ask(body[:3], body[3:])[0] == 404
    assert front.passed_on == [body]


def test_a_client_that_goes_away_gets_nothing(front: Front) -> None:
    async def gone() -> tuple[int, bytes]:
        return await front._ask((), headers=headers())

    assert asyncio.run(gone()) == (0, b"")
    assert front.passed_on == []


def test_a_request_keeps_a_plain_id_and_gets_one_else(front: Front) -> None:
    front.ask(ASKED, headers=headers((b"x-request-id", b"shop-81.a")))
    assert dict(front.sent[0]["headers"])[b"x-request-id"] == b"shop-81.a"
    made = set()
    for odd in (b"a b", b"a\r\nb", b"x" * 65):
        front.ask(ASKED, headers=headers((b"x-request-id", odd)))
        made.add(dict(front.sent[0]["headers"])[b"x-request-id"])
    assert len(made) == 3
    assert all(len(one) == 16 for one in made)


def test_a_defect_inside_is_default_images_a_counter_and_one_line(
    front: Front, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_args: object, **_options: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(front.services.feed, "answer", broken)
    for _ in range(3):
        status, body = front.ask(b'{"unit":"s","items":["mug",5]}')
        assert status == 200
        told = json.loads(body)["decisions"]
        assert [(one["item"], one["reason"]) for one in told] == [
            ("mug", "default"),
            ("int", "default"),
        ]
    assert front.metrics.get(FAILURES) == 3


def test_what_is_handed_on_has_cost_its_key_nothing(
    front: Front, monkeypatch: pytest.MonkeyPatch
) -> None:
    let_in: list[str] = []

    def knows(_headers: object, scope: str) -> bool:
        let_in.append(scope)
        return True

    monkeypatch.setattr(front.gate, "knows", knows)
    for body in (b"{", b'{"items":[' + b"1," * 200 + b"1]}"):
        assert front.ask(body)[0] == 404
    front.ask(ASKED, headers=[HOST, KIND])  # of an unknown length, so not plain
    assert let_in == []
    assert front.ask(ASKED)[0] == 200
    assert let_in == ["decide"]


def both(client: httpx.Client, text: str) -> tuple[httpx.Response, httpx.Response]:
    """The answer in front of the framework, and the described route's to a body in pieces."""
    kind = {"Content-Type": "application/json"}
    quick = client.post("/v1/decide", content=text, headers=kind)
    pieces = iter([text[:5].encode(), text[5:].encode()])
    return quick, client.post("/v1/decide", content=pieces, headers=kind)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(unit=JSON, attributes=JSON, items=st.lists(JSON, max_size=5), placement=JSON)
def test_both_ways_answer_the_same(
    served: Served, unit: Any, attributes: Any, items: list[Any], placement: Any
) -> None:
    asked = {"unit": unit, "attributes": attributes, "items": [*items, "mug"]}
    quick, described = both(served.client, json.dumps({**asked, "placement": placement}))
    assert quick.status_code == described.status_code == 200
    assert quick.content == described.content


@pytest.mark.parametrize(
    "text", ["{", "[]", "{}", '{"items": 5}', '{"items": [1, 2,]}', "\ufeff{}"]
)
def test_both_ways_refuse_the_same(served: Served, text: str) -> None:
    quick, described = both(served.client, text)
    assert quick.status_code == described.status_code == 422
    told, again = quick.json(), described.json()
    assert told.pop("request_id") != again.pop("request_id")
    assert told == again
