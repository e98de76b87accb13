"""Where prompts are read: by one reader at a time, and what was read lately not again."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import torch

from pipelines.generate.port import Ask
from pipelines.generate.prompts import Fitted
from pipelines.generate.readers import Embeddings, Reader
from pipelines.generate.speed import Aside, Shelf

_REMEMBERED = 16
"""Prompts whose embeddings are kept; the largest hold 8 MB each (512 tokens of 7,680 numbers)."""


class ReadingRoom:
    """One reader at a time, and a short memory of what was read.

    Parameters
    ----------
    shelf
        Where the text encoders lie between two readings, if not on the device.
    aside
        What leaves the device to make room for them.
    """

    def __init__(self, shelf: Shelf | None = None, aside: Aside | None = None) -> None:
        self._lock = threading.Lock()
        self._shelf, self._aside = shelf, aside
        self._memory: OrderedDict[tuple[object, ...], Embeddings] = OrderedDict()

    def fitted(self, reader: Reader, pipe: Any, text: str) -> Fitted:
        """What of a text the model reads."""
        with self._lock:
            return reader.fitted(pipe, text)

    @contextmanager
    def sitting(self) -> Iterator["Sitting"]:
        """Read several asks in one go: what reads is fetched once, and only if it must."""
        with self._lock, torch.no_grad(), ExitStack() as until_over:
            yield Sitting(self._memory, fetch=lambda: self._fetch(until_over))

    def _fetch(self, until_over: ExitStack) -> None:
        if self._aside is not None:
            until_over.enter_context(self._aside.away())
        if self._shelf is not None:
            until_over.enter_context(self._shelf.at_hand())


class Sitting:
    """Reading with everything at hand that it takes.

    Parameters
    ----------
    memory
        Embeddings of prompts that were read before.
    fetch
        Called once, before anything is read anew.
    """

    def __init__(
        self, memory: OrderedDict[tuple[object, ...], Embeddings], *, fetch: Callable[[], None]
    ) -> None:
        self._memory = memory
        self._fetch: Callable[[], None] | None = fetch

    def read(self, reader: Reader, pipe: Any, ask: Ask, *, guided: bool) -> Embeddings:
        """Embeddings of an ask's words."""
        if reader.sees:
            return self._read(reader, pipe, ask, guided=guided)
        key = (type(pipe), ask.prompt, ask.negative_prompt, guided)
        if key not in self._memory:
            self._memory[key] = self._read(reader, pipe, ask, guided=guided)
            while len(self._memory) > _REMEMBERED:
                self._memory.popitem(last=False)
        self._memory.move_to_end(key)
        return self._memory[key]

    def _read(self, reader: Reader, pipe: Any, ask: Ask, *, guided: bool) -> Embeddings:
        if self._fetch is not None:
            self._fetch()
            self._fetch = None
        return reader.read(pipe, ask, guided=guided)
