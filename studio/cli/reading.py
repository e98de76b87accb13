"""Sources read by all cores, while what will look at them is made ready."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from threading import Lock, Thread
from typing import TypeVar

import gpu
import pipelines
from pipelines.rendered.model import SUFFIXES
from studio.services.images import Images

T = TypeVar("T")
R = TypeVar("R")
_NEVER_CLEAR = {".jpg", ".jpeg"}
"""Formats without transparency: such a photo's product has to be looked for."""
_LOOKED_AT = {"cutout", "white", "scene"}


def read_in_order(
    items: Sequence[T], read: Callable[[T], R], *, path: Callable[[T], Path], at_once: int
) -> list[R]:
    """Read each item, several at a time; 3D models, which Blender renders, one after another.

    Parameters
    ----------
    path : of an item's source

    Raises
    ------
    what `read` raises, the first item's first
    """
    pool = ThreadPoolExecutor(max_workers=at_once)
    try:
        begun = [None if _is_model(path(one)) else pool.submit(read, one) for one in items]
        return [
            read(one) if promised is None else promised.result()
            for one, promised in zip(items, begun, strict=True)
        ]
    finally:
        pool.shutdown(cancel_futures=True)  # who stops the command does not wait for the rest


def _is_model(source: Path) -> bool:
    return source.suffix.lower() in SUFFIXES


class Readying:
    """Loads the models of the first recipe that is sure to need them, in a thread of its own."""

    def __init__(self, images: Images, *, workers: int) -> None:
        self._images = images
        self._workers = workers
        self._choosing = Lock()
        self._begun = False

    def hear(self, recipe: pipelines.Recipe, source: Path) -> None:
        """Take note of a recipe that will be made of a source."""
        if recipe.kind not in _LOOKED_AT or source.suffix.lower() not in _NEVER_CLEAR:
            return
        with self._choosing:
            if self._begun:
                return
            self._begun = True
        Thread(target=self._load, args=(recipe,), name="readying").start()

    def _load(self, recipe: pipelines.Recipe) -> None:
        # The picture's own job loads them again, and says in its words what is wrong.
        with suppress(pipelines.PipelineError, gpu.GpuError, OSError, RuntimeError):
            self._images.prepare(recipe, workers=self._workers)
