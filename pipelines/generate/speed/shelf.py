"""What lies in main memory while the card works: text encoders, and what waits for them."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Literal

Offload = Literal["nothing", "readers", "turns"]
"""What is not on the card all the time: nothing; the text encoders, which come only to read; or
besides them, as long as they read, the denoiser, so that the two are never there together."""

READING = frozenset({"text_encoder", "text_encoder_2"})
"""Components of pipelines that only read: prompts are read beforehand, so that these may lie
elsewhere while a picture is painted."""


class Shelf:
    """Modules whose weights stay in main memory, but for the time that somebody works with them.

    The weights are never written back: what lies in main memory is the original, so that putting
    them back costs nothing. One user at a time; the caller sees to that.

    Parameters
    ----------
    modules
        On the processor, and used by nobody outside `at_hand`.
    fetch
        Makes of a tensor in main memory the one to work with, such as a copy on a card.
    pinned
        Keep them where a card reads them fastest; that memory cannot be swapped out.
    """

    def __init__(
        self, modules: Sequence[Any], *, fetch: Callable[[Any], Any], pinned: bool = False
    ) -> None:
        self._fetch = fetch
        tensors = [one for module in modules for one in _tensors(module)]
        if pinned:
            for one in tensors:
                one.data = one.data.pin_memory()
        # Shared tensors (tied embeddings) come once.
        self._originals = {id(one): (one, one.data) for one in tensors}

    @contextmanager
    def at_hand(self) -> Iterator[None]:
        """Have the modules on their device while the block runs.

        Raises
        ------
        Whatever `fetch` raises, such as that the card has no room; then nothing was moved
        """
        try:
            for one, data in self._originals.values():
                one.data = self._fetch(data)
            yield
        finally:
            for one, data in self._originals.values():
                one.data = data


class Aside:
    """A module that leaves the device while others need its room, and comes back as it was.

    What is in main memory is kept from the first time on: weights do not change, so that leaving
    again costs nothing. One user at a time; the caller sees to that.

    Parameters
    ----------
    module
        On the device.
    leave, fetch
        Make of a tensor the one in main memory, and of that the one to work with.
    """

    def __init__(
        self, module: Any, *, leave: Callable[[Any], Any], fetch: Callable[[Any], Any]
    ) -> None:
        self._module = module
        self._leave, self._fetch = leave, fetch
        # With the tensor itself: as long as it is held, no other takes its id.
        self._kept: dict[int, tuple[Any, Any]] = {}
        self._gone: list[Any] = []

    @contextmanager
    def away(self) -> Iterator[None]:
        """Have the module's room while the block runs.

        Raises
        ------
        Whatever `fetch` raises, such as that the card has no room; `come_back` then tries again
        """
        try:
            for one in _tensors(self._module):
                if id(one) not in self._kept:
                    self._kept[id(one)] = one, self._leave(one.data)
                one.data = self._kept[id(one)][1]
                self._gone.append(one)
            yield
        finally:
            self.come_back()

    def come_back(self) -> None:
        """Bring back what is still away; nothing if all is there."""
        while self._gone:
            one = self._gone[-1]
            one.data = self._fetch(self._kept[id(one)][1])
            self._gone.pop()


def _tensors(module: Any) -> list[Any]:
    return [*module.parameters(), *module.buffers()]
