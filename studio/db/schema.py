"""What a database is called."""

from __future__ import annotations

from sqlalchemy import URL, make_url

from studio.db.engine import DatabaseFault

__all__ = ["shown_url"]


def shown_url(url: str | URL) -> str:
    """A database's URL as it may be shown: without its password.

    Examples
    --------
    >>> shown_url("postgresql+psycopg://shop:secret@db/packshot")
    'postgresql+psycopg://shop:***@db/packshot'
    """
    try:
        return make_url(url).render_as_string(hide_password=True)
    except DatabaseFault:
        # Not a URL at all: a password may stand anywhere in it.
        return "(PACKSHOT_DATABASE_URL is not a URL)"
