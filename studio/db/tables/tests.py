"""Items and their tests, the traffic they take, and what was promoted."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
)

from studio.db.tables.metadata import METADATA

ITEM = Table(
    "item",
    METADATA,
    Column("item", String(256), primary_key=True),
    Column("image", Text, nullable=False),
)
"""Known items and their default images."""

TEST = Table(
    "test",
    METADATA,
    Column("id", String(64), primary_key=True),
    Column("item", String(256), ForeignKey("item.item"), nullable=False),
    Column("state", String(16), nullable=False),
    Column("salt", String(64), nullable=False),
    Column("control", String(64), nullable=False),
    Column("options", JSON, nullable=False),
    Column("created_s", Float(53), nullable=False),
    Column("started_s", Float(53)),
    Column("ended_s", Float(53)),
    Index("test_by_item", "item"),
    Index("test_by_state", "state"),
)

VARIANT = Table(
    "test_variant",
    METADATA,
    Column("test_id", ForeignKey("test.id"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("name", String(64), nullable=False),
    Column("image", Text, nullable=False),
    Column("dropped_s", Float(53)),
)

SEGMENT = Table(
    "test_segment",
    METADATA,
    Column("test_id", ForeignKey("test.id"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("name", String(64), nullable=False),
    Column("rule", JSON, nullable=False),
)

PERIOD = Table(
    "test_period",
    METADATA,
    Column("test_id", ForeignKey("test.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("started_s", Float(53), nullable=False),
    Column("ended_s", Float(53)),
    Column("weights", JSON, nullable=False),
    Column("segment_weights", JSON, nullable=False),
    Column("after_promotion", Boolean, nullable=False),
)
"""Spans of constant allocation. After a promotion one more is opened, for the holdout."""

LAYER = Table("layer", METADATA, Column("name", String(64), primary_key=True))
"""Layers that a test ever ran in; its row is locked while a slice is cut from it."""

LAYER_SLICE = Table(
    "layer_slice",
    METADATA,
    Column("test_id", String(64), primary_key=True),
    Column("layer", ForeignKey("layer.name"), nullable=False),
    Column("ranges", JSON, nullable=False),
    Index("layer_slice_by_layer", "layer"),
)
"""The buckets that running tests hold, see `abtest.layers`; a row goes when its test ends."""

PROMOTION = Table(
    "promotion",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("test_id", ForeignKey("test.id"), nullable=False),
    Column("segment", String(64)),
    Column("variant", String(64), nullable=False),
    Column("by_verdict", Boolean, nullable=False),
    Column("who", String(256), nullable=False),
    Column("reason", Text, nullable=False),
    Column("at_s", Float(53), nullable=False),
    Column("undone_s", Float(53)),
    Index("promotion_by_test", "test_id"),
)
"""Acted-on verdicts and decisions by hand; `segment` is null for all segments."""
