"""The tables of the asset index; their names start with `asset`, so they may share a database."""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
)

METADATA: Final = MetaData()

_DIGEST = String(64)

ASSET: Final = Table(
    "asset",
    METADATA,
    Column("digest", _DIGEST, primary_key=True),
    Column("media_type", String(40), nullable=False),
    Column("width_px", Integer, nullable=False),
    Column("height_px", Integer, nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    Column("kind", String(10), nullable=False),
    Column("created_s", Double, nullable=False),
)

DERIVATION: Final = Table(
    "asset_derivation",
    METADATA,
    Column("digest", _DIGEST, ForeignKey("asset.digest"), primary_key=True),
    Column("recipe_hash", String(128), primary_key=True),
    Column("source_digest", _DIGEST, ForeignKey("asset.digest"), nullable=False),
    Column("recipe", JSON, nullable=False),
    Column("report", JSON, nullable=False),
    Column("created_s", Double, nullable=False),
    Index("asset_derivation_by_recipe", "recipe_hash"),
)

RENDITION: Final = Table(
    "asset_rendition",
    METADATA,
    Column("original_digest", _DIGEST, ForeignKey("asset.digest"), primary_key=True),
    Column("requested_width_px", Integer, primary_key=True),
    Column("media_type", String(40), primary_key=True),
    Column("digest", _DIGEST, nullable=False),
    Column("width_px", Integer, nullable=False),
    Column("height_px", Integer, nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    Column("created_s", Double, nullable=False),
)
