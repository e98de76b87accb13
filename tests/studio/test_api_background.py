"""Work beside the answering goes on failing in an outage; its log does not fill the disk."""

import threading

from structlog.testing import capture_logs

from studio.api.background import repeated


def test_work_that_goes_on_failing_is_told_of_once_and_again_after_it_worked() -> None:
    ended, turns = threading.Event(), iter("xxx.xx")

    def work() -> None:
        turn = next(turns, None)
        if turn is None:
            ended.set()
        elif turn == "x":
            raise OSError("the database is away")

    with capture_logs() as told:
        repeated("count", work, every_s=0.001, ended=ended).join(30)
    failures = [line for line in told if line["event"] == "background_work_failed"]
    assert [line["work"] for line in failures] == ["count", "count"]
