import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from studio.api.background import show_loop
from studio.api.lag import show_lag
from studio.api.metrics import Metrics
from studio.api.services import Services
from studio.db.leadership import FileLeadership
from studio.services.scheduling import Scheduler
from studio.services.tests import NewTest, NewVariant
from tests.studio.serving import Served, make_services, serving


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


def test_what_waits_to_be_counted_is_shown(tmp_path: Path) -> None:
    services = make_services(tmp_path)  # nothing runs beside it and counts
    tests = services.tests
    variants = tuple(NewVariant(name=name, image=name) for name in "ab")
    made = tests.start(tests.create(NewTest(item="mug", variants=variants), who="m").id, who="m")
    event = {"id": "e", "type": "impression", "unit": "u", "test": made.id, "variant": "a"}
    assert services.events.accept([event]).accepted == 1
    show_lag(services)
    page = services.metrics.render().splitlines()
    assert "packshot_events_waiting 1" in page
    lag_s = next(line for line in page if line.startswith("packshot_events_lag_seconds "))
    assert float(lag_s.split()[1]) > 0.0
    services.events.counter.settle()
    show_lag(services)
    page = services.metrics.render().splitlines()
    assert {"packshot_events_waiting 0", "packshot_events_lag_seconds 0"} <= {*page}


def loop_state(services: Services, scheduler: Scheduler) -> set[str]:
    show_loop(services, scheduler)
    page = services.metrics.render().splitlines()
    return {line for line in page if line.startswith(("packshot_sch", "packshot_web"))}


def until(condition: Callable[[], bool]) -> None:
    pause, deadline_s = threading.Event(), time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline_s, "it never came to this"
        pause.wait(0.01)


def test_who_leads_and_what_webhooks_were_not_told_is_shown(tmp_path: Path) -> None:
    services = make_services(tmp_path)  # nothing runs beside it and delivers
    services.webhooks.add("https://shop.example/hook", events=["test.created"])
    variants = tuple(NewVariant(name=name, image=name) for name in "ab")
    services.tests.create(NewTest(item="mug", variants=variants), who="m")
    lead = FileLeadership(tmp_path / "lead")
    scheduler = Scheduler((), leadership=lead)
    beside = Scheduler((), leadership=FileLeadership(tmp_path / "lead"))
    first = loop_state(services, scheduler)
    scheduler.start()
    until(lambda: scheduler.leads)
    beside.glance()
    shown = [first, loop_state(services, scheduler), loop_state(services, beside)]
    scheduler.stop(timeout_s=60)
    undelivered = {"packshot_webhook_deliveries_waiting 1", "packshot_webhook_deliveries_dead 0"}
    assert shown == [
        {"packshot_scheduler_leads 0", "packshot_scheduler_led 0"} | undelivered,
        {"packshot_scheduler_leads 1", "packshot_scheduler_led 1"} | undelivered,
        {"packshot_scheduler_leads 0", "packshot_scheduler_led 1"} | undelivered,
    ]


def test_readiness_ends_when_the_server_stops(served: Served) -> None:
    assert served.client.get("/readyz").json()["ready"]
    served.services.stopping.set()
    answer = served.client.get("/readyz")
    served.services.stopping.clear()
    assert (answer.status_code, answer.json()["stopping"]) == (503, True)
