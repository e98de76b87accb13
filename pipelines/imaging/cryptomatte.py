"""Which pixels of a render belong to which thing, as Cryptomatte and object indexes say.

A Cryptomatte layer holds, for each pixel, pairs of an id and its share of the pixel, the largest
first; two pairs to a rank of four channels. An id is the hash of a name, and the header lists the
names.

References
----------
Friedman, Jones: "Fully automatic ID mattes with support for motion blur and transparency", 2015;
the file layout: "Cryptomatte Specification", version 1.2.0, 2018, Psyop.
"""

import fnmatch
import json
import re
import struct
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Plane = npt.NDArray[np.float32]
Ids = npt.NDArray[np.uint32]

_HEX_ID = re.compile(r"(?:0x)?([0-9a-f]{8})", re.IGNORECASE)
_RANK = re.compile(r"(?P<layer>.*?)(?P<rank>\d{2})")
_FIRST = ("object", "asset", "material")
"""Names are looked up in a layer of objects first; the words are those of most renderers."""
_MOST_MANIFEST_CHARACTERS = 8 << 20
_MASK32 = 0xFFFFFFFF


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """One layer of ids.

    Attributes
    ----------
    names
        Id of each name that the header lists; empty where it lists none.
    pairs
        Channels of id and coverage, as ``part number:channel name``, the largest share first.
    """

    name: str
    names: Mapping[str, int]
    pairs: tuple[tuple[str, str], ...]

    @property
    def channels(self) -> tuple[str, ...]:
        """Every channel to read."""
        return tuple(channel for pair in self.pairs for channel in pair)

    @property
    def ranks(self) -> tuple[str, ...]:
        """Names of the passes that the layer consists of."""
        return tuple(f"{self.name}{number:02}" for number in range((len(self.pairs) + 1) // 2))

    def ids_of(self, wanted: str) -> frozenset[int]:
        """Ids that a user means: by name, by a pattern with ``*``, or by an id in hex."""
        if wanted in self.names:
            return frozenset({self.names[wanted]})
        lower = wanted.lower()
        found = {value for name, value in self.names.items()
                 if fnmatch.fnmatchcase(name.lower(), lower)}  # fmt: skip
        by_id = _HEX_ID.fullmatch(wanted)
        if by_id is not None:
            found.add(int(by_id[1], 16))
        elif not self.names:
            found.add(hash_of(wanted))  # no manifest: only the pixels can tell whether it is there
        return frozenset(found)

    def coverage(self, planes: Mapping[str, Plane], ids: Iterable[int]) -> Plane:
        """Share of each pixel that belongs to one of the ids, float32 (H, W) in [0, 1]."""
        wanted = np.array(sorted(ids), np.uint32)
        whole: Plane | None = None
        for key, share in self.pairs:
            part = np.where(np.isin(_bits(planes[key]), wanted), planes[share], np.float32(0))
            whole = part if whole is None else whole + part
        if whole is None:
            raise ValueError(f"the layer {self.name} has no channels")
        return np.clip(np.nan_to_num(whole), 0, 1).astype(np.float32)

    def seen(self, planes: Mapping[str, Plane]) -> tuple[str, ...]:
        """Names of what the picture shows, by how much of it, ids in hex where none is known."""
        key, share = self.pairs[0]
        ids, at = np.unique(_bits(planes[key]), return_inverse=True)
        sizes = np.bincount(at.ravel(), weights=np.nan_to_num(planes[share]).ravel())
        known = {value: name for name, value in self.names.items()}
        order = [int(one) for one in np.argsort(-sizes) if ids[one] and sizes[one] > 0]
        return tuple(known.get(int(ids[one]), f"{int(ids[one]):08x}") for one in order)


def layers_in(
    headers: Sequence[Mapping[str, Any]], parts: Sequence[Sequence[str]]
) -> tuple[Layer, ...]:
    """Find the layers of a file, those of objects first.

    Parameters
    ----------
    headers, parts
        Attributes and channel names of each part, in order.
    """
    told: dict[str, dict[str, str]] = {}
    for header in headers:
        for key, value in header.items():
            words = key.split("/")
            if len(words) == 3 and words[0] == "cryptomatte":
                told.setdefault(words[1], {})[words[2]] = str(value)
    found = [
        Layer(name=one["name"], names=_manifest(one.get("manifest", "")), pairs=pairs)
        for one in told.values()
        if one.get("name") and (pairs := _pairs(one["name"], parts))
    ]
    return tuple(sorted(found, key=lambda one: _kind(one.name)))


def hash_of(name: str) -> int:
    """Return a name's id: MurmurHash3, kept from being no number as a float.

    >>> f"{hash_of('Tischplatte'):08x}", f"{hash_of('hello'):08x}"
    ('dcd7b8a4', '248bfa47')
    """
    value = _murmur3(name.encode())
    return value ^ (1 << 23) if (value >> 23 & 255) in (0, 255) else value


def _murmur3(data: bytes) -> int:
    """MurmurHash3_x86_32 with seed 0 (Appleby 2011, public domain)."""
    value = 0
    whole = len(data) // 4 * 4
    for (block,) in struct.iter_unpack("<I", data[:whole]):
        value ^= _mixed(block)
        value = _turned(value, 13) * 5 + 0xE6546B64 & _MASK32
    if data[whole:]:
        value ^= _mixed(int.from_bytes(data[whole:], "little"))
    value ^= len(data)
    value = (value ^ value >> 16) * 0x85EBCA6B & _MASK32
    value = (value ^ value >> 13) * 0xC2B2AE35 & _MASK32
    return value ^ value >> 16


def _mixed(block: int) -> int:
    return _turned(block * 0xCC9E2D51 & _MASK32, 15) * 0x1B873593 & _MASK32


def _turned(value: int, bits: int) -> int:
    return (value << bits | value >> 32 - bits) & _MASK32


def _bits(plane: Plane) -> Ids:
    return np.ascontiguousarray(plane, dtype=np.float32).view(np.uint32)


def _manifest(text: str) -> dict[str, int]:
    """Names and ids as the header lists them; nothing where it cannot be read."""
    if not text or len(text) > _MOST_MANIFEST_CHARACTERS:
        return {}
    try:
        listed = json.loads(text)
        return {str(name): int(str(value), 16) & _MASK32 for name, value in listed.items()}
    except (ValueError, AttributeError):
        return {}


def _pairs(layer: str, parts: Sequence[Sequence[str]]) -> tuple[tuple[str, str], ...]:
    """The channels of a layer's ranks; one that lacks a component ends them."""
    ranks: dict[int, dict[str, str]] = {}
    for number, channels in enumerate(parts):
        for channel in channels:
            above, _, component = channel.rpartition(".")
            rank = _RANK.fullmatch(above)
            if rank is not None and rank["layer"] == layer:
                letter = component[:1].upper()
                ranks.setdefault(int(rank["rank"]), {})[letter] = f"{number}:{channel}"
    found: list[tuple[str, str]] = []
    for number in range(len(ranks)):
        rank_of = ranks.get(number, {})
        for key, share in (("R", "G"), ("B", "A")):
            if key not in rank_of or share not in rank_of:
                return tuple(found)
            found.append((rank_of[key], rank_of[share]))
    return tuple(found)


def _kind(name: str) -> int:
    lower = name.lower()
    return next((at for at, word in enumerate(_FIRST) if word in lower), len(_FIRST))
