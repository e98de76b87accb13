"""What operators and load balancers are told."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from studio.api.routes import operations
from tests.studio.serving import Served, serving


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    with serving(tmp_path) as server:
        yield server


def reasons(served: Served, status: int = 200) -> list[str]:
    answer = served.client.get("/readyz")
    assert answer.status_code == status, answer.text
    told = answer.json()
    assert told["ready"] == (status == 200)
    assert told["degraded"] == bool(set(told["reasons"]) - {"stopping", "no_snapshot"})
    found: list[str] = told["reasons"]
    return found


def test_a_sound_server_has_no_reasons(served: Served) -> None:
    assert reasons(served) == []


def test_an_old_snapshot_takes_no_server_out(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(operations, "STALE_S", -1.0)
    assert reasons(served) == ["snapshot_stale"]


def test_a_lost_database_takes_no_server_out(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone() -> bool:
        raise OperationalError("SELECT", {}, Exception("gone"))

    monkeypatch.setattr(served.services.keys, "any_in_force", gone)
    assert reasons(served) == ["database_away"]


def test_a_database_that_hangs_does_not_hang_the_probe(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    answered = threading.Event()
    monkeypatch.setattr(operations, "DATABASE_S", 0.01)
    monkeypatch.setattr(served.services.keys, "any_in_force", lambda: answered.wait(60))
    assert reasons(served) == ["database_away"]
    answered.set()


def test_failing_decisions_are_told_and_still_answered(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "packshot_decide_failures_total 0" in served.client.get("/metrics").text.splitlines()

    def broken(*_args: object, **_options: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(served.services.feed, "answer", broken)
    assert served.client.post("/v1/decide", json={"items": ["mug"]}).status_code == 200
    assert reasons(served) == ["decisions_failing"]
    assert "packshot_decide_failures_total 1" in served.client.get("/metrics").text.splitlines()


def test_a_server_that_stops_is_not_ready(served: Served) -> None:
    served.services.stopping.set()
    assert reasons(served, 503) == ["stopping"]
    assert served.client.get("/healthz").status_code == 200


def test_a_server_that_has_nothing_to_decide_by_is_not_ready(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(served.services.feed), "version", "none")
    assert reasons(served, 503) == ["no_snapshot"]
