"""Names for what is new."""

from __future__ import annotations

import uuid


def new_id() -> str:
    """A short id that a person can copy: 12 hex digits of a random UUID."""
    return uuid.uuid4().hex[:12]
