"""Text encoders that lie in main memory and come onto the card only to read."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

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


def _tensors(module: Any) -> list[Any]:
    return [*module.parameters(), *module.buffers()]
