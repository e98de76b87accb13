"""What is made once: cutouts that several recipes share, and images that a dead worker kept."""

import os
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

import assets
import pipelines
from pipelines.imaging.cutout import Cutout
from pipelines.stages.shot import Found, Unheard
from studio.bootstrap.shell import Shell, open_shell
from studio.bootstrap.stores import remove_leftovers
from studio.settings import Settings
from tests.studio.commanding import picture


class Unstopped(Unheard):
    """The control of a job that nobody stops."""

    def raise_if_cancelled(self) -> None:
        pass


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """Everything wired, in an empty home folder."""
    return open_shell(Settings(home=tmp_path))


def found() -> Found:
    cutout = Cutout(rgb=np.zeros((2, 2, 3), np.uint8), alpha=np.ones((2, 2), np.float32))
    return Found(cutout=cutout, checks=())


def test_workers_that_want_the_same_cutout_share_it(shell: Shell) -> None:
    searching, searches = threading.Event(), []

    def find() -> Found:
        searches.append(1)
        assert searching.wait(30)
        return found()

    with ThreadPoolExecutor(3) as workers:
        wanted = [workers.submit(shell.images.cutout, "mug", find) for _ in range(3)]
        searching.set()
        results = [one.result(30) for one in wanted]
    assert len(searches) == 1
    assert results[0] is results[1] is results[2]


def test_a_search_that_failed_is_tried_again(shell: Shell) -> None:
    def fail() -> Found:
        raise ValueError("no product")

    with pytest.raises(ValueError, match="no product"):
        shell.images.cutout("mug", fail)
    assert shell.images.cutout("mug", found).checks == ()


def test_who_waited_for_a_search_that_failed_looks_itself(shell: Shell) -> None:
    searching, waiting = threading.Event(), threading.Event()

    def fail() -> Found:
        searching.set()
        assert waiting.wait(30)
        raise ValueError("a.jpg: no product")

    def fail_too() -> Found:
        raise ValueError("b.jpg: no product")

    class Waiting(Future[Found | None]):
        def result(self, timeout: float | None = None) -> Found | None:
            waiting.set()
            return super().result(timeout)

    with pytest.MonkeyPatch.context() as patch, ThreadPoolExecutor(2) as workers:
        patch.setattr("studio.services.images.Future", Waiting)
        first = workers.submit(shell.images.cutout, "mug", fail)
        assert searching.wait(30)
        second = workers.submit(shell.images.cutout, "mug", fail_too)
        with pytest.raises(ValueError, match=r"a\.jpg"):
            first.result(30)
        with pytest.raises(ValueError, match=r"b\.jpg"):
            second.result(30)
    assert shell.images.cutout("mug", found).checks == ()


def test_only_the_last_few_are_kept(shell: Shell) -> None:
    first = shell.images.cutout("0", found)
    assert shell.images.cutout("0", found) is first
    for key in "1234":
        shell.images.cutout(key, found)
    assert shell.images.cutout("0", found) is not first


def test_an_image_that_a_dead_worker_kept_is_not_made_again(shell: Shell, tmp_path: Path) -> None:
    for name in ("brown", "white"):
        picture(tmp_path / f"{name}.png", name)
    source = shell.images.add_source((tmp_path / "brown.png").read_bytes())
    recipe = pipelines.Recipe(
        kind="white", source=source.digest, params=pipelines.WhiteParams(), models=("none@0",)
    )
    payload = {"recipe": recipe.to_json(), "name": "brown.png"}
    with pytest.raises(pipelines.PipelineError):  # no such model: it cannot be made here
        shell.images.make(payload, Unstopped())
    kept = shell.store.put(
        (tmp_path / "white.png").read_bytes(),
        derivation=assets.Derivation(
            source_digest=source.digest,
            recipe_hash=recipe.digest,
            recipe=recipe.to_json(),
            report={"checks": []},
        ),
    )
    made = shell.images.make(payload, Unstopped())
    assert (made["asset"], made["suffix"], made["report"]) == (kept.digest, ".png", {"checks": []})


def test_what_killed_writers_left_is_removed(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    shell = open_shell(settings)
    picture(tmp_path / "brown.png", "brown")
    asset = shell.images.add_source((tmp_path / "brown.png").read_bytes())
    (whole,) = (tmp_path / "assets").glob("??/??/*")
    left, running = whole.with_name("old.part"), whole.with_name("new.part")
    for part in (left, running):
        part.write_bytes(b"half")
    os.utime(left, (0, 0))
    assert remove_leftovers(settings) == 1
    assert running.exists()
    assert shell.store.read(asset.digest)
