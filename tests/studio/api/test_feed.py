import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from studio.services.events import MAX_EVENTS
from tests.studio.serving import Served, serving, start_mug_test

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("home")) as server:
        start_mug_test(server)
        yield server


def post(client: httpx.Client, path: str, text: str) -> httpx.Response:
    return client.post(path, content=text, headers={"Content-Type": "application/json"})


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(unit=JSON, attributes=JSON, items=st.lists(JSON, max_size=5))
def test_nothing_about_a_shopper_is_an_error(
    served: Served, unit: Any, attributes: Any, items: list[Any]
) -> None:
    asked = {"unit": unit, "attributes": attributes, "items": [*items, "mug"]}
    answer = post(served.client, "/v1/decide", json.dumps(asked))
    assert answer.status_code == 200, answer.text
    decisions = answer.json()["decisions"]
    assert len(decisions) == len(items) + 1
    assert decisions[-1]["image"] in {"a.webp", "b.webp"}


def test_the_same_shopper_sees_the_same_image(served: Served) -> None:
    asked = {"unit": "s-1", "attributes": {"age": 30}, "items": ["mug", "unheard-of"]}
    answers = [served.client.post("/v1/decide", json=asked).json() for _ in range(3)]
    assert answers[0] == answers[1] == answers[2]
    known, unknown = answers[0]["decisions"]
    assert (known["reason"], known["segment"], known["propensity"]) == ("test", "adults", 0.5)
    assert (unknown["reason"], unknown["image"]) == ("unknown_item", None)


@pytest.mark.parametrize(
    "text",
    [
        '{"items": ["mug"], "attributes": {"age": "\\ud800"}}',
        '{"items": ["mug"], "attributes": {"age": NaN}}',
        '{"items": ["mug", "\\ud800"], "unit": "\\udfff"}',
        '{"items": ["mug"], "attributes": {"age": 1e400}, "placement": {"a": []}}',
        '{"items": ["mug"], "attributes": [1, 2], "unit": {"a": 1}, "extra": 1}',
        '{"items": ["mug"], "attributes": ' + "[" * 200 + "]" * 200 + "}",
    ],
)
def test_odd_requests_are_answered(served: Served, text: str) -> None:
    answer = post(served.client, "/v1/decide", text)
    assert answer.status_code == 200, answer.text
    assert answer.json()["decisions"][0]["image"] in {"a.webp", "b.webp"}


def test_a_defect_in_the_feed_is_still_an_answer(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_args: object, **_options: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(served.services.feed, "answer", broken)
    answer = served.client.post("/v1/decide", json={"unit": "s", "items": ["mug", 5]})
    assert answer.status_code == 200
    assert [one["reason"] for one in answer.json()["decisions"]] == ["default", "default"]
    assert served.services.metrics.get("packshot_decide_failures_total") == 1


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ('{"items": "mug"}', 422),
        ("{}", 422),
        ("[]", 422),
        ("{", 422),
        (json.dumps({"items": ["mug"] * 201}), 413),
        (json.dumps({"items": ["mug"], "unit": "x" * 300_000}), 413),
    ],
)
def test_a_request_without_items_is_refused(served: Served, text: str, status: int) -> None:
    answer = post(served.client, "/v1/decide", text)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


def test_bad_events_are_listed_and_good_ones_kept(served: Served) -> None:
    test = served.client.get("/v1/tests").json()[0]["id"]
    good = {"id": "e1", "type": "impression", "unit": "s", "item": "mug", "test": test}
    sent = [
        {**good, "variant": "a"},
        {**good, "id": "e2", "variant": "z"},
        {**good, "id": "e3", "variant": "a", "type": "purchase"},
        {**good, "id": "\ud800", "variant": "a"},
        {**good, "id": "e4", "variant": "a", "ts": "yesterday"},
        5,
        {},
    ]
    answer = post(served.client, "/v1/events", json.dumps({"events": sent}))
    assert answer.status_code == 200, answer.text
    taken = answer.json()
    assert (taken["accepted"], taken["duplicates"]) == (1, 0)
    assert len(taken["rejected"]) == 6
    assert [one["id"] for one in taken["rejected"]][:2] == ["e2", "e3"]
    assert all(one["why"] for one in taken["rejected"])
    again = post(served.client, "/v1/events", json.dumps({"events": sent})).json()
    assert (again["accepted"], again["duplicates"]) == (0, 1)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(sent=st.lists(JSON, max_size=5))
def test_no_event_is_an_error(served: Served, sent: list[Any]) -> None:
    answer = post(served.client, "/v1/events", json.dumps({"events": sent}))
    assert answer.status_code == 200, answer.text
    assert len(answer.json()["rejected"]) == len(sent)


def test_too_many_events_are_refused_whole(served: Served) -> None:
    answer = served.client.post("/v1/events", json={"events": [{}] * (MAX_EVENTS + 1)})
    assert answer.status_code == 413
    assert f"send at most {MAX_EVENTS}" in answer.json()["detail"]


def test_the_feed_answers_without_its_database(tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        variants = [{"name": "a", "image": "a.webp"}, {"name": "b", "image": "b.webp"}]
        made = server.client.post("/v1/tests", json={"item": "mug", "variants": variants})
        test = made.json()["id"]
        server.client.post(f"/v1/tests/{test}/start")
        for table in ("event_chunk", "api_key", "audit"):
            with server.engine.begin() as connection:
                connection.exec_driver_sql(f"DROP TABLE {table}")
        answer = server.client.post("/v1/decide", json={"unit": "s", "items": ["mug"]})
        assert answer.status_code == 200
        assert answer.json()["decisions"][0]["reason"] == "test"
        event = {"id": "e", "type": "click", "unit": "s", "item": "mug", "test": test}
        refused = server.client.post("/v1/events", json={"events": [{**event, "variant": "a"}]})
        assert refused.status_code == 503
        assert refused.headers["retry-after"]
        assert "no such table" not in refused.text
        ready = server.client.get("/readyz")
        assert (ready.status_code, ready.json()["database"]) == (200, False)
