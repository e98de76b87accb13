import socket
import threading
from pathlib import Path

import pytest
from sqlalchemy import func, insert, select, text
from sqlalchemy.exc import ArgumentError

from studio.db.engine import (
    DatabaseFault,
    Engine,
    in_schema,
    lock_number,
    open_engine,
    reading,
    writing,
)
from studio.db.tables import ITEM, create_schema


def test_sqlite_is_durable(sqlite_url: str) -> None:
    engine = open_engine(sqlite_url)
    with reading(engine) as connection:
        pragmas = [
            connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        ]
    assert pragmas == ["wal", 2, 1]
    engine.dispose()


def test_a_new_database_is_its_owners_alone_and_one_that_is_there_stays_as_it_is(
    tmp_path: Path,
) -> None:
    for name, mode in (("new", 0o600), ("shared", 0o660)):
        file = tmp_path / f"{name}.sqlite"
        if name == "shared":
            file.touch()
            file.chmod(mode)
        engine = open_engine(f"sqlite:///{file}")
        with writing(engine) as connection:
            connection.execute(text("CREATE TABLE t (a)"))
        beside = {each.stat().st_mode & 0o777 for each in tmp_path.glob(f"{name}.sqlite*")}
        engine.dispose()
        assert beside == {mode}


def test_the_schema_can_be_made_twice(engine: Engine) -> None:
    create_schema(engine)


def test_a_failed_write_leaves_no_trace(engine: Engine) -> None:
    def fail() -> None:
        with writing(engine) as connection:
            connection.execute(insert(ITEM).values(item="mug", image="m"))
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    with reading(engine) as connection:
        assert connection.execute(select(func.count()).select_from(ITEM)).scalar() == 0


def test_writers_that_read_first_wait_for_each_other(engine: Engine) -> None:
    """Each adds one to a number it has read; without the early lock some would be lost."""
    with writing(engine) as connection:
        connection.execute(insert(ITEM).values(item="n", image="0"))

    def add() -> None:
        for _ in range(10):
            with writing(engine) as connection:
                row = select(ITEM.c.image).where(ITEM.c.item == "n").with_for_update()
                number = int(connection.execute(row).scalar_one())
                connection.execute(ITEM.update().values(image=str(number + 1)))

    threads = [threading.Thread(target=add) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with reading(engine) as connection:
        assert connection.execute(select(ITEM.c.image)).scalar_one() == "40"


def test_a_database_that_is_not_there_says_so_when_used() -> None:
    engine = open_engine("sqlite:////nowhere/at/all/x.sqlite")
    with pytest.raises(DatabaseFault), reading(engine):
        pass


def test_nonsense_is_no_url() -> None:
    with pytest.raises(ArgumentError):
        open_engine("nonsense")


def test_a_server_that_says_nothing_is_given_up() -> None:
    """As of a machine that went away in that moment: it is connected, and never speaks."""
    with socket.create_server(("127.0.0.1", 0)) as mute:
        where = f"postgresql+psycopg://u@127.0.0.1:{mute.getsockname()[1]}/d"
        hasty = open_engine(f"{where}?connect_timeout=2&sslmode=disable")
        with pytest.raises(DatabaseFault, match="timeout"), reading(hasty):
            pass
    _, options = hasty.dialect.create_connect_args(hasty.url)
    assert options["connect_timeout"] == "2"


def test_connections_to_a_server_that_is_gone_end_by_themselves(postgres_url: str) -> None:
    engine = open_engine(postgres_url)
    with reading(engine) as connection:
        driver = connection.connection.driver_connection
        assert driver is not None
        set_to = driver.info.get_parameters()
    engine.dispose()
    assert (set_to["connect_timeout"], set_to["keepalives_idle"]) == ("10", "10")
    assert set_to["tcp_user_timeout"] == "25000"


def test_schemas_of_a_database_are_apart_on_the_same_connections(postgres_url: str) -> None:
    engine = open_engine(postgres_url)
    create_schema(engine)
    with writing(engine) as connection:
        connection.exec_driver_sql("CREATE SCHEMA packshot_acme")
        connection.execute(insert(ITEM).values(item="mug", image="root.webp"))
    acme = in_schema(engine, "packshot_acme")
    with reading(acme) as connection, pytest.raises(DatabaseFault, match="item"):
        connection.execute(select(ITEM))  # not there yet, and not looked for elsewhere
    create_schema(acme)
    for _ in range(8):  # the driver prepares what it is asked again and again
        with reading(acme) as connection:
            assert connection.execute(select(ITEM)).all() == []
        with reading(engine) as connection:
            assert len(connection.execute(select(ITEM)).all()) == 1
    with reading(acme) as one, reading(engine) as other:
        assert lock_number(one, 7) != lock_number(other, 7) == 7
        assert -(2**63) <= lock_number(one, 7) < 2**63
    assert engine.pool is acme.pool
    with pytest.raises(ValueError, match="schema"):
        in_schema(engine, 'acme"; DROP SCHEMA public; --')
    engine.dispose()
