"""What tests take, kept in memory for as long as no test has changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from studio.db import changes
from studio.db import tests as rows
from studio.db.engine import Connection, Engine, reading
from studio.services.rules import Intake

_MOST: Final = 50_000
"""Names kept, those of tests that do not exist included."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """Tests as they were at a version of all tests; None for a name that no test has."""

    version: int
    intakes: dict[str, Intake | None] = field(default_factory=dict)

    def of(self, names: Iterable[str]) -> Mapping[str, Intake]:
        """Those of some names that are tests."""
        found = {name: self.intakes.get(name) for name in names}
        return {name: intake for name, intake in found.items() if intake is not None}


class KnownTests:
    """A cache of what tests take. Safe to use from several threads."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._known: Known | None = None

    def look(self, names: set[str]) -> Known:
        """Some tests as they were lately: whoever writes asks `fresh` whether they still are."""
        known = self._known
        if known is not None and names <= known.intakes.keys():
            return known
        with reading(self._engine) as connection:
            return self.fresh(connection, names)

    def fresh(self, connection: Connection, names: set[str]) -> Known:
        """The tests as this transaction sees them; the same value as before if none changed."""
        version = changes.version(connection)
        known = self._known
        if known is None or known.version != version or len(known.intakes) > _MOST:
            known = Known(version=version)
        missing = names - known.intakes.keys()
        if missing:
            tests = rows.load_tests(connection, missing)
            known.intakes.update(
                {name: Intake.of(tests[name]) if name in tests else None for name in missing}
            )
        self._known = known
        return known
