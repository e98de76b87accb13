from collections.abc import Iterator
from typing import Any

import pytest

from tests.studio.results import made
from tests.studio.serving import Served, photo, serving, upload

VARIANTS = [{"name": "a", "image": "a.webp"}, {"name": "b", "image": "b.webp"}]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("home")) as server:
        yield server


def create(served: Served, item: str, **more: Any) -> str:
    answer = served.client.post("/v1/tests", json={"item": item, "variants": VARIANTS, **more})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def problem(answer: Any, status: int) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    document: dict[str, Any] = answer.json()
    return document


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"item": ""}, "body.item"),
        ({"variants": VARIANTS[:1]}, "body.variants"),
        ({"variants": VARIANTS + VARIANTS[:1]}, "variants[0].name: 'a' occurs twice"),
        ({"control": "c"}, "control: not one of a, b"),
        ({"segments": [{"name": "x", "rule": {"age": {"$near": 5}}}]}, "$near"),
        ({"segments": [{"name": "everyone", "rule": {"a": 1}}]}, "reserved"),
        ({"options": {"speed": 1}}, "options.speed: unknown; use one of metric"),
        ({"options": {"gate": {"alpha": 2}}}, "options.gate: alpha = 2"),
        ({"options": {"gate": {"alpha": "x"}}}, "options.gate"),
        ({"options": {"holdout": "x"}}, "options"),
        ({"options": {"period_s": None}}, "options"),
        ({"options": {"metric": ["x"]}}, "metric: use click_rate"),
        ({"options": {"direction": ["x"]}}, "direction: use higher or lower"),
        (
            {"options": {"direction": "lower", "metric": "value_per_impression"}},
            "direction: money is better higher",
        ),
        ({"options": {"holdout": 1}}, "holdout: 1 is not a share"),
        ({"default_image": "0" * 64}, "default_image: no asset 000"),
        ({"budget": 5}, "body.budget"),
    ],
)
def test_a_test_that_contradicts_itself_is_refused(
    served: Served, change: dict[str, Any], said: str
) -> None:
    body = {"item": "mug", "variants": VARIANTS, **change}
    assert said in problem(served.client.post("/v1/tests", json=body), 422)["detail"]


def test_an_image_that_was_never_stored_is_refused(served: Served) -> None:
    body = {"item": "mug", "variants": [VARIANTS[0], {"name": "b", "image": "0" * 64}]}
    document = problem(served.client.post("/v1/tests", json=body), 422)
    assert document["field"] == "variants[1].image"
    body["variants"] = [VARIANTS[0], {"name": "b", "image": upload(served.client, photo())}]
    assert served.client.post("/v1/tests", json=body).status_code == 201


def test_an_image_that_failed_a_check_is_refused_until_somebody_takes_it(served: Served) -> None:
    failed = made(served.services.images.store, passed=False)["asset"]
    passed = made(served.services.images.store, passed=True, side=301)["asset"]
    body: dict[str, Any] = {
        "item": "cup",
        "variants": [{"name": "a", "image": passed}, {"name": "b", "image": failed}],
    }
    document = problem(served.client.post("/v1/tests", json=body), 422)
    assert "variant b: its image failed size" in document["detail"]
    test = served.client.post("/v1/tests", json=body | {"accept_failed": True}).json()
    trail = served.client.get(f"/v1/tests/{test['id']}/audit").json()
    assert trail[0]["detail"]["accept_failed"] is True
    body["variants"][1]["image"] = upload(served.client, photo())
    assert served.client.post("/v1/tests", json=body).status_code == 201


def test_a_state_allows_what_it_allows(served: Served) -> None:
    test = create(served, "lamp")
    refused = problem(served.client.post(f"/v1/tests/{test}/rollback", json={"reason": "x"}), 409)
    assert refused["type"] == "urn:packshot:problem:action-refused"
    assert "is draft: it cannot rollback, it can start" in refused["detail"]
    assert refused["allowed"] == ["start", "drop_variant"]
    assert served.client.post(f"/v1/tests/{test}/start").json()["state"] == "running"
    other = create(served, "lamp")
    busy = problem(served.client.post(f"/v1/tests/{other}/start"), 409)
    assert busy["type"] == "urn:packshot:problem:item-busy"
    unexplained = problem(served.client.post(f"/v1/tests/{test}/rollback"), 422)
    assert unexplained["detail"].startswith("a rollback by hand needs a reason")
    stopped = served.client.post(f"/v1/tests/{test}/stop", json={"reason": "sold out"})
    assert stopped.json()["state"] == "stopped"
    audit = served.client.get(f"/v1/tests/{test}/audit").json()
    assert audit[-1]["detail"]["reason"] == "sold out"


def test_only_a_verdict_promotes_without_a_reason(served: Served) -> None:
    test = create(served, "chair")
    served.client.post(f"/v1/tests/{test}/start")
    path = f"/v1/tests/{test}/promote"
    early = problem(served.client.post(path), 409)
    assert early["type"] == "urn:packshot:problem:verdict-missing"
    assert early["verdict"] == "keep_running"
    unexplained = problem(served.client.post(path, json={"variant": "b"}), 422)
    assert unexplained["type"] == "urn:packshot:problem:reason-missing"
    unknown = {"variant": "z", "reason": "I like it"}
    assert "it has a, b" in problem(served.client.post(path, json=unknown), 404)["detail"]
    by_hand = served.client.post(path, json={"variant": "b", "reason": "the season ends"}).json()
    assert by_hand["state"] == "promoted"
    promotion = by_hand["promotions"][0]
    assert (promotion["by_verdict"], promotion["reason"]) == (False, "the season ends")
    shown = served.client.post("/v1/decide", json={"unit": "s", "items": ["chair"]}).json()
    assert shown["decisions"][0]["reason"] in {"promoted", "holdout"}


def test_a_variant_is_dropped(served: Served) -> None:
    three = [*VARIANTS, {"name": "c", "image": "c.webp"}]
    test = create(served, "desk", variants=three)
    served.client.post(f"/v1/tests/{test}/start")
    dropped = served.client.post(f"/v1/tests/{test}/variants/c/drop", json={"reason": "ugly"})
    assert set(dropped.json()["weights"]) == {"a", "b"}
    assert dropped.json()["variants"][2]["dropped_s"] is not None
    again = served.client.post(f"/v1/tests/{test}/variants/b/drop")
    assert "two variants must remain" in problem(again, 422)["detail"]
    assert problem(served.client.post(f"/v1/tests/{test}/variants/%00/drop"), 404)


@pytest.mark.parametrize("end", ["", "/results", "/audit"])
@pytest.mark.parametrize(("test", "status"), [("nothing", 404), ("%00", 422), ("x" * 65, 422)])
def test_an_unknown_test_is_not_found(served: Served, test: str, end: str, status: int) -> None:
    problem(served.client.get(f"/v1/tests/{test}{end}"), status)


@pytest.mark.parametrize("action", ["start", "stop", "promote"])
def test_an_action_on_an_unknown_test_is_not_found(served: Served, action: str) -> None:
    document = problem(served.client.post(f"/v1/tests/nothing/{action}"), 404)
    assert document["test_id"] == "nothing"


def test_results_show_every_condition(served: Served) -> None:
    test = create(served, "vase")
    served.client.post(f"/v1/tests/{test}/start")
    results = served.client.get(f"/v1/tests/{test}/results").json()
    assert results["verdict"]["kind"] == "keep_running"
    assert [one["variant"] for one in results["overall"]["variants"]] == ["a", "b"]
    for condition in results["verdict"]["conditions"]:
        assert set(condition) >= {"name", "value", "limit", "passed", "text", "missing"}
    missing = {one["name"]: one["missing"] for one in results["verdict"]["conditions"]}
    assert missing["min_days"] == "7 more full days"
    assert results["health"]["findings"] == []
    assert results["watches"] == []


def test_a_metric_may_be_better_lower(served: Served) -> None:
    test = create(served, "plate", options={"metric": "conversion_rate", "direction": "lower"})
    for action, body in (("start", None), ("promote", {"variant": "b", "reason": "spring"})):
        assert served.client.post(f"/v1/tests/{test}/{action}", json=body).status_code == 200
    results = served.client.get(f"/v1/tests/{test}/results").json()
    assert (results["metric"], results["direction"]) == ("conversion_rate", "lower")
    assert results["watches"][0]["direction"] == "lower"


def test_a_promotion_in_force_is_watched(served: Served) -> None:
    test = create(served, "bowl")
    for action, body in (("start", None), ("promote", {"variant": "b", "reason": "spring"})):
        assert served.client.post(f"/v1/tests/{test}/{action}", json=body).status_code == 200
    (watch,) = served.client.get(f"/v1/tests/{test}/results").json()["watches"]
    assert (watch["winner"], watch["control"], watch["segment"]) == ("b", "a", None)
    assert (watch["roll_back"], watch["harm"], watch["lift_interval"]) == (False, None, [-1, None])
    assert watch["text"].startswith("Nothing compares b with a")
