"""Raw events as Parquet files: one column a field, sorted by test, so that one test reads little.

The columns follow `EventRecord`: a field that is new there is empty in files written before, and a
column that this version does not know is left alone.
"""

from __future__ import annotations

import io
import types
import typing
from collections.abc import Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import msgspec

from studio.db.events import EventRecord
from studio.services.archiving.errors import ArchiveDamaged, ParquetMissing

if TYPE_CHECKING:
    import pyarrow

_ROWS_OF_GROUP: Final = 50_000
"""What is read at once; a test's rows lie together, so that few groups hold them."""
_FIX: Final = "pip install 'packshot[parquet]'"


def check_parquet() -> None:
    """See to it that Parquet can be written here.

    Raises
    ------
        ParquetMissing
    """
    try:
        import pyarrow.parquet  # noqa: F401 - whether it is there is the question
    except ImportError as fault:
        raise ParquetMissing(why=str(fault), fix=_FIX) from fault


def encode(events: Sequence[EventRecord]) -> bytes:
    """A whole file; the same events in the same order give the same bytes.

    Raises
    ------
        ParquetMissing
    """
    check_parquet()
    import pyarrow
    from pyarrow import parquet

    ordered = sorted(events, key=lambda event: event.test_id)
    schema = _schema()
    columns = {name: [getattr(event, name) for event in ordered] for name in schema.names}
    file = io.BytesIO()
    table = pyarrow.table(columns, schema=schema)
    parquet.write_table(table, file, compression="zstd", row_group_size=_ROWS_OF_GROUP)
    return file.getvalue()


def decode(data: bytes, *, test_id: str | None = None) -> Iterator[EventRecord]:
    """The events of a file, or those of one test, a group of rows at a time.

    Raises
    ------
        ParquetMissing, ArchiveDamaged
    """
    check_parquet()
    import pyarrow
    from pyarrow import parquet

    try:
        file = parquet.ParquetFile(io.BytesIO(data))
        names = [name for name in _schema().names if name in file.schema_arrow.names]
        for group in range(file.num_row_groups):
            if test_id is None or _may_hold(file.metadata.row_group(group), test_id):
                rows = file.read_row_group(group, columns=names).to_pylist()
                yield from (EventRecord(**row) for row in rows if test_id in (None, row["test_id"]))
    except (pyarrow.ArrowException, TypeError, KeyError) as fault:
        raise ArchiveDamaged(what="a file", why=str(fault)) from fault


def _may_hold(group: Any, test_id: str) -> bool:
    """Whether a group of rows may have events of a test, by its smallest and greatest."""
    for place in range(group.num_columns):
        column = group.column(place)
        if column.path_in_schema == "test_id" and column.statistics is not None:
            return bool(column.statistics.min <= test_id <= column.statistics.max)
    return True


@cache
def _schema() -> pyarrow.Schema:
    import pyarrow

    plain = {
        str: pyarrow.string(),
        int: pyarrow.int64(),
        float: pyarrow.float64(),
        bool: pyarrow.bool_(),
    }
    return pyarrow.schema(
        [
            pyarrow.field(field.name, plain[_plain(field.type)])
            for field in msgspec.structs.fields(EventRecord)
        ]
    )


def _plain(hint: Any) -> type:
    """The one type of a field beside None; names of a closed list are texts."""
    if typing.get_origin(hint) is typing.Literal:
        return str
    if typing.get_origin(hint) in (types.UnionType, typing.Union):
        (hint,) = (each for each in typing.get_args(hint) if each is not types.NoneType)
        return _plain(hint)
    found: type = hint
    return found
