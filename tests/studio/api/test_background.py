"""Work beside the answering goes on failing in an outage; its log does not fill the disk."""

import threading

import pytest
from structlog.testing import capture_logs

from studio.api import background
from studio.api.background import look_first, rechecking, repeated
from studio.services.errors import DatabaseBehind, DatabaseUnusable
from studio.services.feed import NO_SNAPSHOT


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


def test_a_database_that_was_away_is_looked_for_until_it_is_fit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(background, "RECHECK_S", 0.001)
    away = DatabaseUnusable(url="db", why="away")
    behind = DatabaseBehind(url="db", revision="r0", head="r1")
    turns = iter([away, away, behind, behind, None])
    ended = threading.Event()

    def recheck() -> None:
        if (fault := next(turns)) is not None:
            raise fault

    with capture_logs() as told:
        rechecking(recheck, ended).join(30)
    assert not ended.is_set(), "it ended by itself"
    assert [line["event"] for line in told] == ["database_unfit", "database_back"]


class SlowFeed:
    """A feed whose refresh goes on until it is let end."""

    age_s = 86_400.0

    def __init__(self, version: str) -> None:
        self.version = version
        self.let_end = threading.Event()
        self.refreshed = threading.Event()

    def refresh(self) -> str:
        self.let_end.wait(30)
        self.refreshed.set()
        return "swapped"


def test_a_long_first_look_is_not_waited_for_where_there_is_a_snapshot(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(background, "FIRST_LOOK_S", 0.01)
    feed = SlowFeed("184")
    with capture_logs() as told:
        look_first(feed)  # type: ignore[arg-type]
    assert [line["snapshot"] for line in told] == ["184"]
    assert not feed.refreshed.is_set()
    feed.let_end.set()
    assert feed.refreshed.wait(30), "it goes on beside the answers"


def test_a_first_look_is_waited_for_where_there_is_nothing_to_answer_by(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(background, "FIRST_LOOK_S", 0.0)
    feed = SlowFeed(NO_SNAPSHOT)
    threading.Timer(0.01, feed.let_end.set).start()
    look_first(feed)  # type: ignore[arg-type]
    assert feed.refreshed.is_set()
