"""No collection halts a server over what it keeps."""

import gc
import threading

import pytest

from studio.api import collecting
from studio.api.collecting import set_aside, without_halts
from studio.services.feed import Refresh


@pytest.fixture(autouse=True)
def unset(monkeypatch: pytest.MonkeyPatch) -> None:
    """This process is a test's, and goes on as it was."""
    monkeypatch.setattr(collecting, "_SET_ASIDE", threading.Event())
    frozen = []
    monkeypatch.setattr(gc, "freeze", lambda: frozen.append(True))
    monkeypatch.setattr(gc, "get_freeze_count", lambda: len(frozen))


def test_nothing_is_collected_while_a_snapshot_is_built() -> None:
    seen = []

    def refresh() -> Refresh:
        seen.append(gc.isenabled())
        return "swapped"

    assert without_halts(refresh)() == "swapped"
    assert seen == [False]
    assert gc.isenabled()


def test_collections_go_on_after_a_defect() -> None:
    def refresh() -> Refresh:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        without_halts(refresh)()
    assert gc.isenabled()


def test_only_a_server_keeps_what_is_new() -> None:
    results: list[Refresh] = ["swapped", "unchanged", "failed", "swapped"]
    told = iter(results)
    refresh = without_halts(lambda: next(told))
    refresh()
    assert gc.get_freeze_count() == 0
    set_aside()
    assert gc.get_freeze_count() == 1
    refresh()
    refresh()
    assert gc.get_freeze_count() == 1
    refresh()
    assert gc.get_freeze_count() == 2
