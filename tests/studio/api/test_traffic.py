"""`/v1/tests/{test}/traffic` on a running server."""

from collections.abc import Iterator

import pytest

from tests.studio.serving import Served, serving


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("home")) as one:
        yield one


def test_a_unit_is_left_out_and_let_in_again(served: Served) -> None:
    client = served.client
    body = {"item": "mug", "variants": [{"name": n, "image": f"{n}.webp"} for n in ("a", "b")]}
    test = client.post("/v1/tests", json=body).json()["id"]
    path = f"/v1/tests/{test}/traffic"
    empty = {"units": 0, "impressions": 0, "clicks": 0}
    assert client.get(path).json() == {"test": test, "left_out": empty, "units": []}
    wanted = {"unit": "tester", "excluded": True, "reason": "our own staff"}
    answer = client.post(path, json=wanted).json()
    assert answer == client.get(path).json()
    (unit,) = answer["units"]
    assert (unit["unit"], unit["excluded"], unit["reason"]) == ("tester", True, "our own staff")
    assert answer["left_out"]["units"] == 1
    let_in = client.post(path, json={"unit": "tester", "excluded": False}).json()
    assert (let_in["units"][0]["excluded"], let_in["left_out"]["units"]) == (False, 0)
    actions = [act["action"] for act in client.get(f"/v1/tests/{test}/audit").json()]
    assert actions == ["create", "exclude_unit", "include_unit"]
    assert client.get("/v1/tests/none/traffic").status_code == 404
    assert client.post(path, json={"unit": "", "excluded": True}).status_code == 422
    assert client.post(path, json={"unit": "a\x00", "excluded": True}).status_code == 422
