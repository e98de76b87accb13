"""Which variants took part in which period, as a table of impressions shows it.

A variant that has nothing at all in a period that should have brought it many impressions was not
in the test then: it was added later or dropped before. Its share there is 0, and the others' shares
are taken relative to each other, so that the sample-ratio check holds each period to the variants
that it had.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

_EXPECTED: Final = 20.0
"""Impressions that a variant must lack to count as absent: chance leaves out as many once in
500 million periods."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Presence:
    """Shares of traffic by period, and who was absent.

    Parameters
    ----------
        shares : float64 (periods, variants), each row sums to 1
        absent : bool (periods, variants)
    """

    shares: Floats
    absent: Flags

    def dropped(self) -> tuple[int, ...]:
        """Variants that are absent at the end; none where fewer than two would be left."""
        gone = np.flatnonzero(self.absent[-1])
        return tuple(int(i) for i in gone) if self.absent.shape[1] - len(gone) >= 2 else ()


def presence_of(shown: Floats, split: Floats, *, listed: Flags | None = None) -> Presence:
    """Who took part when.

    Parameters
    ----------
        shown  : float64 (periods, variants), impressions
        split  : float64 (variants,), the shares meant while all take part
        listed : bool (periods, variants), where a line says that the variant took part, were it
                 with no impression; None where nothing says so
    """
    missing = (shown == 0) & (split > 0)
    if listed is not None:
        missing &= ~listed
    expected = np.outer(shown.sum(axis=1), split)
    absent = np.zeros_like(missing)
    for variant in range(len(split)):
        for begin, end in _runs(missing[:, variant]):
            absent[begin:end, variant] = expected[begin:end, variant].sum() >= _EXPECTED
    present = np.where(absent, 0.0, split)
    # A period without any impression lacks nobody.
    present = np.where(present.sum(axis=1, keepdims=True) > 0, present, split)
    return Presence(shares=present / present.sum(axis=1, keepdims=True), absent=absent)


def _runs(flags: Flags) -> list[tuple[int, int]]:
    """Begin and end of each run of true values."""
    edges = np.flatnonzero(np.diff(np.concatenate(([0], flags.astype(np.int8), [0]))))
    return [(int(begin), int(end)) for begin, end in edges.reshape(-1, 2)]


def told(presence: Presence, variants: tuple[str, ...], periods: tuple[str, ...]) -> list[str]:
    """A sentence for each variant that was absent for a while."""
    sentences = []
    for i, name in enumerate(variants):
        for begin, end in _runs(presence.absent[:, i]):
            sentences.append(_sentence(name, periods, begin, end))
    return sentences


def _sentence(name: str, periods: tuple[str, ...], begin: int, end: int) -> str:
    if end == len(periods):
        return (
            f"{name} has nothing from {periods[begin]} on and is taken as dropped then; if it was "
            "not, its images or its events were lost, and no number here can be trusted."
        )
    if begin == 0:
        return f"{name} has nothing before {periods[end]} and is taken as added then."
    last = periods[end - 1]
    span = f"in {last}" if end - begin == 1 else f"from {periods[begin]} to {last}"
    return f"{name} has nothing {span} and is taken as out of the test then."
