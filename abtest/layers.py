"""Layers: tests that must not meet in one shopper share a layer, and each has a slice of it.

A unit has one place in a layer, a bucket of ten thousand; a test of the layer holds some of the
buckets, no two tests the same, so that a unit is in at most one of them. A slice is cut from the
buckets that are free when the test starts and given back when it ends: nobody else's slice moves,
and so no unit changes its test because another test comes or goes.

The bucket depends on the layer's name and the unit alone, by a multiplier of its own (see
`abtest.assignment`), so that it says nothing about the variant that a test of the layer shows.

References
----------
    Tang et al. 2010, "Overlapping Experiment Infrastructure: More, Better, Faster Experimentation"
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from abtest.assignment import LAYER_SLOT, MASK, multiplier
from abtest.errors import InvalidLayer, LayerFull

BUCKETS = 10_000
"""Parts of a layer: shares are multiples of 0.01%."""


def layer_key(layer: str) -> int:
    """The multiplier of a layer."""
    return multiplier(layer, LAYER_SLOT)


def layer_bucket(key: int, unit: int) -> int:
    """The bucket of a unit's number, 0 to 9,999."""
    return (unit * key & MASK) * BUCKETS >> 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """The buckets of a layer that are one test's.

    Parameters
    ----------
        layer  : name, 1 to 64 characters
        ranges : (first, end) of buckets, end excluded, ascending and apart
    Raises       InvalidLayer

    Examples
    --------
    >>> half = Slice(layer="checkout", ranges=((0, 2500), (7500, 10_000)))
    >>> half.share, half.holds(2499), half.holds(2500)
    (0.5, True, False)
    """

    layer: str
    ranges: tuple[tuple[int, int], ...]

    def __post_init__(self) -> None:
        if not 1 <= len(self.layer) <= 64:
            raise InvalidLayer(self.layer, "a layer's name has 1 to 64 characters")
        last = 0
        for first, end in self.ranges:
            if not last <= first < end <= BUCKETS:
                raise InvalidLayer(self.layer, f"buckets {first} to {end} are not in order")
            last = end
        if not self.ranges:
            raise InvalidLayer(self.layer, "a slice without a bucket")

    @property
    def share(self) -> float:
        """Of the layer's units."""
        return sum(end - first for first, end in self.ranges) / BUCKETS

    def holds(self, bucket: int) -> bool:
        """Whether a bucket is in it."""
        return any(first <= bucket < end for first, end in self.ranges)

    def to_dict(self) -> dict[str, object]:
        """The JSON form."""
        return {"layer": self.layer, "ranges": [list(pair) for pair in self.ranges]}

    @classmethod
    def from_dict(cls, data: object) -> Slice:
        """The slice of a JSON form.

        Raises
        ------
            InvalidLayer: something is missing or of the wrong kind
        """
        try:
            fields = dict(data)  # type: ignore[call-overload]
            pairs = tuple((int(first), int(end)) for first, end in fields["ranges"])
            return cls(layer=str(fields["layer"]), ranges=pairs)
        except (TypeError, KeyError, ValueError) as error:
            raise InvalidLayer("layer", f"malformed slice: {error}") from error


def carved(layer: str, share: float, taken: Iterable[Slice]) -> Slice:
    """A slice of the buckets that nobody has.

    Parameters
    ----------
        share : of the layer's units, above 0 to 1, rounded to 0.01%
        taken : slices of the tests that run in the layer
    Raises
        InvalidLayer : the share is none
        LayerFull   : less than the share is free

    Examples
    --------
    >>> first = carved("checkout", 0.3, [])
    >>> second = carved("checkout", 0.5, [first])
    >>> first.ranges, second.ranges
    (((0, 3000),), ((3000, 8000),))
    """
    wanted = round(share * BUCKETS) if 0.0 < share <= 1.0 else 0
    if wanted < 1:
        raise InvalidLayer(layer, f"a share of {share} is not between 0.0001 and 1")
    free = _free(slice_ for slice_ in taken if slice_.layer == layer)
    left = sum(end - first for first, end in free)
    if left < wanted:
        raise LayerFull(layer, share=share, free=left / BUCKETS)
    ranges = []
    for first, end in free:
        length = min(end - first, wanted)
        if length:
            ranges.append((first, first + length))
            wanted -= length
    return Slice(layer=layer, ranges=tuple(ranges))


def _free(taken: Iterable[Slice]) -> list[tuple[int, int]]:
    free, at = [], 0
    for first, end in sorted(pair for slice_ in taken for pair in slice_.ranges):
        if first > at:
            free.append((at, first))
        at = max(at, end)
    return [*free, (at, BUCKETS)] if at < BUCKETS else free
