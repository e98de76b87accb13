"""Making room for counts that are computed anew."""

from __future__ import annotations

from sqlalchemy import Connection, delete

from studio.db.tables import CONVERSION_DELAY, COUNT, EXPOSURE


def forget_counts(connection: Connection, test_id: str) -> None:
    """Forget what is counted of a test, and what its units did; the log has it all."""
    for table in (COUNT, CONVERSION_DELAY, EXPOSURE):
        connection.execute(delete(table).where(table.c.test_id == test_id))
