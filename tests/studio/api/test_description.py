"""The OpenAPI description says what the server does."""

import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from studio.api.app import create_app
from tests.studio.serving import engine_of, make_services

ROUTES = {
    "/v1/assets": {"post"},
    "/v1/assets/{digest}": {"get"},
    "/v1/assets/{digest}/link": {"get"},
    "/v1/assets/{digest}/lineage": {"get"},
    "/v1/audit": {"get"},
    "/v1/batches": {"get", "post"},
    "/v1/batches/{batch}": {"get"},
    "/v1/batches/{batch}/report": {"get"},
    "/v1/batches/{batch}/stream": {"get"},
    "/v1/batches/{batch}/cancel": {"post"},
    "/v1/batches/{batch}/resume": {"post"},
    "/v1/templates": {"get"},
    "/v1/template-search": {"get"},
    "/v1/templates/{name}": {"get"},
    "/v1/templates/{name}/plate": {"get"},
    "/v1/tests": {"get", "post"},
    "/v1/tests/{test}": {"get"},
    "/v1/tests/{test}/results": {"get"},
    "/v1/tests/{test}/audit": {"get"},
    "/v1/tests/{test}/start": {"post"},
    "/v1/tests/{test}/stop": {"post"},
    "/v1/tests/{test}/promote": {"post"},
    "/v1/tests/{test}/rollback": {"post"},
    "/v1/tests/{test}/variants/{variant}/drop": {"post"},
    "/v1/tests/{test}/traffic": {"get", "post"},
    "/v1/webhooks": {"get", "post"},
    "/v1/webhooks/{webhook}": {"delete"},
    "/v1/webhooks/{webhook}/deliveries": {"get"},
    "/v1/webhooks/{webhook}/retry": {"post"},
    "/v1/webhooks/{webhook}/test": {"post"},
    "/v1/decide": {"post"},
    "/v1/p.gif": {"get"},
    "/v1/snippet.js": {"get"},
    "/v1/snapshot": {"get"},
    "/v1/snapshot/stream": {"get"},
    "/v1/events": {"post"},
    "/ofrep/v1/evaluate/flags": {"post"},
    "/ofrep/v1/evaluate/flags/{key}": {"post"},
    "/healthz": {"get"},
    "/readyz": {"get"},
    "/metrics": {"get"},
}
OPEN = {"/v1/assets/{digest}", "/v1/p.gif", "/v1/snippet.js", "/healthz", "/readyz"}


@pytest.fixture(scope="module")
def schema(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    services = make_services(tmp_path_factory.mktemp("home"))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield create_app(services, loopback=True).openapi()
    engine_of(services).dispose()


def test_every_route_is_described(schema: dict[str, Any]) -> None:
    assert {path: set(methods) for path, methods in schema["paths"].items()} == ROUTES
    for methods in schema["paths"].values():
        for operation in methods.values():
            assert operation["summary"]
            assert operation["description"]


def test_keys_are_asked_for_where_they_are_needed(schema: dict[str, Any]) -> None:
    assert schema["components"]["securitySchemes"]["Key"]["scheme"] == "bearer"
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            needs_key = not (path in OPEN and method == "get")
            assert bool(operation.get("security")) == needs_key, path
            # Without one, images that are not public open by their addresses, and by a key too.
            told = needs_key or path == "/v1/assets/{digest}"
            assert ("401" in operation["responses"]) == told, path


def test_errors_are_problem_documents(schema: dict[str, Any]) -> None:
    assert "HTTPValidationError" not in str(schema)
    assert set(schema["components"]["schemas"]["Problem"]["required"]) >= {"type", "detail"}
    for path, methods in schema["paths"].items():
        for operation in methods.values():
            for status, answer in operation["responses"].items():
                told_by_protocol = path.startswith("/ofrep") and status in {"400", "404", "500"}
                if int(status) >= 400 and path != "/readyz" and not told_by_protocol:
                    assert set(answer["content"]) == {"application/problem+json"}, (path, status)


def test_every_reference_leads_somewhere(schema: dict[str, Any]) -> None:
    def references(node: Any) -> Iterator[str]:
        if isinstance(node, dict):
            if isinstance(node.get("$ref"), str):
                yield node["$ref"]
            for value in node.values():
                yield from references(value)
        elif isinstance(node, list):
            for value in node:
                yield from references(value)

    known = set(schema["components"]["schemas"])
    assert {ref.removeprefix("#/components/schemas/") for ref in references(schema)} <= known


def test_requests_have_examples(schema: dict[str, Any]) -> None:
    for name in ("BatchIn", "TestIn", "DecideIn", "EventsIn"):
        assert schema["components"]["schemas"][name]["examples"], name


def test_nothing_names_a_machine(schema: dict[str, Any]) -> None:
    assert str(Path.cwd()) not in str(schema)
    assert str(Path.home()) not in str(schema)
