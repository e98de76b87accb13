"""The audit trail of an installation: who did what to tests, keys, webhooks and image keys, when.

::

    audit = Audit(engine)
    audit.entries(AuditQuery(kinds=("key",), most=20))      # newest first

Each entry is written in the transaction that does what it tells. None holds a secret.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, get_args

from studio.db import audit as rows
from studio.db.engine import Engine, reading
from studio.db.records import AuditRecord

KINDS: Final[tuple[str, ...]] = get_args(rows.Kind)
"""What actions are on."""
SOMEONE: Final = "someone"
"""Whom the trail names where a program did not say for whom it acts."""
MOST: Final = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditQuery:
    """Which entries to show.

    Parameters
    ----------
        kinds, actions : of these alone; empty: of all
        subject        : the id of what was acted on
        who            : a part of the name of who acted, in any case
        since_s        : of this moment or later, seconds since the epoch
        before         : with numbers below this, to go on where an answer ended
        most           : how many, 1 to `MOST`
    Raises               ValueError: a number out of its range, or an unknown kind
    """

    kinds: tuple[str, ...] = ()
    actions: tuple[str, ...] = ()
    subject: str | None = None
    who: str | None = None
    since_s: float | None = None
    before: int | None = None
    most: int = 100

    def __post_init__(self) -> None:
        if not 1 <= self.most <= MOST:
            raise ValueError(f"most: 1 to {MOST:,} entries are shown at once, not {self.most}")
        for kind in self.kinds:
            if kind not in KINDS:
                raise ValueError(f"no kind {kind!r}; choose from {', '.join(KINDS)}")


class Audit:
    """Reads the trail."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def entries(self, query: AuditQuery) -> tuple[AuditRecord, ...]:
        """What was done, newest first.

        Raises
        ------
            DatabaseFault
        """
        with reading(self._engine) as connection:
            return rows.entries(
                connection,
                kinds=query.kinds,
                actions=query.actions,
                subject=query.subject,
                who=query.who,
                since_s=query.since_s,
                before=query.before,
                most=query.most,
            )
