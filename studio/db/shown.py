"""What is shown of a database: its address, and what it says went wrong."""

from __future__ import annotations

from sqlalchemy import URL, make_url

from studio.db.engine import DatabaseFault

__all__ = ["first_line", "shown_url"]


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


def first_line(fault: Exception) -> str:
    """What a database says went wrong, without the statement and the link that follow."""
    return str(getattr(fault, "orig", None) or fault).strip().partition("\n")[0]
