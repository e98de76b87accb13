"""What is left of events for statistics, and who is left out of it."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    String,
    Table,
    Text,
)

from studio.db.tables.metadata import METADATA

COUNT = Table(
    "test_count",
    METADATA,
    Column("test_id", String(64), primary_key=True),
    Column("segment", String(64), primary_key=True),
    Column("variant", String(64), primary_key=True),
    Column("period", Integer, primary_key=True),
    Column("day", Integer, primary_key=True),
    Column("impressions", BigInteger, nullable=False),
    Column("clicks", BigInteger, nullable=False),
    Column("conversions", BigInteger, nullable=False),
    Column("value_micros", BigInteger, nullable=False),
    Column("value_squares", Float(53), nullable=False),
)
"""What is left of events for statistics.

`day` is that of the trial's first impression, in the test's time zone, counted from 1970-01-01;
`value_squares` sums the squares of what each shopper spent, in money squared."""

CONVERSION_DELAY = Table(
    "test_delay",
    METADATA,
    Column("test_id", String(64), primary_key=True),
    Column("variant", String(64), primary_key=True),
    Column("day", Integer, primary_key=True),
    Column("bin", Integer, primary_key=True),
    Column("conversions", BigInteger, nullable=False),
)
"""How late the conversions of a day's trials came, of tests that correct for it; see
`studio.db.delays`. Moved in the transaction that moves the counts."""

EXCLUDED_UNIT = Table(
    "excluded_unit",
    METADATA,
    Column("test_id", String(64), primary_key=True),
    Column("unit", String(256), primary_key=True),
    Column("excluded", Boolean, nullable=False),
    Column("who", String(256)),
    Column("why", Text, nullable=False),
    Column("at_s", Float(53), nullable=False),
)
"""Units that move no counts, or that a person let in although they broke a rule.

`who` is null where the rules decided: a person's word stands, whatever the rules find later."""

EXCLUDED_DAY = Table(
    "excluded_day",
    METADATA,
    Column("test_id", String(64), primary_key=True),
    Column("unit", String(256), primary_key=True),
    Column("day", Integer, primary_key=True),
    Column("impressions", BigInteger, nullable=False),
    Column("clicks", BigInteger, nullable=False),
    Column("signs", JSON, nullable=False),
    Index("excluded_day_by_day", "day"),
)
"""What such a unit did on a UTC day, and the rules that it broke there, with values."""
