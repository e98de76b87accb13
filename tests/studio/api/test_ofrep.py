"""OpenFeature's own SDK and provider against a running server, and what they do not ask."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from openfeature import api
from openfeature.client import OpenFeatureClient
from openfeature.contrib.provider.ofrep import OFREPProvider
from openfeature.evaluation_context import EvaluationContext
from openfeature.exception import ErrorCode
from openfeature.flag_evaluation import Reason

from studio.api.deciding import FAILURES
from tests.studio.api.test_feed import JSON
from tests.studio.serving import Served, serving

BULK = "/ofrep/v1/evaluate/flags"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("home")) as server:
        for item, segments in [
            ("mug", [{"name": "adults", "rule": {"age": {"$gte": 18}}}]),
            ("home/shoe", []),
        ]:
            body = {
                "item": item,
                "variants": [{"name": "a", "image": "a.webp"}, {"name": "b", "image": "b.webp"}],
                "segments": segments,
            }
            test = server.client.post("/v1/tests", json=body).json()["id"]
            server.client.post(f"/v1/tests/{test}/start")
        draft = {
            "item": "lamp",
            "variants": [{"name": "a", "image": "l.webp"}, {"name": "b", "image": "m.webp"}],
        }
        server.client.post("/v1/tests", json=draft)
        server.services.feed.refresh()
        yield server


@pytest.fixture
def client(served: Served) -> Iterator[OpenFeatureClient]:
    provider = OFREPProvider(served.url)
    api.set_provider(provider)
    yield api.get_client()
    provider.session.close()
    api.clear_providers()


def bulk(served: Served, context: Any, etag: str = "") -> httpx.Response:
    headers = {"If-None-Match": etag} if etag else {}
    return served.client.post(BULK, json={"context": context}, headers=headers)


@pytest.mark.parametrize("item", ["mug", "home/shoe"])
def test_the_sdk_gets_what_the_feed_decides(
    served: Served, client: OpenFeatureClient, item: str
) -> None:
    for unit in ("s-1", "s-2", "s-3"):
        context = EvaluationContext(targeting_key=unit, attributes={"age": 30})
        told = client.get_string_details(item, "none.webp", context)
        asked = {"unit": unit, "attributes": {"age": 30}, "items": [item]}
        answer = served.client.post("/v1/decide", json=asked).json()
        (decision,) = answer["decisions"]
        assert (told.value, told.variant) == (decision["image"], decision["variant"])
        assert told.reason == Reason.SPLIT
        assert told.error_code is None
        assert told.flag_metadata == {
            "test": decision["test"],
            "segment": decision["segment"],
            "propensity": 0.5,
            "snapshot": answer["snapshot"],
            "reason": "test",
        }


def test_the_sdk_shows_the_default_image_where_nothing_is_tested(
    client: OpenFeatureClient,
) -> None:
    told = client.get_string_details("lamp", "none.webp")
    assert (told.value, told.variant, told.reason) == ("l.webp", "default", Reason.DEFAULT)
    assert told.error_code is None


def test_the_sdk_is_told_what_is_wrong_in_its_own_codes(client: OpenFeatureClient) -> None:
    someone = EvaluationContext(targeting_key="s")
    unknown = client.get_string_details("unheard-of", "own.webp", someone)
    assert (unknown.value, unknown.error_code) == ("own.webp", ErrorCode.FLAG_NOT_FOUND)
    nobody = client.get_string_details("mug", "own.webp")
    assert (nobody.value, nobody.error_code) == ("own.webp", ErrorCode.TARGETING_KEY_MISSING)
    typed = client.get_boolean_details("mug", True, someone)
    assert (typed.value, typed.error_code) == (True, ErrorCode.TYPE_MISMATCH)


def test_the_sdk_needs_a_key_where_the_server_does(tmp_path: Any) -> None:
    with serving(tmp_path, loopback=False) as server:
        secret = server.services.keys.create(name="feed", scopes=("decide",)).secret
        for headers, found in [
            ({"Authorization": f"Bearer {secret}"}, ErrorCode.FLAG_NOT_FOUND),
            ({"X-API-Key": secret}, ErrorCode.FLAG_NOT_FOUND),
            ({"X-API-Key": "packshot_k1_guessed"}, ErrorCode.GENERAL),
            ({}, ErrorCode.GENERAL),
        ]:
            provider = OFREPProvider(server.url, headers_factory=headers.copy)
            api.set_provider(provider)
            told = api.get_client().get_string_details("mug", "own.webp")
            provider.session.close()
            assert (told.value, told.error_code) == ("own.webp", found), headers
        api.clear_providers()


def test_a_page_hears_of_the_items_that_it_names_and_no_others(tmp_path: Any) -> None:
    with serving(tmp_path, loopback=False) as server:
        secret = server.services.keys.create(name="page", scopes=("public",)).secret
        server.client.headers["Authorization"] = f"Bearer {secret}"
        assert bulk(server, {"targetingKey": "s"}).status_code == 403
        named = bulk(server, {"targetingKey": "s", "items": ["mug"]})
        assert [flag["key"] for flag in named.json()["flags"]] == ["mug"]


def test_a_bulk_answer_holds_what_is_tested(served: Served) -> None:
    answer = bulk(served, {"targetingKey": "s-1", "age": 30})
    assert answer.status_code == 200
    assert [flag["key"] for flag in answer.json()["flags"]] == ["home/shoe", "mug"]
    assert answer.json()["metadata"]["left_out"] == 0
    for flag in answer.json()["flags"]:
        single = served.client.post(
            f"{BULK}/{flag['key']}", json={"context": {"targetingKey": "s-1", "age": 30}}
        )
        assert single.json() == flag


def test_a_bulk_answer_holds_what_the_context_names(served: Served) -> None:
    answer = bulk(served, {"targetingKey": "s", "items": ["lamp", "unheard-of", "lamp"]})
    lamp, unknown = answer.json()["flags"]
    assert (lamp["key"], lamp["reason"]) == ("lamp", "DEFAULT")
    assert (unknown["key"], unknown["errorCode"]) == ("unheard-of", "FLAG_NOT_FOUND")


def test_a_bulk_answer_has_a_limit(served: Served) -> None:
    answer = bulk(served, {"targetingKey": "s", "items": [f"i{n}" for n in range(1005)]})
    assert len(answer.json()["flags"]) == 1000
    assert answer.json()["metadata"]["left_out"] == 5


def test_what_has_not_changed_is_not_sent_again(served: Served) -> None:
    someone = {"targetingKey": "s-1", "age": 30}
    first = bulk(served, someone)
    etag = first.headers["etag"]
    for known in (etag, etag.removeprefix("W/"), f'"x", {etag}', "*"):
        again = bulk(served, someone, known)
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == etag
    assert bulk(served, someone, '"x"').status_code == 200
    assert bulk(served, {**someone, "items": ["mug"]}, etag).status_code == 200


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"{", "PARSE_ERROR"),
        (b"[]", "PARSE_ERROR"),
        (b"\xff", "PARSE_ERROR"),
        (b"[" * 100_000, "PARSE_ERROR"),
        (b'{"context": 5}', "INVALID_CONTEXT"),
        (b'{"context": {"targetingKey": "s", "items": "mug"}}', "INVALID_CONTEXT"),
        (b"{}", "TARGETING_KEY_MISSING"),
        (b"", "TARGETING_KEY_MISSING"),
        (b'{"context": {"targetingKey": ""}}', "TARGETING_KEY_MISSING"),
        (b'{"context": {"targetingKey": true}}', "TARGETING_KEY_MISSING"),
    ],
)
def test_bad_requests_have_codes(served: Served, body: bytes, code: str) -> None:
    answer = served.client.post(BULK, content=body)
    assert (answer.status_code, answer.json()["errorCode"]) == (400, code)
    assert answer.json()["errorDetails"]
    if b"items" not in body:
        single = served.client.post(f"{BULK}/mug", content=body)
        assert (single.status_code, single.json()["errorCode"]) == (400, code)
        assert single.json()["key"] == "mug"


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(body=JSON, context=JSON)
def test_nothing_that_is_sent_is_a_defect(served: Served, body: Any, context: Any) -> None:
    for sent in (body, {"context": context}, {"context": {"targetingKey": "s", "a": context}}):
        for path in (BULK, f"{BULK}/mug"):
            answer = served.client.post(path, content=json.dumps(sent))
            assert answer.status_code in {200, 400}, answer.text


def test_a_defect_inside_is_the_default_image_and_a_counter(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_args: object, **_options: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(served.services.feed, "decide", broken)
    before = served.services.metrics.get(FAILURES)
    answer = served.client.post(f"{BULK}/mug", json={"context": {"targetingKey": "s"}})
    assert (answer.status_code, answer.json()["value"]) == (200, "a.webp")
    assert answer.json()["reason"] == "DEFAULT"
    assert served.services.metrics.get(FAILURES) == before + 1
