"""Tenants: merchants who share an installation, and nothing of what they have.

::

    tenants = Tenants(engine, clock=time.time, prepare=prepare)    # the installation's database
    tenants.create("acme")
    tenants.names()                             # ("acme", ...)

Each tenant is a world of their own: a folder, a database (or a schema of PostgreSQL), keys. Here
stands only who there is.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from studio.db import tenants as rows
from studio.db.engine import Engine, reading, writing
from studio.services.errors import TenantNotFound, TenantRefused
from studio.settings import TENANT_NAME


@dataclass(frozen=True, slots=True, kw_only=True)
class Tenant:
    """A merchant who shares the installation."""

    name: str
    created_s: float


class Tenants:
    """The use cases of tenants.

    Parameters
    ----------
        engine  : the installation's own database
        prepare : makes a tenant's folder and tables, where they are not there yet
    """

    def __init__(
        self, engine: Engine, *, clock: Callable[[], float], prepare: Callable[[str], None]
    ) -> None:
        self._engine = engine
        self._clock = clock
        self._prepare = prepare

    def create(self, name: str) -> Tenant:
        """Make a tenant; running servers serve them within two seconds.

        Raises
        ------
            TenantRefused : a name that cannot be one, or that is taken
            DatabaseUnusable, HomeUnwritable
        """
        if re.fullmatch(TENANT_NAME, name) is None:
            why = "a small letter, then at most 39 small letters, digits and hyphens"
            raise TenantRefused(f"tenant {name!r}: a name is {why}")
        if name in self.names():
            raise TenantRefused(f"tenant {name!r} is there already")
        # Tables first: who finds the name finds everything.
        self._prepare(name)
        made = rows.TenantRecord(name=name, created_s=self._clock())
        with writing(self._engine) as connection:
            if not rows.add_tenant(connection, made):
                raise TenantRefused(f"tenant {name!r} is there already")
        return Tenant(name=made.name, created_s=made.created_s)

    def remove(self, name: str) -> None:
        """Serve a tenant no longer; running servers hear of it within two seconds.

        What the tenant has stays where it is: made again, they have it again.

        Raises
        ------
            TenantNotFound
        """
        with writing(self._engine) as connection:
            if not rows.remove_tenant(connection, name):
                raise TenantNotFound(name=name)

    def all(self) -> tuple[Tenant, ...]:
        """All tenants, by name."""
        with reading(self._engine) as connection:
            found = rows.all_tenants(connection)
        return tuple(Tenant(name=row.name, created_s=row.created_s) for row in found)

    def names(self) -> tuple[str, ...]:
        """The names of all tenants."""
        return tuple(tenant.name for tenant in self.all())
