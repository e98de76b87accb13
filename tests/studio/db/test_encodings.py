"""Databases that keep characters in some other way than ours: refused, or exact."""

import time
from collections.abc import Callable

import pytest
from sqlalchemy import NullPool, create_engine, make_url

from studio.bootstrap.databases import make_ready
from studio.db.counts import counts_of
from studio.db.engine import open_engine, reading
from studio.services.errors import DatabaseNotUnicode
from studio.services.events import Events
from studio.services.tests import NewTest, NewVariant, Tests


@pytest.fixture
def encoded(postgres_url: str) -> Callable[[str], str]:
    """The URL of a new database of an encoding."""

    def made(encoding: str) -> str:
        url = make_url(postgres_url)
        name = f"{url.database}_{encoding.lower()}"
        admin = create_engine(url, isolation_level="AUTOCOMMIT", poolclass=NullPool)
        with admin.connect() as connection:
            connection.exec_driver_sql(
                f"CREATE DATABASE {name} ENCODING '{encoding}' TEMPLATE template0 LOCALE 'C'"
            )
        return url.set(database=name).render_as_string(hide_password=False)

    return made


def test_one_without_most_characters_is_refused(encoded: Callable[[str], str]) -> None:
    engine = open_engine(encoded("LATIN1"))
    with pytest.raises(DatabaseNotUnicode, match=r"LATIN1, .* ENCODING 'UTF8'") as refused:
        make_ready(engine)
    assert refused.value.encoding == "LATIN1"


def test_one_that_keeps_bytes_counts_each_shopper_once(encoded: Callable[[str], str]) -> None:
    """Who lives in several scripts is found again, and seen by one event after the other."""
    engine = open_engine(encoded("SQL_ASCII"))
    make_ready(engine)
    tests = Tests(engine, clock=time.time, new_id=lambda: "t0")
    variants = tuple(NewVariant(name=name, image=f"{name}.webp") for name in ("weiß", "木"))
    tests.start(tests.create(NewTest(item="mug", variants=variants), who="x").id, who="x")
    events = Events(engine, clock=time.time)
    for number in range(3):
        event = {
            "id": f"é{number}", "type": "impression", "unit": "Müller 陈", "item": "mug",
            "test": "t0", "variant": "木",
        }  # fmt: skip
        assert events.accept([event]).accepted == 1
        events.counter.settle()
    with reading(engine) as connection:
        counts = counts_of(connection, "t0")
    assert [(one.variant, one.impressions) for one in counts] == [("木", 1)]
    engine.dispose()
