"""Refusals of databases, their backups and who shares them."""

from __future__ import annotations

from collections.abc import Sequence

from studio.services.errors.base import ServiceError


class DatabaseUnusable(ServiceError):
    """The database cannot be opened, or fails; `url` is without its password."""

    def __init__(self, *, url: str, why: str) -> None:
        super().__init__(
            f"database {url}: {why}; check PACKSHOT_DATABASE_URL, the space on the disk, and that "
            "a database server is running"
        )
        self.url = url
        self.why = why


class DatabaseNotUnicode(ServiceError):
    """The database keeps characters in an encoding that lacks most of them."""

    def __init__(self, *, url: str, encoding: str) -> None:
        super().__init__(
            f"database {url}: keeps characters as {encoding}, and names in other scripts could "
            "not be counted; make one with CREATE DATABASE ... ENCODING 'UTF8' TEMPLATE template0"
        )
        self.url = url
        self.encoding = encoding


class DatabaseBehind(ServiceError):
    """The tables are those of an older version, and the database is not for us to change."""

    def __init__(
        self, *, url: str, revision: str | None, head: str, lacks: Sequence[str] = ()
    ) -> None:
        said = (
            f"is at step {revision}, this version needs {head}: stop what writes to it, back it "
            "up, then run `packshot db upgrade`"
        )
        if lacks:
            shown = ", ".join(lacks[:3]) + (" and more" if len(lacks) > 3 else "")
            said = (
                "was made before tables were brought up step by step, and cannot be brought up to "
                f"this version: it lacks {shown}; move it away and let a new one be made, or go on "
                "with the version that made it"
            )
        super().__init__(f"database {url} {said}")
        self.url, self.revision, self.head = url, revision, head


class DatabaseAhead(ServiceError):
    """The tables are those of a newer version of Packshot."""

    def __init__(self, *, url: str, revision: str, head: str) -> None:
        super().__init__(
            f"database {url} is at step {revision}, which this version does not know (it knows up "
            f"to {head}); install the version that made it, or restore a backup"
        )
        self.url, self.revision, self.head = url, revision, head


class StepNotFound(ServiceError):
    """No migration has this name."""

    def __init__(self, *, revision: str, known: Sequence[str]) -> None:
        super().__init__(f"no step {revision!r}; there are {', '.join(known)}")
        self.revision = revision


class BackupUnusable(ServiceError):
    """A file that is no backup of ours, or a damaged one."""

    def __init__(self, *, path: str, why: str) -> None:
        super().__init__(f"{path}: {why}; name a file that `packshot db backup` wrote")
        self.path = path


class BackupRefused(ServiceError):
    """A backup that cannot be made or put back here and now; the sentence says what to do."""


class TenantNotFound(ServiceError):
    """Nobody of this name shares the installation."""

    def __init__(self, *, name: str) -> None:
        super().__init__(
            f"no tenant {name!r}; `packshot tenants list` names them, and "
            f"`packshot tenants create {name}` makes this one"
        )
        self.name = name


class TenantRefused(ServiceError):
    """A tenant that cannot be made, or a command that is for all of them."""
