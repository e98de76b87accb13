"""The whole loop over HTTP: upload, make, test, decide, count, promote, undo."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.studio.serving import Served, photo, serving, upload

DAY_S = 86_400.0


class HandClock:
    def __init__(self) -> None:
        self.now_s = 1_750_000_000.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture(params=["sqlite", "postgresql"])
def served(request: pytest.FixtureRequest, tmp_path: Path, clock: HandClock) -> Iterator[Served]:
    url = "" if request.param == "sqlite" else request.getfixturevalue("postgres_url")
    with serving(tmp_path, url=url, clock=clock) as server:
        yield server


def ok(answer: httpx.Response, status: int = 200) -> Any:
    assert answer.status_code == status, answer.text
    return answer.json()


def follow(client: httpx.Client, batch: str) -> list[tuple[str, Any]]:
    """All events of a batch's stream."""
    heard, name = [], ""
    with client.stream("GET", f"/v1/batches/{batch}/stream") as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        for line in answer.iter_lines():
            if line.startswith("event: "):
                name = line.removeprefix("event: ")
            elif line.startswith("data: "):
                heard.append((name, json.loads(line.removeprefix("data: "))))
    return heard


@pytest.mark.slow
def test_from_a_photo_to_a_promoted_winner_and_back(served: Served, clock: HandClock) -> None:
    client = served.client
    source = upload(client, photo(size=(900, 700)))

    batch = ok(
        client.post(
            "/v1/batches",
            json={
                "name": "spring",
                "recipes": [
                    {"source": source, "kind": "white", "params": {"fill": 0.85, "size_px": 300}},
                    {"source": source, "kind": "white", "params": {"fill": 0.6, "size_px": 300}},
                    {"source": source, "kind": "white", "params": {"fill": 7}},
                ],
            },
        ),
        202,
    )
    heard = follow(client, batch["id"])
    assert heard[-1][0] == "end"
    assert (heard[-1][1]["done"], heard[-1][1]["refused"]) == (2, 1)
    rows = {event["number"]: event for name, event in heard if name == "row"}
    assert rows[2]["error"]["message"] == "fill = 7.0: must be 0.1 to 1"
    images = [rows[number]["asset"]["digest"] for number in (0, 1)]
    for image in images:
        lineage = ok(client.get(f"/v1/assets/{image}/lineage"))
        assert [step["digest"] for step in lineage] == [image, source]
        assert lineage[0]["derivations"][0]["recipe"]["kind"] == "white"

    test = ok(
        client.post(
            "/v1/tests",
            json={
                "item": "mug",
                "variants": [
                    {"name": "large", "image": images[0]},
                    {"name": "small", "image": images[1]},
                ],
                "segments": [{"name": "phones", "rule": {"device": "phone"}}],
                # The server's own scheduler would promote first, on some runs.
                "options": {
                    "auto_promote": False,
                    "gate": {"min_impressions": 100, "min_clicks": 20},
                },
            },
        ),
        201,
    )
    assert test["state"] == "draft"
    path = f"/v1/tests/{test['id']}"
    assert ok(client.get(f"{path}/results"))["verdict"] is None
    assert ok(client.post(f"{path}/start"))["weights"] == {"large": 0.5, "small": 0.5}

    shown = shop(client, clock, days=8)
    assert shown == {f"/v1/assets/{image}" for image in images}

    results = ok(client.get(f"{path}/results"))
    assert results["verdict"]["kind"] == "promote"
    assert results["verdict"]["variant"] == "small"
    assert set(results["segments"]) >= {"phones"}
    assert all(one["passed"] for one in results["verdict"]["conditions"])

    promoted = ok(client.post(f"{path}/promote"))
    assert promoted["state"] == "promoted"
    assert promoted["promotions"][0]["by_verdict"]
    reasons = {one["reason"] for one in decide(client, [f"s{n}" for n in range(100)])}
    assert reasons == {"promoted", "holdout"}

    undone = ok(client.post(f"{path}/rollback", json={"reason": "the shop wants the old one"}))
    assert undone["state"] == "rolled_back"
    assert {one["image"] for one in decide(client, ["s1", "s2"])} == {f"/v1/assets/{images[0]}"}
    actions = [(one["action"], one["who"]) for one in ok(client.get(f"{path}/audit"))]
    assert actions[0] == ("create", "local")
    assert [action for action, _ in actions][-2:] == ["promote", "rollback"]
    assert [one["id"] for one in ok(client.get("/v1/tests"))] == [test["id"]]


def decide(client: httpx.Client, units: list[str]) -> list[dict[str, Any]]:
    decisions = []
    for unit in units:
        answer = ok(client.post("/v1/decide", json={"unit": unit, "items": ["mug"]}))
        decisions += answer["decisions"]
    return decisions


def shop(client: httpx.Client, clock: HandClock, *, days: int) -> set[str]:
    """Shoppers see images and click; twice as often on the small one. All is sent twice."""
    shown = set()
    for day in range(days):
        events = []
        for number in range(60):
            unit = f"d{day}-s{number}"
            device = "phone" if number % 3 else "desktop"
            (decision,) = ok(
                client.post(
                    "/v1/decide",
                    json={"unit": unit, "attributes": {"device": device}, "items": ["mug"]},
                )
            )["decisions"]
            shown.add(decision["image"])
            told = {
                "unit": unit,
                "item": "mug",
                "test": decision["test"],
                "variant": decision["variant"],
                "segment": decision["segment"],
                "ts": clock.now_s,
            }
            events.append({"id": f"{unit}-i", "type": "impression", **told})
            if number % 20 < (15 if decision["variant"] == "small" else 3):
                events.append({"id": f"{unit}-c", "type": "click", **told})
        first = ok(client.post("/v1/events", json={"events": events}))
        again = ok(client.post("/v1/events", json={"events": events}))
        assert first == {"accepted": len(events), "duplicates": 0, "rejected": []}
        assert again == {"accepted": 0, "duplicates": len(events), "rejected": []}
        clock.now_s += DAY_S
    return shown


def test_a_finished_recipe_is_not_made_again(served: Served) -> None:
    client = served.client
    recipes = {"recipes": [{"source": upload(client, photo()), "params": {"size_px": 128}}]}
    first = ok(client.post("/v1/batches", json=recipes), 202)
    follow(client, first["id"])
    second = ok(client.post("/v1/batches", json=recipes), 202)
    assert (second["done"], second["finished"]) == (1, True)
    pages = [ok(client.get(f"/v1/batches/{one['id']}")) for one in (first, second)]
    assert pages[0]["rows"][0]["asset"] == pages[1]["rows"][0]["asset"]
    listed = ok(client.get("/v1/batches"))
    assert {one["id"] for one in listed} == {first["id"], second["id"]}
