"""The tables of tests, events, counts, changes and keys.

Times are seconds since the epoch (`_s`), money is whole millionths (`_micros`), so that sums do
not depend on the order in which events come.
"""

from __future__ import annotations

from sqlalchemy import Engine

from studio.db.tables.access import API_KEY, IMAGE_KEY, TENANT
from studio.db.tables.changes import AUDIT, DELIVERY, FEED_VERSION, NOTICE, WEBHOOK
from studio.db.tables.counts import CONVERSION_DELAY, COUNT, EXCLUDED_DAY, EXCLUDED_UNIT
from studio.db.tables.events import (
    ARCHIVE_FILE,
    ARCHIVE_LEFT,
    EVENT_CHUNK,
    EVENT_ID,
    EVENT_READER,
    EVENT_WAITING,
    EXPOSURE,
)
from studio.db.tables.metadata import METADATA
from studio.db.tables.tests import (
    ITEM,
    LAYER,
    LAYER_SLICE,
    PERIOD,
    PROMOTION,
    SEGMENT,
    TEST,
    VARIANT,
)

__all__ = [
    "API_KEY",
    "ARCHIVE_FILE",
    "ARCHIVE_LEFT",
    "AUDIT",
    "CONVERSION_DELAY",
    "COUNT",
    "DELIVERY",
    "EVENT_CHUNK",
    "EVENT_ID",
    "EVENT_READER",
    "EVENT_WAITING",
    "EXCLUDED_DAY",
    "EXCLUDED_UNIT",
    "EXPOSURE",
    "FEED_VERSION",
    "IMAGE_KEY",
    "ITEM",
    "LAYER",
    "LAYER_SLICE",
    "METADATA",
    "NOTICE",
    "PERIOD",
    "PROMOTION",
    "SEGMENT",
    "TENANT",
    "TEST",
    "VARIANT",
    "WEBHOOK",
    "create_schema",
]


def create_schema(engine: Engine) -> None:
    """Make the tables that are not there yet; those that are stay as they are."""
    METADATA.create_all(engine)
