"""Sources are read by all cores, in order; models are made ready where a photo is sure to need them."""

import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

import pipelines
from studio.cli.reading import Readying, read_in_order
from studio.services.images import Images


def _as_path(name: str) -> Path:
    return Path(name)


def test_what_is_read_together_comes_back_in_order() -> None:
    second_began = threading.Event()

    def read(name: str) -> str:
        if name == "a.jpg":
            assert second_began.wait(30)  # while it is read, the next one has begun
        second_began.set()
        return name.upper()

    found = read_in_order(["a.jpg", "b.jpg", "c.jpg"], read, path=_as_path, at_once=2)
    assert found == ["A.JPG", "B.JPG", "C.JPG"]


def test_models_are_rendered_by_the_calling_thread_alone() -> None:
    threads: dict[str, str] = {}

    def read(name: str) -> None:
        threads[name] = threading.current_thread().name

    read_in_order(["a.jpg", "b.glb", "c.gltf"], read, path=_as_path, at_once=2)
    own = threading.current_thread().name
    assert threads["b.glb"] == threads["c.gltf"] == own != threads["a.jpg"]


def test_a_fault_is_raised_as_it_is() -> None:
    def refuse(name: str) -> None:
        raise OSError(name)

    with pytest.raises(OSError, match=r"a\.jpg"):
        read_in_order(["a.jpg", "b.jpg"], refuse, path=_as_path, at_once=1)


class _Images:
    """Hears what is to be made ready."""

    def __init__(self, fault: Exception | None = None) -> None:
        self.asked: list[tuple[str, int]] = []
        self.done = threading.Event()
        self._fault = fault

    def prepare(self, recipe: Any, *, workers: int) -> None:
        self.asked.append((recipe.source, workers))
        self.done.set()
        if self._fault is not None:
            raise self._fault


def _recipe(source: str, kind: str = "white") -> pipelines.Recipe:
    return cast("pipelines.Recipe", SimpleNamespace(source=source, kind=kind))


def test_models_are_made_ready_once_for_the_first_photo_without_transparency() -> None:
    images = _Images()
    readying = Readying(cast("Images", images), workers=2)
    readying.hear(_recipe("given"), Path("render.png"))
    readying.hear(_recipe("edited", "edit"), Path("photo.jpg"))
    assert images.asked == []
    readying.hear(_recipe("first"), Path("photo.JPG"))
    readying.hear(_recipe("second"), Path("photo.jpeg"))
    assert images.done.wait(30)
    assert images.asked == [("first", 2)]


def test_what_cannot_be_made_ready_is_left_to_the_job_to_tell() -> None:
    images = _Images(pipelines.ModelMissing(name="u2netp"))
    Readying(cast("Images", images), workers=1).hear(_recipe("first"), Path("photo.jpg"))
    assert images.done.wait(30)
    for thread in threading.enumerate():
        if thread.name == "readying":
            thread.join(30)  # pytest turns a thread's unheard fault into an error
