"""The audit trail as JSON."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field

from studio.db.records import AuditRecord


class AuditOut(BaseModel):
    """Who did what, when, on which numbers."""

    at_s: float
    who: str = Field(examples=["key 5b1f (shop)", "scheduler"])
    action: str = Field(examples=["promote"])
    detail: dict[str, Any]

    @classmethod
    def of(cls, record: AuditRecord) -> AuditOut:
        """An entry as JSON."""
        return cls(
            at_s=record.at_s, who=record.who, action=record.action, detail=dict(record.detail)
        )
