"""What a dead worker leaves: images that it kept, and files that it had begun."""

import os
import threading
from pathlib import Path

import cv2
import pytest

import assets
import pipelines
from pipelines.stages.shot import Unheard
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


def test_what_a_first_image_waits_for_is_imported_beside_the_loading_of_its_model(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    imported, loaded = threading.Event(), []

    def load(names: tuple[str, ...]) -> None:
        assert imported.wait(30)  # neither waits for the other
        loaded.append(names)

    monkeypatch.setattr("studio.services.images.make_ready", lambda kind: imported.set())
    monkeypatch.setattr(shell.images.supplies, "prepare", load)
    threads = cv2.getNumThreads()
    recipe = pipelines.Recipe(
        kind="cutout", source="0" * 64, params=pipelines.CutoutParams(), models=("some@1",)
    )
    try:
        shell.images.prepare(recipe, workers=1)
    finally:
        cv2.setNumThreads(threads)
    assert loaded == [("some@1",)]


def test_workers_share_the_cores_out_whoever_runs_them(shell: Shell) -> None:
    cores, threads = os.cpu_count() or 1, cv2.getNumThreads()
    try:
        shell.images.worker("alone", of=1)
        assert (shell.images.supplies.threads_each, cv2.getNumThreads()) == (cores, cores)
        shell.images.worker("one of many", of=cores)
        assert (shell.images.supplies.threads_each, cv2.getNumThreads()) == (1, 1)
    finally:
        cv2.setNumThreads(threads)


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
