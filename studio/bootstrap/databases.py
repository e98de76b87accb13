"""Which database, whose, and of which version."""

from __future__ import annotations

import logging
import time
from functools import partial

from assets.index.tables import METADATA as ASSET_TABLES
from gpu.queues.tables import METADATA as JOB_TABLES
from studio.db import tables
from studio.db.answering import answered
from studio.db.engine import DatabaseFault, Engine, in_schema, open_engine, writing
from studio.db.shown import first_line, shown_url
from studio.services.backups import Backups
from studio.services.errors import (
    DatabaseUnusable,
    HomeUnwritable,
    ServiceError,
    TenantNotFound,
)
from studio.services.schema import Schema
from studio.services.tenants import Tenants
from studio.settings import Settings

_LOG = logging.getLogger(__name__)

METADATA = (ASSET_TABLES, JOB_TABLES, tables.METADATA)
"""All tables of a database."""

START_S = 1.0
"""How long a server that can answer from its snapshot waits, at its start, for its database, and
for the stream of events: where they are well, they answer within milliseconds."""


def open_database(settings: Settings, *, beside: Engine | None = None) -> Engine:
    """Open the database, and make the home folder where the embedded one lies.

    Parameters
    ----------
    beside : the installation's own, where this is that of a tenant of it

    Raises
    ------
    HomeUnwritable : the home folder cannot be made
    TenantNotFound
    DatabaseUnusable : not a URL of a database, or its driver is not installed
    """
    if settings.tenant and beside is None:
        require_tenant(settings)
    home = settings.home_dir
    try:
        home.mkdir(parents=True, exist_ok=True)
    except OSError as fault:
        raise HomeUnwritable(path=str(home), why=fault.strerror or str(fault)) from fault
    if settings.schema_name is not None and beside is not None:
        return in_schema(beside, settings.schema_name)
    try:
        opened = open_engine(settings.url)
        return opened if settings.schema_name is None else in_schema(opened, settings.schema_name)
    except ImportError as fault:
        why = f"its driver is not installed ({fault}); pip install 'packshot[postgres]' brings one"
        raise DatabaseUnusable(url=shown_url(settings.url), why=why) from fault
    except DatabaseFault as fault:
        raise DatabaseUnusable(url=shown_url(settings.url), why=first_line(fault)) from fault


def tenants_of(settings: Settings, engine: Engine) -> Tenants:
    """Who shares an installation.

    Parameters
    ----------
    engine : its own database
    """

    def prepare(name: str) -> None:
        own = settings.of_tenant(name)
        opened = open_database(own, beside=engine)
        if own.schema_name is not None:
            with writing(engine) as connection:
                connection.exec_driver_sql(f'CREATE SCHEMA IF NOT EXISTS "{own.schema_name}"')
        make_ready(opened)
        if own.schema_name is None:
            opened.dispose()

    return Tenants(engine, clock=time.time, prepare=prepare)


def require_tenant(settings: Settings) -> None:
    """Refuse a tenant that the installation does not know.

    Raises
    ------
    TenantNotFound, DatabaseUnusable, DatabaseBehind, DatabaseAhead
    """
    root = settings.of_tenant("")
    engine = open_database(root)
    make_ready(engine)
    try:
        known = tenants_of(root, engine).names()
    finally:
        engine.dispose()
    if settings.tenant not in known:
        raise TenantNotFound(name=settings.tenant)


def tenants_within(settings: Settings) -> tuple[Settings, ...]:
    """The settings of all tenants of an installation; of a tenant's own, none."""
    if settings.tenant:
        return ()
    engine = open_database(settings)
    try:
        names = tenants_of(settings, engine).names()
    except DatabaseFault as fault:
        raise DatabaseUnusable(url=shown_url(engine.url), why=first_line(fault)) from fault
    finally:
        engine.dispose()
    return tuple(settings.of_tenant(name) for name in names)


def make_ready(engine: Engine) -> None:
    """Let the tables be those of this version, where they may be changed by themselves.

    Raises
    ------
    DatabaseUnusable, DatabaseBehind, DatabaseAhead
    """
    try:
        schema_of(engine).make_ready()
    except DatabaseFault as fault:
        engine.dispose()
        url = shown_url(engine.url)
        raise DatabaseUnusable(url=url, why=first_line(fault)) from fault
    except ServiceError:
        engine.dispose()
        raise


def is_away(engine: Engine) -> bool:
    """Whether the database does not answer within `START_S`; where it does, see to its tables.

    Raises
    ------
    DatabaseBehind, DatabaseAhead
    """
    # The embedded one is here, and may have steps to take, which it must be given time for.
    within_s = START_S if engine.dialect.name != "sqlite" else None
    try:
        answered(partial(make_ready, engine), within_s=within_s)
    except DatabaseUnusable as fault:
        why = fault.why
    except TimeoutError:
        why = f"no answer within {START_S:g} s"
    else:
        return False
    _LOG.error("database_away", extra={"why": why})
    return True


def schema_of(engine: Engine) -> Schema:
    """The tables of a database, those of all packages together."""
    return Schema(engine, METADATA)


def backups_of(settings: Settings, engine: Engine) -> Backups:
    """Copies of a database, the installation's own or a tenant's."""
    root = open_database(settings.of_tenant("")) if settings.tenant else None
    return Backups(engine, clock=time.time, used_with=root)
