"""Spans of requests, as a collector would get them."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from starlette.types import ASGIApp

from studio.api.app import create_app
from studio.api.quick import PATH
from studio.api.tracing import Spans, is_traced, traced
from studio.api.worlds import Door
from tests.studio.serving import engine_of, make_services, serving

TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
ASKED = {"unit": "s", "items": ["mug"]}


@pytest.fixture
def exported(monkeypatch: pytest.MonkeyPatch) -> InMemorySpanExporter:
    """What a provider of this test's own would send away."""
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    # The API lets a process set its provider once.
    monkeypatch.setattr(trace, "get_tracer_provider", lambda: provider)
    return exporter


@pytest.fixture
def fronts(tmp_path: Path) -> Iterator[Any]:
    """What stands before an application that is built now."""
    services = make_services(tmp_path)
    yield lambda: create_app(services, loopback=True).front  # type: ignore[attr-defined]
    engine_of(services).dispose()


def test_every_request_has_a_span_with_its_route_and_status(
    exported: InMemorySpanExporter, tmp_path: Path
) -> None:
    with serving(tmp_path) as server:
        server.client.get("/readyz")
        assert server.client.get("/v1/tests/none?key=secret").status_code == 404
        server.client.get("/no/such/path")
        server.client.request("MKCOL", "/readyz")
    known, missing, unknown, odd = in_order(exported)
    assert known.kind is trace.SpanKind.SERVER
    assert (known.name, told(known)["http.response.status_code"]) == ("GET /readyz", 200)
    assert missing.name == "GET /v1/tests/{test}"
    assert told(missing) == {
        "http.request.method": "GET",
        "http.route": "/v1/tests/{test}",
        "http.response.status_code": 404,
        "url.path": "/v1/tests/none",
        "url.scheme": "http",
    }
    assert missing.status.is_unset  # the client's fault
    assert (unknown.name, "http.route" in told(unknown)) == ("GET", False)
    assert told(odd)["http.request.method"] == "_OTHER"


def test_quick_decisions_have_one_span_within_the_callers_trace(
    exported: InMemorySpanExporter, tmp_path: Path
) -> None:
    headers = {"traceparent": f"00-{TRACE}-{PARENT}-01"}
    with serving(tmp_path) as server:
        server.client.get("/readyz")  # the gate has asked once
        for _ in range(2):
            server.client.post("/v1/decide", json=ASKED, headers=headers)
        server.client.post("/v1/decide", json={**ASKED, "items": "none"}, headers=headers)
    _, *spans = in_order(exported)
    assert [span.name for span in spans] == ["POST /v1/decide"] * 3
    assert [told(span)["http.response.status_code"] for span in spans] == [200, 200, 422]
    for span in spans:
        assert span.context is not None
        assert span.parent is not None
        assert f"{span.context.trace_id:032x}" == TRACE
        assert f"{span.parent.span_id:016x}" == PARENT


def test_a_defect_marks_its_span_as_failed(exported: InMemorySpanExporter) -> None:
    async def broken(_scope: Any, _receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 503, "headers": []})
        raise RuntimeError("lost")

    scope = {"type": "http", "method": "POST", "path": PATH, "headers": []}
    with pytest.raises(RuntimeError, match="lost"):
        asyncio.run(Spans(broken, early=PATH)(scope, _nothing, _nothing))
    (span,) = exported.get_finished_spans()
    assert (span.status.status_code, told(span)["error.type"]) == (trace.StatusCode.ERROR, "503")


def test_without_a_provider_quick_decisions_are_left_alone(fronts: Any) -> None:
    assert not is_traced()
    front = fronts()
    assert isinstance(front, Door)
    assert isinstance(front.root.quick.app, Spans)


def test_with_a_provider_they_are_within(exported: InMemorySpanExporter, fronts: Any) -> None:
    assert exported.get_finished_spans() == ()
    front = fronts()
    assert isinstance(front, Spans)
    assert isinstance(front.app, Door)
    assert not isinstance(front.app.root.quick.app, Spans)  # or a request would have two


def test_without_the_package_nothing_is_put_around(
    fronts: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry", None)
    inner: ASGIApp = _nothing
    assert traced(inner, early=PATH) is inner
    assert not is_traced()
    front = fronts()
    assert isinstance(front, Door)
    assert not isinstance(front.root.quick.app, Spans)


def in_order(exported: InMemorySpanExporter) -> list[ReadableSpan]:
    """As they began: a span ends after its answer, perhaps when the next has begun."""
    return sorted(exported.get_finished_spans(), key=lambda span: span.start_time or 0)


def told(span: ReadableSpan) -> dict[str, Any]:
    assert span.attributes is not None
    return dict(span.attributes)


async def _nothing(*_: Any) -> Any:
    return {"type": "http.disconnect"}
