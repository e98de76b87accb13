"""What can go wrong with the archive of raw events.

::

    ArchiveFault
    ├── ParquetMissing      pyarrow is not installed
    └── ArchiveDamaged      a file is gone, or its bytes are not those that were written
"""

from studio.services.errors import ServiceError


class ArchiveFault(ServiceError):
    """Base of all errors of this package."""


class ParquetMissing(ArchiveFault):
    """The archive needs pyarrow; until it is there events stay in the database."""

    def __init__(self, *, why: str, fix: str) -> None:
        super().__init__(f"raw events are archived as Parquet, which needs pyarrow: {fix} ({why})")
        self.why = why
        self.fix = fix


class ArchiveDamaged(ArchiveFault):
    """A file of the archive is gone, or its bytes are not those that were written."""

    def __init__(self, *, what: str, why: str) -> None:
        super().__init__(f"archive: {what} cannot be read: {why}")
        self.what = what
        self.why = why
