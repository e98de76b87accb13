import sys

import pytest

from studio.db.events import EventRecord
from studio.services.archiving import parquet
from studio.services.archiving.errors import ArchiveDamaged, ParquetMissing
from tests.studio.event_records import record

EVENTS = [
    record(
        id=f"e{n}", test_id=f"t{n % 3}", unit=f"u{n} 北京", value_micros=n * 10**12, at_s=1.5 * n
    )
    for n in range(1000)
]


def test_every_field_comes_back_as_it_was() -> None:
    found = list(parquet.decode(parquet.encode(EVENTS)))
    assert found == sorted(EVENTS, key=lambda event: event.test_id)
    for name in EventRecord.__struct_fields__:
        assert type(getattr(found[0], name)) is type(getattr(EVENTS[0], name))


def test_one_test_is_read_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet, "_ROWS_OF_GROUP", 100)
    data = parquet.encode(EVENTS)
    assert list(parquet.decode(data, test_id="t1")) == [e for e in EVENTS if e.test_id == "t1"]
    assert list(parquet.decode(data, test_id="t9")) == []


def test_the_same_events_give_the_same_bytes() -> None:
    assert parquet.encode(EVENTS) == parquet.encode(list(EVENTS))


def test_what_is_no_file_of_ours_is_said() -> None:
    with pytest.raises(ArchiveDamaged):
        list(parquet.decode(b"PAR1 but nothing else"))


def test_without_pyarrow_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    with pytest.raises(ParquetMissing, match=r"pip install 'packshot\[parquet\]'"):
        parquet.encode(EVENTS)
