"""Arrays in PostgreSQL's own form hold what was put into them."""

from collections.abc import Iterator

import pytest

from studio.db.binary_arrays import byteas, prepare, texts, uuids
from studio.db.engine import Connection, open_engine, reading

WORDS = ["", "a", '{"quoted", \\ back}', "NULL", "café 茶 \U0001f375", "x" * 5000]
BYTES = [b"", b"\x00\xff", bytes(range(256)), b"\\x00", b"y" * 5000]
DIGESTS = [bytes(16), bytes(range(16)), b"\xff" * 16]


@pytest.fixture
def connection(postgres_url: str) -> Iterator[Connection]:
    engine = open_engine(postgres_url)
    with reading(engine) as opened:
        prepare(opened)
        yield opened
    engine.dispose()


def test_what_goes_in_comes_out(connection: Connection) -> None:
    def rows(array: object) -> list[object]:
        found = connection.exec_driver_sql("SELECT unnest(%b)", (array,)).scalars()
        return [bytes(one) if isinstance(one, memoryview) else one for one in found]

    assert rows(texts(WORDS)) == WORDS
    assert rows(byteas(BYTES)) == BYTES
    assert [one.bytes for one in rows(uuids(DIGESTS))] == DIGESTS  # type: ignore[attr-defined]
    for empty in (texts([]), byteas([]), uuids([])):
        assert rows(empty) == []


def test_several_are_read_side_by_side(connection: Connection) -> None:
    pairs = list(zip(WORDS, BYTES, strict=False))
    found = connection.exec_driver_sql(
        "SELECT word, piece FROM unnest(%b, %b) AS both_of (word, piece)",
        (texts(word for word, _ in pairs), byteas(piece for _, piece in pairs)),
    )
    assert [(word, bytes(piece)) for word, piece in found] == pairs
