"""How events reach the server: rules only, no sockets and no clock."""

from __future__ import annotations

import logging
import random
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from studio.client.delivery import ADOPT_S, FULL_AGAIN_S, Delivery
from studio.client.messages import Heard, Request, Unreachable
from studio.client.options import Options
from studio.client.outbox import Outbox
from studio.client.spill import Spill
from tests.studio.client.playing import Intake, Stage, answer, fill, ids_of

AWAY = Unreachable("refused")


class Sender:
    """A delivery on a stage."""

    def __init__(
        self, server: Callable[[Request], Heard], *, folder: Path | None = None, **options: object
    ) -> None:
        chosen = Options(**options)  # type: ignore[arg-type]
        self.stage = Stage(server)
        self.outbox = Outbox(
            limit=chosen.max_queued,
            batch=chosen.batch,
            clock=self.stage.clock,
            wake=self.stage.wake,
        )
        self.spill = None
        if folder is not None:
            self.spill = Spill(
                folder, max_bytes=chosen.max_spill_bytes, clock=lambda: 1.7e9 + self.stage.now_s
            )
        self.delivery = Delivery(
            self.outbox,
            spill=self.spill,
            options=chosen,
            clock=self.stage.clock,
            random=lambda: 0.5,
        )
        self.plan = self.delivery.plan()

    def put(self, *numbers: int) -> list[bool]:
        return fill(self.outbox, numbers)

    def play(self, for_s: float = 0.0) -> bool:
        return self.stage.play(self.plan, for_s=for_s)

    def close(self) -> bool:
        self.delivery.close()
        self.stage.wake()
        return self.play(60)


def test_a_batch_leaves_when_its_oldest_event_has_waited() -> None:
    sender = Sender(Intake(), flush_s=1.0, batch=100)
    sender.put(1)
    sender.play(0.6)
    sender.put(2)
    sender.play(0.3)
    assert sender.stage.calls == []
    sender.play(0.2)
    ((at_s, request),) = sender.stage.calls
    assert ids_of(request) == ["e1", "e2"]
    assert at_s == pytest.approx(1.0)
    assert sender.delivery.tally.accepted == 2
    assert sender.delivery.pending == 0


def test_a_full_batch_leaves_at_once() -> None:
    sender = Sender(Intake(), batch=3)
    sender.put(1, 2, 3, 4)
    sender.play()
    assert [ids_of(request) for _, request in sender.stage.calls] == [["e1", "e2", "e3"]]


def test_what_fails_is_tried_again_later_each_time() -> None:
    intake = Intake()
    intake.failures = [AWAY, AWAY, answer(500), answer(200, b"<html>a hotel's log-in page")]
    sender = Sender(intake, flush_s=0.0, retry_first_s=1.0, retry_most_s=4.0)
    sender.put(1)
    sender.play(60)
    times = [at_s for at_s, _ in sender.stage.calls]
    waits = [late - early for early, late in pairwise(times)]
    assert waits == pytest.approx([0.75, 1.5, 3.0, 3.0])
    assert intake.seen == {"e1": 1}
    assert sender.delivery.tally.accepted == 1
    assert sender.delivery.failure is None


@pytest.mark.parametrize("status", [429, 503])
def test_a_server_that_asks_for_time_gets_it(status: int) -> None:
    intake = Intake()
    intake.failures = [answer(status, retry_after="7")]
    sender = Sender(intake, flush_s=0.0, retry_first_s=0.1)
    sender.put(1)
    sender.play(6.9)
    sender.put(2)
    assert len(sender.stage.calls) == 1
    sender.play(0.2)
    assert [at_s for at_s, _ in sender.stage.calls] == pytest.approx([0.0, 7.0])
    assert set(intake.seen) == {"e1", "e2"}


def test_a_batch_that_is_too_large_is_sent_in_parts() -> None:
    intake = Intake()

    def small(request: Request) -> Heard:
        return intake(request) if len(ids_of(request)) <= 2 else answer(413)

    sender = Sender(small, batch=7)
    sender.put(*range(7))
    sender.play()
    assert len(intake.seen) == 7
    assert max(intake.seen.values()) == 1


def test_what_can_never_be_taken_is_given_up_and_told(caplog: pytest.LogCaptureFixture) -> None:
    sender = Sender(lambda _: answer(422, {"detail": "no batch at all"}), flush_s=0.0)
    sender.put(1, 2)
    sender.play(10)
    assert len(sender.stage.calls) == 1
    assert sender.delivery.tally.rejected == 2
    assert caplog.records[0].why == "no batch at all"  # type: ignore[attr-defined]


def test_rejected_events_are_counted_and_each_reason_is_told_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    body = {"accepted": 1, "duplicates": 0, "rejected": [{"id": "e2", "why": "ts: too late"}]}
    sender = Sender(lambda _: answer(body=body), batch=2)
    sender.put(1, 2)
    sender.play()
    sender.put(3, 4)
    sender.play()
    assert sender.delivery.tally.rejected == 2
    assert [record.message for record in caplog.records] == ["events_rejected"]


def test_a_refused_key_keeps_the_events(caplog: pytest.LogCaptureFixture) -> None:
    intake = Intake()
    intake.failures = [answer(401, {"detail": "this key is unknown"})] * 3
    sender = Sender(intake, flush_s=0.0, retry_most_s=30.0)
    sender.put(1)
    sender.play(89)
    assert [at_s for at_s, _ in sender.stage.calls] == pytest.approx([0, 30, 60])
    assert sender.delivery.failure == "this key is unknown"
    assert [record.message for record in caplog.records] == ["events_delayed"]
    sender.play(2)
    assert intake.seen == {"e1": 1}


def test_memory_is_bounded_and_what_is_lost_is_counted(caplog: pytest.LogCaptureFixture) -> None:
    sender = Sender(lambda _: AWAY, batch=5, max_queued=10)
    taken = sender.put(*range(12))
    sender.delivery.drop(taken.count(False))
    sender.play(30)
    assert taken == [True] * 10 + [False] * 2
    assert sender.delivery.pending == 10
    assert sender.delivery.tally.dropped == 2
    assert "events_dropped" in caplog.text


def test_events_go_to_disk_while_the_server_is_away(tmp_path: Path) -> None:
    intake = Intake()
    intake.failures = [AWAY] * 8
    sender = Sender(intake, folder=tmp_path, flush_s=0.0, spill_after_s=5.0)
    sender.put(1, 2)
    sender.play(4.9)
    assert list(tmp_path.iterdir()) == []
    sender.play(0.2)
    assert len(list(tmp_path.glob("*.ndjson"))) == 1
    assert (sender.delivery.pending, sender.delivery.tally.spilled) == (0, 2)
    sender.play(300)
    assert intake.seen == {"e1": 1, "e2": 1}
    assert list(tmp_path.iterdir()) == []


def test_a_short_disturbance_never_touches_the_disk(tmp_path: Path) -> None:
    intake = Intake()
    intake.failures = [answer(429, retry_after="2")]
    sender = Sender(intake, folder=tmp_path / "never", flush_s=0.0, spill_after_s=5.0)
    sender.put(1)
    sender.play(10)
    assert intake.seen == {"e1": 1}
    assert not (tmp_path / "never").exists()


def test_the_next_process_sends_what_the_last_one_left(tmp_path: Path) -> None:
    first = Sender(lambda _: AWAY, folder=tmp_path, flush_s=0.0)
    first.put(1, 2, 3)
    first.play(1)
    assert first.close()
    assert first.delivery.tally.spilled == 3
    intake = Intake()
    second = Sender(intake, folder=tmp_path)
    second.play()
    assert set(intake.seen) == {"e1", "e2", "e3"}


def test_a_neighbour_that_died_is_found_in_time(tmp_path: Path) -> None:
    intake = Intake()
    sender = Sender(intake, folder=tmp_path)
    sender.play(1)
    Spill(tmp_path, max_bytes=1000).keep([b'{"id":"left"}'])
    sender.play(ADOPT_S)
    assert intake.seen == {"left": 1}


def test_a_full_disk_drops_and_says_so(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    sender = Sender(lambda _: AWAY, folder=tmp_path, flush_s=0.0, max_spill_bytes=20)
    sender.put(1, 2, 3)
    assert sender.close()
    assert sender.delivery.tally.dropped == 3
    assert "events_dropped" in caplog.text


def test_a_full_disk_leaves_events_in_memory_until_it_takes_them(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    intake = Intake()
    sender = Sender(lambda _: AWAY, folder=tmp_path / "none", flush_s=0.0, spill_after_s=0.0)
    (tmp_path / "none").write_text("no folder can be made here")
    sender.put(1, 2)
    sender.play(FULL_AGAIN_S / 2)
    assert (sender.delivery.pending, sender.delivery.tally.dropped) == (2, 0)
    assert [record.message for record in caplog.records].count("spill_refused") == 1
    (tmp_path / "none").unlink()
    sender.play(FULL_AGAIN_S)
    assert sender.delivery.tally.spilled == 2
    sender.stage.server = intake
    sender.play(60)
    assert set(intake.seen) == {"e1", "e2"}


def test_a_full_disk_keeps_no_event_from_a_server_that_is_there(tmp_path: Path) -> None:
    """Half of the queue is full: the disk refuses, the server takes."""
    intake = Intake()
    sender = Sender(intake, folder=tmp_path, batch=2, max_queued=20, max_spill_bytes=1)
    sender.put(*range(20))
    sender.play(5)
    assert len(intake.seen) == 20
    assert sender.delivery.tally.dropped == 0


def test_a_long_queue_goes_to_disk_though_the_server_is_only_slow(tmp_path: Path) -> None:
    intake = Intake()
    sender = Sender(intake, folder=tmp_path, batch=2, max_queued=20)
    sender.put(*range(20))
    sender.play(5)
    assert sender.delivery.tally.spilled >= 8
    assert len(intake.seen) == 20


def test_closing_sends_what_waits() -> None:
    intake = Intake()
    sender = Sender(intake, flush_s=60.0)
    sender.put(1, 2)
    sender.play(1)
    assert sender.close()
    assert set(intake.seen) == {"e1", "e2"}


def test_closing_without_server_or_disk_loses_and_counts() -> None:
    sender = Sender(lambda _: AWAY, flush_s=60.0)
    sender.put(1, 2)
    sender.play(1)
    assert sender.close()
    assert sender.delivery.tally.dropped == 2


def test_closing_without_a_disk_waits_for_a_server_that_asks_for_time() -> None:
    intake = Intake()
    intake.failures = [answer(429, retry_after="2")]
    sender = Sender(intake, flush_s=60.0, close_s=5.0)
    sender.put(1, 2)
    sender.play(1)
    assert sender.close()
    assert set(intake.seen) == {"e1", "e2"}
    assert sender.delivery.tally.dropped == 0


def test_closing_without_a_disk_tries_though_it_was_not_time_yet() -> None:
    intake = Intake()
    intake.failures = [AWAY] * 6
    sender = Sender(intake, flush_s=0.0, close_s=5.0)
    sender.put(1)
    sender.play(20)
    assert sender.delivery.failure is not None
    intake.failures = []
    assert sender.close()
    assert intake.seen == {"e1": 1}


def test_what_a_full_disk_refuses_at_the_end_is_tried_once_more(tmp_path: Path) -> None:
    intake = Intake()
    intake.failures = [AWAY]
    sender = Sender(intake, folder=tmp_path, flush_s=60.0, max_spill_bytes=1)
    sender.put(1, 2)
    assert sender.close()
    assert set(intake.seen) == {"e1", "e2"}


def test_after_the_end_nothing_is_taken_until_it_begins_again() -> None:
    intake = Intake()
    sender = Sender(intake, flush_s=0.0)
    assert sender.close()
    assert sender.put(1) == [False]
    sender.delivery.open()
    sender.plan = sender.delivery.plan()
    assert sender.put(2) == [True]
    sender.play(1)
    assert intake.seen == {"e2": 1}


def test_flushing_tells_whether_all_was_taken() -> None:
    intake = Intake()
    intake.failures = [AWAY]
    sender = Sender(intake, flush_s=60.0)
    told: list[bool] = []
    for number in (1, 2):
        sender.put(number)
        sender.delivery.when_sent(told.append)
        sender.stage.wake()
        sender.play(5)
    assert told == [False, True]


def test_a_plan_that_broke_off_begins_again_with_what_was_in_flight() -> None:
    intake = Intake()

    def broken(_: Request) -> Heard:
        raise RuntimeError("a defect")

    sender = Sender(broken, flush_s=0.0)
    sender.put(1)
    with pytest.raises(RuntimeError):
        sender.play()
    assert sender.delivery.pending == 1
    sender.stage.server = intake
    sender.plan = sender.delivery.plan()
    sender.play()
    assert intake.seen == {"e1": 1}


FAILURES = st.sampled_from(
    [AWAY, answer(500), answer(503, retry_after="3"), answer(429), answer(200, b"?"), answer(401)]
)


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@patch("os.fsync", lambda _: None)  # thousands of them, and no power cut is played here
@given(
    script=st.lists(
        st.tuples(st.integers(0, 12), st.floats(0, 8), st.lists(FAILURES, max_size=4)), max_size=8
    ),
    restarts=st.sets(st.integers(0, 7)),
)
def test_every_event_arrives_whatever_happens(
    tmp_path_factory: pytest.TempPathFactory,
    script: list[tuple[int, float, list[Heard]]],
    restarts: set[int],
) -> None:
    """Failures of all kinds, time passing, processes that end and begin: nothing is lost."""
    logging.disable(logging.CRITICAL)
    folder = tmp_path_factory.mktemp("spill")
    intake = Intake()
    sender, sent = Sender(intake, folder=folder, batch=4, max_queued=12), 0
    for step, (count, pause_s, failures) in enumerate(script):
        intake.failures = list(failures)
        numbers = range(sent, sent + count)
        sent += count
        assert all(sender.put(*numbers)) or len(sender.outbox) == 12
        sent_in = sender.outbox  # all were taken: the queue has room for a step
        assert len(sent_in) <= 12
        sender.play(pause_s)
        if sender.outbox or step in restarts:
            sender.close()
            sender = Sender(intake, folder=folder, batch=4, max_queued=12)
    intake.failures = []
    sender.play(300)
    sender.close()
    logging.disable(logging.NOTSET)
    assert set(intake.seen) == {f"e{number}" for number in range(sent)}
    assert sender.delivery.tally.dropped == 0


def test_tries_of_many_clients_are_spread() -> None:
    """Full jitter: clients that failed in one instant do not come back in one."""
    times = set()
    for seed in range(20):
        draw = random.Random(seed)
        sender = Sender(lambda _: AWAY, flush_s=0.0)
        sender.delivery._answers._backoff._random = draw.random
        sender.put(1)
        sender.play(1)
        times.add(sender.stage.calls[1][0])
    assert len(times) == 20
    assert max(times) - min(times) > 0.15
