"""What a use case on images refuses.

::

    ServiceError
    ├── InputMissing        a path that is not there, or holds no images
    ├── OutputUnwritable    the folder for results cannot be written
    ├── HomeUnwritable      the folder of database and store cannot be made
    ├── OutputBusy          another run writes to the same folder
    ├── CredentialsTooLarge signing would break the channel's byte limit
    ├── ManifestInvalid     a manifest that cannot be read at all
    ├── NamePatternInvalid  a pattern for file names that no image can be named by
    ├── VariantsInvalid     a set of variants that cannot be made
    ├── CountsInvalid       a file of counts that cannot be analysed
    ├── DatabaseUnusable    the database cannot be opened, or fails
    ├── DatabaseNotUnicode  the database has no place for most characters
    ├── DatabaseBehind      its tables are those of an older version
    ├── DatabaseAhead       its tables are those of a newer version
    ├── StepNotFound        no migration of this name
    ├── TenantNotFound      nobody of this name shares the installation
    ├── TenantRefused       a tenant that cannot be made, or a command that is for all of them
    ├── BackupUnusable      a file that is no backup of ours
    ├── ImageLinkRefused    an image's address that is not signed, or no longer good
    └── BackupRefused       a backup that cannot be made or put back here and now
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal


class ServiceError(Exception):
    """A request that cannot be carried out; the sentence says why and what to do."""


class InputMissing(ServiceError):
    """A path that is not there, cannot be read, or holds no images."""

    def __init__(self, *, path: str, fact: str, fix: str) -> None:
        super().__init__(f"{path}: {fact}; {fix}")
        self.path = path


class OutputUnwritable(ServiceError):
    """The folder or file for results, which `option` names, cannot be written."""

    def __init__(self, *, path: str, why: str, option: str = "--out") -> None:
        super().__init__(
            f"{path}: cannot be written ({why}); free some space or choose another {option}"
        )
        self.path = path


class HomeUnwritable(ServiceError):
    """The folder that holds the database and the asset store cannot be made."""

    def __init__(self, *, path: str, why: str) -> None:
        super().__init__(
            f"{path}: cannot be made ({why}); free some space, or set PACKSHOT_HOME to a folder "
            "that you may write to"
        )
        self.path = path


class NamePatternInvalid(ServiceError):
    """A pattern for file names that no image can be named by."""

    def __init__(self, *, pattern: str, fact: str) -> None:
        super().__init__(
            f"name {pattern}: {fact}; write it of {{stem}}, {{n}}, {{kind}}, {{spec}}, "
            "{template} and {variant}"
        )
        self.pattern, self.fact = pattern, fact


class VariantsInvalid(ServiceError):
    """A set of variants that cannot be made."""

    def __init__(self, *, asked: str, fact: str, fix: str) -> None:
        super().__init__(f"--variants {asked}: {fact}; {fix}")
        self.asked, self.fact, self.fix = asked, fact, fix


class OutputBusy(ServiceError):
    """Another run writes to the same folder."""

    def __init__(self, *, path: str) -> None:
        super().__init__(
            f"{path}: another packshot run is writing here; wait for it or choose another --out"
        )
        self.path = path


class CredentialsTooLarge(ServiceError):
    """Signing would break the channel's byte limit."""

    def __init__(self, *, spec: str, limit_bytes: int, signed_bytes: int) -> None:
        super().__init__(
            f"with content credentials the file has {signed_bytes:,} bytes, {spec} takes at most "
            f"{limit_bytes:,}; choose a smaller --size, or leave --credentials out"
        )
        self.spec, self.limit_bytes, self.signed_bytes = spec, limit_bytes, signed_bytes


class ManifestInvalid(ServiceError):
    """A manifest that cannot be read at all; single bad rows are reported as rows."""

    def __init__(self, *, path: str, fact: str, fix: str) -> None:
        super().__init__(f"{path}: {fact}; {fix}")
        self.path = path


class CountsInvalid(ServiceError):
    """A file of counts that cannot be analysed."""

    def __init__(self, *, path: str, why: str) -> None:
        super().__init__(f"{path}: {why}")
        self.path = path
        self.why = why


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


class ImageLinkRefused(ServiceError):
    """An image was asked for under an address that does not open it.

    Parameters
    ----------
        why : "unsigned", "altered" or "expired"
    """

    def __init__(self, *, why: Literal["unsigned", "altered", "expired"]) -> None:
        super().__init__(
            f"this image's address is {why}; ask /v1/decide for one of now, or send a key of scope "
            "'manage'"
        )
        self.why = why
