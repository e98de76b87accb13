"""`/v1/webhooks` on a running server."""

from collections.abc import Iterator

import pytest

from tests.studio.hooked import hearing
from tests.studio.serving import Served, serving


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("home")) as one:
        yield one


def test_a_webhook_from_its_addition_to_its_removal(served: Served) -> None:
    client = served.client
    with hearing() as ear:
        answer = client.post("/v1/webhooks", json={"url": ear.url, "events": ["test.started"]})
        assert answer.status_code == 201, answer.text
        made = answer.json()
        (listed,) = client.get("/v1/webhooks").json()
        assert listed == {key: made[key] for key in ("id", "url", "events", "created_s")}
        path = f"/v1/webhooks/{made['id']}"
        assert client.post(f"{path}/test").json() == {
            "delivered": True, "status": 204, "fault": None,
        }  # fmt: skip
        variants = [{"name": name, "image": f"https://x.example/{name}"} for name in ("a", "b")]
        test = client.post("/v1/tests", json={"item": "mug", "variants": variants}).json()["id"]
        client.post(f"/v1/tests/{test}/start")
        ear.answers[:] = [500]
        served.services.webhooks.deliver()
        (waiting,) = client.get(f"{path}/deliveries").json()
        assert (waiting["state"], waiting["attempts"], waiting["status"]) == ("waiting", 1, 500)
        assert waiting["id"] == ear.heard[-1].id
        assert client.get(f"{path}/deliveries", params={"state": "dead"}).json() == []
        assert client.post(f"{path}/retry").json() == {"waiting": 0}
        assert client.delete(path).json()["id"] == made["id"]
    gone = client.delete(path)
    assert (gone.status_code, gone.json()["webhook_id"]) == (404, made["id"])
    assert client.get("/v1/webhooks").json() == []


@pytest.mark.parametrize(
    "body",
    [
        {"url": "https://shop.example/", "events": ["test.exploded"]},
        {"url": "ftp://shop.example/"},
        {"url": ""},
        {"url": "https://shop.example/", "secret": "mine"},
    ],
)
def test_what_cannot_be_told_is_refused(served: Served, body: dict[str, object]) -> None:
    answer = served.client.post("/v1/webhooks", json=body)
    assert answer.status_code == 422
    assert answer.json()["detail"]
