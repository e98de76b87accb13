"""The values of the asset store: what an asset is, and how it came about."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from assets.keys import check_digest

JsonObject: TypeAlias = Mapping[str, Any]
"""What `json.dumps` takes as an object."""

AssetKind: TypeAlias = Literal["source", "output"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """Immutable image bytes and what the bytes alone tell.

    `width_px` and `height_px` are those of the picture as shown, after its EXIF orientation.
    """

    digest: str
    media_type: str
    width_px: int
    height_px: int
    size_bytes: int

    def __post_init__(self) -> None:
        check_digest(self.digest)
        if min(self.width_px, self.height_px, self.size_bytes) < 1:
            raise ValueError(f"asset {self.digest} has no pixels or no bytes")


@dataclass(frozen=True, slots=True, kw_only=True)
class Derivation:
    """How an output was made: from which source, by which recipe, with what checks passed.

    `recipe` and `report` are JSON objects that this package stores and never interprets.
    """

    source_digest: str
    recipe_hash: str
    recipe: JsonObject
    report: JsonObject

    def __post_init__(self) -> None:
        check_digest(self.source_digest)
        if not self.recipe_hash:
            raise ValueError("a derivation needs the hash of its recipe")
        json.dumps([dict(self.recipe), dict(self.report)], allow_nan=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetRecord:
    """An asset with its history.

    Two recipes may make the same bytes: `derivations` has one entry a recipe, oldest first.
    A source has none when it arrives, and may gain some when a recipe reproduces it.
    """

    asset: Asset
    kind: AssetKind
    created_s: float
    derivations: tuple[Derivation, ...] = ()

    def __post_init__(self) -> None:
        if self.kind == "output" and not self.derivations:
            raise ValueError(f"output {self.asset.digest} does not say how it was made")

    def derivation_of(self, recipe_hash: str) -> Derivation:
        """How this recipe made it. Raises StopIteration where another did."""
        return next(one for one in self.derivations if one.recipe_hash == recipe_hash)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendition:
    """A derived size or format of an asset: `asset` is the derived picture, itself immutable."""

    original_digest: str
    asset: Asset
