"""Who did what, the version of the feed that came of it, and who is told."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
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
