from collections.abc import Iterator

import pytest

from studio.api.metrics import Metrics
from tests.studio.serving import Served, serving


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("home")) as server:
        yield server


def test_counters_are_told_by_name_and_labels() -> None:
    metrics = Metrics()
    metrics.add("requests_total", route="/a", status="200")
    metrics.add("requests_total", 2, status="200", route="/a")
    metrics.add("requests_total", route='/"b"\n', status="500")
    assert metrics.get("requests_total", route="/a", status="200") == 3
    assert metrics.get("requests_total", route="/c") == 0
    assert metrics.render(
        extra={"more_total": ("kind", {"x": 1})}, gauges={"age_seconds": 0.5}
    ).splitlines() == [
        "# TYPE more_total counter",
        'more_total{kind="x"} 1',
        "# TYPE requests_total counter",
        r'requests_total{route="/\"b\"\n",status="500"} 1',
        'requests_total{route="/a",status="200"} 3',
        "# TYPE age_seconds gauge",
        "age_seconds 0.5",
    ]


def test_a_server_counts_what_it_did(served: Served) -> None:
    client = served.client
    client.post("/v1/decide", json={"unit": "s", "items": ["x", "y"]})
    client.post("/v1/events", json={"events": [{}, {}, {}]})
    client.get("/v1/assets/" + "0" * 64)
    client.get("/v1/assets/" + "1" * 64)
    lines = client.get("/metrics").text.splitlines()
    assert 'packshot_decisions_total{reason="unknown_item"} 2' in lines
    assert 'packshot_events_total{outcome="rejected"} 3' in lines
    route = 'method="GET",route="/v1/assets/{digest}",status="404"'
    assert f"packshot_http_requests_total{{{route}}} 2" in lines
    assert any(line.startswith("packshot_snapshot_age_seconds ") for line in lines)


def test_readiness_ends_when_the_server_stops(served: Served) -> None:
    assert served.client.get("/readyz").json()["ready"]
    served.services.stopping.set()
    answer = served.client.get("/readyz")
    served.services.stopping.clear()
    assert (answer.status_code, answer.json()["stopping"]) == (503, True)
