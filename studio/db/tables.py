"""The tables of tests, events, promotions and keys.

Times are seconds since the epoch (`_s`), money is whole millionths (`_micros`), so that sums do
not depend on the order in which events come.
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Engine,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    Uuid,
)

METADATA = MetaData()

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

EVENT_ID = Table(
    "event_id",
    METADATA,
    Column(
        "digest", LargeBinary(16).with_variant(Uuid(as_uuid=False), "postgresql"), primary_key=True
    ),
    Column("day", Integer, nullable=False),
    sqlite_with_rowid=False,
)
"""Ids of accepted events, as 128 bits of their BLAKE2b, with the UTC day of receipt.

One table for all days: an event that is sent again after midnight is found by the same look."""

EVENT_WAITING = Table(
    "event_waiting",
    METADATA,
    Column("number", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("day", Integer, nullable=False),
    Column("events", Integer, nullable=False),
    Column("received_s", Float(53), nullable=False),
    sqlite_autoincrement=True,
)
"""Chunks of the log that are not counted yet. It gives chunks their numbers, which rise in the
order of commits."""

EVENT_CHUNK = Table(
    "event_chunk",
    METADATA,
    Column("day", Integer, primary_key=True, autoincrement=False),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("events", Integer, nullable=False),
    Column("received_s", Float(53), nullable=False),
    Column("body", LargeBinary, nullable=False),
    Index("event_chunk_by_number", "number"),
    postgresql_partition_by="RANGE (day)",
)
"""The log: events as they were accepted, many in a row, by UTC day of receipt.

See `studio.db.event_log`. On PostgreSQL each day is a partition."""

EVENT_READER = Table(
    "event_reader",
    METADATA,
    Column("name", String(64), primary_key=True),
    Column("number", BigInteger, nullable=False),
)
"""Who else reads the log, and up to which chunk: nothing is removed that one has not read."""

EXPOSURE = Table(
    "exposure",
    METADATA,
    Column("test_id", String(64), primary_key=True),
    Column("unit", String(256), primary_key=True),
    Column("history", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)
"""What each unit did in each test, whichever event came first; see `studio.db.exposures`."""


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

AUDIT = Table(
    "audit",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("subject", String(64), nullable=False),
    Column("at_s", Float(53), nullable=False),
    Column("who", String(256), nullable=False),
    Column("action", String(32), nullable=False),
    Column("detail", JSON, nullable=False),
    Index("audit_by_subject", "kind", "subject"),
    sqlite_autoincrement=True,
)
"""Who did what when, on which numbers; `subject` is the id of a test, a key, a webhook, ...

Only actions on tests are numbered in the order of their commits, see `studio.db.changes`."""

FEED_VERSION = Table(
    "feed_version",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("version", BigInteger, nullable=False),
)
"""One row, counted up by every action: the version of the feed's snapshot."""

WEBHOOK = Table(
    "webhook",
    METADATA,
    Column("id", String(32), primary_key=True),
    Column("url", Text, nullable=False),
    Column("events", JSON, nullable=False),
    Column("secret", String(128), nullable=False),
    Column("created_s", Float(53), nullable=False),
    Column("ended_s", Float(53)),
)
"""Who wants to be told of what. The secret signs, so that it cannot be kept as a hash alone."""

NOTICE = Table(
    "notice",
    METADATA,
    Column("id", String(64), primary_key=True),
    Column("type", String(32), nullable=False),
    Column("test_id", String(64), nullable=False),
    Column("at_s", Float(53), nullable=False),
    Column("body", Text, nullable=False),
    Index("notice_by_time", "at_s"),
)
"""What there is to tell, written with the act itself; the body is sent to the letter."""

DELIVERY = Table(
    "notice_delivery",
    METADATA,
    Column("notice_id", ForeignKey("notice.id"), primary_key=True),
    Column("webhook_id", ForeignKey("webhook.id"), primary_key=True),
    Column("state", String(10), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("not_before_s", Float(53), nullable=False),
    Column("changed_s", Float(53), nullable=False),
    Column("status", Integer),
    Column("fault", Text),
    Index("notice_delivery_next", "state", "not_before_s"),
    Index("notice_delivery_by_webhook", "webhook_id"),
)
"""One notice on its way to one webhook: waiting, delivered or dead."""

API_KEY = Table(
    "api_key",
    METADATA,
    Column("id", String(32), primary_key=True),
    Column("name", String(128), nullable=False),
    Column("secret_sha256", String(64), nullable=False),
    Column("former_sha256", String(64)),
    Column("former_until_s", Float(53)),
    Column("scopes", JSON, nullable=False),
    Column("per_s", Float(53)),
    Column("created_s", Float(53), nullable=False),
    Column("revoked_s", Float(53)),
)
"""Secrets are kept as hashes. A rotated key's former secret opens until `former_until_s`."""


IMAGE_KEY = Table(
    "image_key",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("secret", String(64), nullable=False),
    Column("made_s", Float(53), nullable=False),
    Column("from_s", Float(53), nullable=False),
    Column("until_s", Float(53)),
)
"""What signs images' addresses. The newest whose `from_s` has come signs, and each one opens what
it has signed up to `until_s`: servers of all machines must agree, so that it is kept here."""

TENANT = Table(
    "tenant",
    METADATA,
    Column("name", String(40), primary_key=True),
    Column("created_s", Float(53), nullable=False),
)
"""Who has a database, or a schema, of their own beside this one; in those it is empty."""

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

ARCHIVE_FILE = Table(
    "archive_file",
    METADATA,
    Column("digest", String(64), primary_key=True),
    Column("day", Integer, nullable=False),
    Column("first", BigInteger, nullable=False),
    Column("last", BigInteger, nullable=False),
    Column("events", BigInteger, nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    Column("written_s", Float(53), nullable=False),
    Index("archive_file_by_number", "first"),
)
"""Parquet files of raw events in the asset store: the log's chunks `first` to `last`, received on
one UTC day. Only files that stand here are of the archive."""

ARCHIVE_LEFT = Table(
    "archive_left",
    METADATA,
    Column("digest", String(64), primary_key=True),
    Column("since_s", Float(53), nullable=False),
    Column("removing", Boolean, nullable=False),
)
"""Bytes in the asset store that the archive wrote and does not list: of files that were joined into
larger ones, and of those that are being written. `removing`: they go, and may be gone."""


def create_schema(engine: Engine) -> None:
    """Make the tables that are not there yet; those that are stay as they are."""
    METADATA.create_all(engine)
