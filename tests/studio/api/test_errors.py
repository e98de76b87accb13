import inspect
import socket
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError
from structlog.testing import capture_logs

import abtest.errors
import assets.errors
import gpu.errors
import pipelines.errors
from assets import AssetNotFound, BlobCorrupt, ImageTooLarge
from studio.api.errors import Unauthenticated, answer_to, status_of
from studio.api.middleware import CLIENT_GONE
from studio.api.problems import Problem
from studio.services import errors
from tests.faults.waiting import until
from tests.studio.serving import Served, serving

TREES = [assets.errors, gpu.errors, pipelines.errors, abtest.errors, errors]
NEVER_RAISED_BY_A_REQUEST = {
    "AssetError", "BlobError", "BlobCorrupt", "BlobStoreUnusable",
    "GpuError", "TransientError", "JobCancelled", "HandlerMissing", "LeaseLost",
    "CacheError", "ModelTooLarge", "ModelCacheFull",
}  # fmt: skip


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("home")) as server:
        yield server


def error_classes(module: ModuleType) -> list[type[Exception]]:
    return [
        kind
        for _, kind in inspect.getmembers(module, inspect.isclass)
        if issubclass(kind, Exception) and (kind.__module__ + ".").startswith(module.__name__ + ".")
    ]


@pytest.mark.parametrize("module", TREES, ids=lambda module: module.__name__)
def test_every_error_that_a_request_can_meet_has_a_status(module: ModuleType) -> None:
    assert len(error_classes(module)) > 5
    for kind in error_classes(module):
        known = status_of(kind.__new__(kind)) != 500
        assert known or kind.__name__ in NEVER_RAISED_BY_A_REQUEST, kind.__name__


def document(error: Exception) -> dict[str, Any]:
    answer = answer_to(error, path="/v1/x", request_id="r1")
    return Problem.model_validate_json(bytes(answer.body)).model_dump()


def test_an_error_carries_its_fields() -> None:
    told = document(ImageTooLarge(what="the file", value=9, limit=5, unit="bytes"))
    assert (told["status"], told["type"]) == (413, "urn:packshot:problem:image-too-large")
    assert (told["title"], told["instance"]) == ("Image too large", "/v1/x")
    assert (told["value"], told["limit"], told["unit"]) == (9, 5, "bytes")
    assert document(AssetNotFound(digest="d"))["digest"] == "d"


def test_what_is_wrong_inside_stays_inside() -> None:
    gone = OperationalError("SELECT secret FROM api_key", {"p": 1}, Exception("no route"))
    told = document(gone)
    assert told["status"] == 503
    assert "secret" not in str(told)
    told = document(BlobCorrupt(digest="d", found="e"))
    assert (told["status"], told["title"]) == (500, "Unexpected")
    told = document(ZeroDivisionError("at 0x7f"))
    assert (told["status"], told["type"]) == (500, "urn:packshot:problem:unexpected")
    assert "0x7f" not in str(told)


def test_a_database_that_is_away_says_when_to_come_back() -> None:
    gone = OperationalError("SELECT", {}, Exception("no route"))
    assert answer_to(gone, path="/", request_id="r").headers["retry-after"] == "2"
    refused = answer_to(Unauthenticated(why="no key"), path="/", request_id="r")
    assert refused.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize(
    ("method", "path", "status", "said"),
    [
        ("GET", "/nothing/here", 404, "no such path; /docs lists all"),
        ("PUT", "/v1/assets", 405, "this path knows other methods"),
        ("DELETE", "/v1/tests/t1", 405, "this path knows other methods"),
        ("GET", "/v1/tests/nothing", 404, "`packshot test list` shows"),
    ],
)
def test_every_error_is_a_problem_document(
    served: Served, method: str, path: str, status: int, said: str
) -> None:
    answer = served.client.request(method, path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    problem = Problem.model_validate(answer.json())
    assert said in problem.detail
    assert problem.instance == path
    assert problem.request_id == answer.headers["x-request-id"]
    if status == 405:
        assert answer.headers["allow"]


def test_what_nobody_foresaw_is_a_problem_document_too(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> None:
        raise ZeroDivisionError("a secret of the house")

    monkeypatch.setattr(served.services.tests, "all", broken)
    answer = served.client.get("/v1/tests")
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["request_id"] == answer.headers["x-request-id"]
    assert "secret" not in answer.text


def test_a_request_keeps_a_plain_id_of_its_own(served: Served) -> None:
    given = served.client.get("/healthz", headers={"X-Request-ID": "shop-81.a"})
    assert given.headers["x-request-id"] == "shop-81.a"
    odd = served.client.get("/healthz", headers={"X-Request-ID": "a b\tc" * 50})
    assert odd.headers["x-request-id"] != "a b\tc" * 50


def test_many_faults_are_told_shortly_and_listed_wholly(served: Served) -> None:
    recipes = [{"seed": -1}] * 5
    answer = served.client.post("/v1/batches", json={"recipes": recipes})
    assert answer.json()["detail"].count("Field required") <= 3
    assert "(and 7 more)" in answer.json()["detail"]
    assert len(answer.json()["errors"]) == 10


@pytest.mark.parametrize(
    ("body", "media_type", "said"),
    [
        ("{}", "text/csv", "body: send JSON, with the header 'Content-Type: application/json'"),
        ('{"items": [', "application/json", "body: not JSON: Expecting value at character"),
        ("[]", "application/json", "body: Input should be a valid dictionary"),
        ("", "application/json", "body: Field required"),
    ],
)
def test_a_stranger_learns_what_is_wrong_with_a_body(
    served: Served, body: str, media_type: str, said: str
) -> None:
    answer = served.client.post("/v1/decide", content=body, headers={"Content-Type": media_type})
    assert answer.status_code == 422
    assert answer.json()["detail"].startswith(said)


def test_an_outage_is_a_line_in_the_log_and_no_traceback(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_: object, **__: object) -> None:
        raise OperationalError("SELECT secret", {}, Exception("gone"))

    monkeypatch.setattr(served.services.tests, "all", gone)
    with capture_logs() as told:
        assert served.client.get("/v1/tests").status_code == 503
    (line,) = [line for line in told if line["event"] == "request_refused"]
    assert line["why"] == "OperationalError"
    assert "exc_info" not in line


def test_a_client_that_leaves_in_the_midst_of_its_request_is_no_fault(served: Served) -> None:
    gone = {"method": "POST", "route": "/v1/events", "status": str(CLIENT_GONE)}
    metrics = served.services.metrics
    with capture_logs() as logs:
        with socket.create_connection(("127.0.0.1", served.client.base_url.port or 0)) as client:
            client.sendall(b"POST /v1/events HTTP/1.1\r\nHost: localhost\r\n")
            client.sendall(b"Content-Length: 99\r\n\r\n{")
        until(lambda: metrics.get("packshot_http_requests_total", **gone) == 1.0, "its end")
    assert [one["event"] for one in logs if one["log_level"] == "error"] == []
