import json
import re
import threading
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import pytest

import gpu
from studio.api.schemas.images import MAX_RECIPES
from studio.services.images import JOB_KIND
from tests.studio.serving import Served, engine_of, make_services, photo, running, serving, upload

MISSING = "0" * 64


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("home")) as server:
        yield server


def test_bad_recipes_are_rows_with_their_reasons(served: Served) -> None:
    source = upload(served.client, photo())
    recipes: list[dict[str, Any]] = [
        {"source": MISSING, "name": "gone.jpg"},
        {"source": "xyz"},
        {"source": source, "params": {"fil": 0.5}},
        {"source": source, "params": {"fill": "wide"}},
        {"source": source, "kind": "scene", "params": {"template": "no-such-place"}},
        {"source": source, "params": {"spec": "no-such-shop"}},
        {"source": source, "params": {"mask": MISSING}},
    ]
    answer = served.client.post("/v1/batches", json={"recipes": recipes})
    assert answer.status_code == 202
    assert (answer.json()["refused"], answer.json()["finished"]) == (len(recipes), True)
    page = served.client.get(f"/v1/batches/{answer.json()['id']}").json()
    errors = [(row["name"], row["error"]["kind"], row["error"]["message"]) for row in page["rows"]]
    kinds = [kind for _, kind, _ in errors]
    assert kinds == [
        "AssetNotFound",
        "DigestInvalid",
        "RecipeInvalid",
        "RecipeInvalid",
        "TemplateNotFound",
        "PresetNotFound",
        "RecipeInvalid",
    ]
    assert errors[0][0] == "gone.jpg"
    assert errors[1][0] == "recipe 1"
    assert "white knows only" in errors[2][2]
    assert (
        errors[6][2]
        == f"mask = '{MISSING}': no picture is stored under this digest; store it first"
    )


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({}, "body.recipes"),
        ({"recipes": []}, "body.recipes"),
        ({"recipes": [{}]}, "body.recipes.0.source"),
        ({"recipes": [{"source": MISSING, "kind": "paint"}]}, "body.recipes.0.kind"),
        ({"recipes": [{"source": MISSING, "seed": -1}]}, "body.recipes.0.seed"),
        ({"recipes": [{"source": MISSING, "colour": 1}]}, "body.recipes.0.colour"),
        ({"recipes": [{"source": MISSING, "params": 5}]}, "body.recipes.0.params"),
        ({"recipes": [{"source": MISSING, "name": "a\x00b"}]}, "body.recipes.0.name"),
        ({"recipes": [{"source": MISSING, "params": {"a": "\x00"}}]}, "body.recipes.0.params"),
        ({"recipes": [{"source": MISSING}] * (MAX_RECIPES + 1)}, "body.recipes"),
    ],
)
def test_a_malformed_batch_is_refused_whole(
    served: Served, body: dict[str, Any], where: str
) -> None:
    answer = served.client.post("/v1/batches", json=body)
    assert answer.status_code == 422
    assert where in [fault["where"] for fault in answer.json()["errors"]]


@pytest.mark.parametrize("text", ['{"recipes": [', "[1, 2]", '"text"', "", "\xff"])
def test_what_is_no_json_object_is_refused(served: Served, text: str) -> None:
    answer = served.client.post(
        "/v1/batches",
        content=text.encode("latin-1"),
        headers={"Content-Type": "application/json"},
    )
    assert answer.status_code in {400, 422}
    assert answer.headers["content-type"] == "application/problem+json"
    assert "/docs" in answer.json()["detail"] or "cannot be read" in answer.json()["detail"]


def test_half_a_surrogate_pair_is_refused(served: Served) -> None:
    body = json.dumps({"recipes": [{"source": MISSING, "params": {"template": "\ud800"}}]})
    answer = served.client.post(
        "/v1/batches", content=body, headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == 422


def test_rows_come_in_pages(served: Served) -> None:
    recipes = [{"source": MISSING, "name": f"{number}"} for number in range(7)]
    batch = served.client.post("/v1/batches", json={"recipes": recipes}).json()["id"]
    seen: list[str] = []
    after: int | None = -1
    while after is not None:
        query = {"after": after, "limit": 3}
        page = served.client.get(f"/v1/batches/{batch}", params=query).json()
        seen += [row["name"] for row in page["rows"]]
        after = page["next_after"]
    assert seen == [str(number) for number in range(7)]
    none = served.client.get(f"/v1/batches/{batch}", params={"limit": 0}).json()
    assert (none["rows"], none["total"]) == ([], 7)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/batches/nothing"),
        ("GET", "/v1/batches/nothing/stream"),
        ("POST", "/v1/batches/nothing/cancel"),
        ("POST", "/v1/batches/nothing/resume"),
    ],
)
def test_an_unknown_batch_is_not_found(served: Served, method: str, path: str) -> None:
    answer = served.client.request(method, path)
    assert answer.status_code == 404
    assert answer.json()["type"] == "urn:packshot:problem:batch-not-found"
    assert answer.json()["batch_id"] == "nothing"


def test_a_seed_where_nothing_is_drawn_by_chance_is_refused(served: Served) -> None:
    """The same image would count as another."""
    source = upload(served.client, photo())
    recipes = [{"source": source, "seed": 3}, {"source": source}]
    answer = served.client.post("/v1/batches", json={"recipes": recipes})
    assert (answer.json()["total"], answer.json()["refused"]) == (2, 1)
    (row, _) = served.client.get(f"/v1/batches/{answer.json()['id']}").json()["rows"]
    assert "seed = 3: is for what a model paints" in json.dumps(row)


class Stage:
    """A handler that waits where a test wants it to."""

    def __init__(self) -> None:
        self.began = threading.Event()
        self.go_on = threading.Event()

    def make(self, _payload: dict[str, Any], control: gpu.Control) -> dict[str, Any]:
        self.began.set()
        while not self.go_on.wait(0.01):
            control.raise_if_cancelled()
        return {
            "asset": MISSING,
            "media_type": "image/png",
            "width_px": 1,
            "height_px": 1,
            "report": {},
        }


@pytest.fixture
def staged(tmp_path: Path) -> Iterator[tuple[Served, Stage]]:
    """A server whose images take as long as the test says."""
    import httpx

    stage, services = Stage(), make_services(tmp_path)
    assert services.executor is not None
    services.executor._handlers[JOB_KIND] = stage.make
    services.executor._options = gpu.WorkerOptions(lease_s=0.3, poll_s=0.02)
    with running(services) as url, httpx.Client(base_url=url, timeout=30) as client:
        yield Served(services=services, client=client, engine=engine_of(services), url=url), stage
    engine_of(services).dispose()


def enqueue(served: Served, count: int) -> str:
    source = upload(served.client, photo())
    recipes = [{"source": source, "params": {"fill": 0.5 + number / 50}} for number in range(count)]
    answer = served.client.post("/v1/batches", json={"recipes": recipes})
    return str(answer.json()["id"])


def test_a_batch_is_cancelled_and_resumed(staged: tuple[Served, Stage]) -> None:
    served, stage = staged
    batch = enqueue(served, 3)
    assert stage.began.wait(30)
    cancelled = served.client.post(f"/v1/batches/{batch}/cancel").json()
    assert (cancelled["running"], cancelled["cancelled"]) == (1, 2)
    with served.client.stream("GET", f"/v1/batches/{batch}/stream") as answer:
        assert "event: end" in list(answer.iter_lines())
    stage.go_on.set()
    assert served.client.post(f"/v1/batches/{batch}/resume").json()["total"] == 3
    with served.client.stream("GET", f"/v1/batches/{batch}/stream") as answer:
        last = [line for line in answer.iter_lines() if line.startswith("data: ")][-1]
    assert json.loads(last.removeprefix("data: "))["done"] == 3


def test_a_stream_ends_when_the_server_stops(staged: tuple[Served, Stage]) -> None:
    served, stage = staged
    batch = enqueue(served, 1)
    with served.client.stream("GET", f"/v1/batches/{batch}/stream") as answer:
        lines = answer.iter_lines()
        assert next(lines) == "event: status"
        served.services.stopping.set()
        assert "event: stopping" in list(lines)
    stage.go_on.set()


def test_a_batch_is_shown_as_a_page_whose_pictures_are_served(served: Served) -> None:
    source = upload(served.client, photo())
    body = {
        "name": "<b>spring</b>",
        "recipes": [
            {"source": source, "name": "mug.jpg", "params": {"size_px": 300}},
            {"source": MISSING, "name": "gone.jpg"},
        ],
    }
    batch = served.client.post("/v1/batches", json=body).json()["id"]
    for _ in served.client.get(f"/v1/batches/{batch}/stream").iter_lines():
        pass
    answer = served.client.get(f"/v1/batches/{batch}/report")
    assert answer.headers["content-type"].startswith("text/html")
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    html = answer.text
    assert "&lt;b&gt;spring&lt;/b&gt;" in html
    assert html.index("gone.jpg") < html.index("mug.jpg")
    pictures = re.findall(r'<img src="([^"]+)"', html)
    assert len(pictures) == 2
    for address in pictures:
        picture = served.client.get(unescape(address))
        assert (picture.status_code, picture.headers["content-type"]) == (200, "image/webp")
    assert "No images yet" not in served.client.get(f"/v1/batches/{batch}/report?page=2").text
    assert served.client.get("/v1/batches/nothing/report").status_code == 404


def test_an_edit_without_a_model_is_a_row_that_says_what_edits(served: Served) -> None:
    source = upload(served.client, photo())
    wish = {"instruction": "make the background white"}
    recipes = [{"source": source, "kind": "edit", "params": wish}, {"source": source}]
    answer = served.client.post("/v1/batches", json={"recipes": recipes})
    assert (answer.status_code, answer.json()["refused"]) == (202, 1)
    page = served.client.get(f"/v1/batches/{answer.json()['id']}").json()
    error = page["rows"][0]["error"]
    assert error["kind"] == "EditorNeeded"
    assert "flux2-klein" in error["message"]
    assert "`packshot white`" in error["message"]
