"""`packshot db`: where the database lies, what was made, and what is said when it cannot be used."""

import io
from pathlib import Path

import pytest
from sqlalchemy import text

from studio.db.migrations import HEAD
from tests.studio.commanding import Commands


def test_an_upgrade_says_what_it_made_and_then_has_nothing_to_do(
    packshot: Commands, tmp_path: Path
) -> None:
    assert packshot("db", "path").out == f"{tmp_path / 'packshot.sqlite'}\n"
    assert not (tmp_path / "packshot.sqlite").exists()
    first = packshot("db", "upgrade", "--json").data
    assert {"test", "event_chunk", "api_key", "asset", "job"} <= set(first["created"])
    assert len(first["created"]) == first["tables"]
    assert "nothing to do" in packshot("db", "upgrade").out


def test_a_missing_table_is_completed_and_the_rest_kept(packshot: Commands) -> None:
    made = packshot("keys", "create", "--scope", "decide", "--json").data
    with packshot.shell().engine.begin() as connection:
        connection.execute(text("DROP TABLE audit"))
    said = packshot("db", "check")
    assert (said.code, said.err.splitlines()[0]) == (1, "error: add table: audit")
    assert packshot("db", "upgrade", "--json").data["created"] == ["audit"]
    assert "as this version wants it" in packshot("db", "check").out
    assert packshot.shell().keys.authenticate(made["secret"]).id == made["id"]


def test_postgresql_is_made_ready_and_its_password_is_not_shown(
    packshot: Commands, postgres_url: str
) -> None:
    packshot.set("PACKSHOT_DATABASE_URL", postgres_url)
    assert "test_variant" in packshot("db", "upgrade", "--json").data["created"]
    assert packshot("test", "list", "--json").data == []
    assert "pg_dump" in packshot("db", "backup", "shop.dump").error
    assert "pg_restore" in packshot("db", "restore", "shop.dump", "--yes").error
    packshot.set("PACKSHOT_DATABASE_URL", "postgresql+psycopg://shop:geheim@db/packshot")
    assert "geheim" not in packshot("db", "path").out


@pytest.mark.parametrize(
    ("url", "part"),
    [
        ("geheim", "not a URL"),
        ("postgresql+psycopg://u:geheim@127.0.0.1:1/x", "check PACKSHOT_DATABASE_URL"),
        ("oracle://u:geheim@127.0.0.1:1/x", "its driver is not installed"),
    ],
)
def test_a_database_that_cannot_be_used_is_one_line_without_secrets(
    packshot: Commands, url: str, part: str
) -> None:
    packshot.set("PACKSHOT_DATABASE_URL", url)
    said = packshot("test", "list")
    assert said.code == 1
    assert part in said.error
    assert "geheim" not in said.error


def test_a_file_that_is_no_database_is_named(packshot: Commands, tmp_path: Path) -> None:
    (tmp_path / "packshot.sqlite").write_text("a shopping list, and nothing else " * 10)
    said = packshot("test", "list")
    assert said.code == 1
    assert "packshot.sqlite: file is not a database" in said.error


def test_a_home_that_cannot_be_made_says_how_to_choose_another(
    packshot: Commands, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    packshot.set("PACKSHOT_HOME", str(tmp_path / "file" / "home"))
    assert "PACKSHOT_HOME" in packshot("keys", "list").error


def test_a_fault_in_the_middle_of_a_command_is_one_line(packshot: Commands) -> None:
    packshot("db", "upgrade")
    with packshot.shell().engine.begin() as connection:
        connection.execute(text("ALTER TABLE test DROP COLUMN salt"))
    said = packshot(
        "test",
        "create",
        "mug",
        "--variant",
        "a=https://x.example/a",
        "--variant",
        "b=https://x.example/b",
    )
    assert said.code == 1
    assert "salt" in said.error


def test_steps_are_shown_taken_back_and_taken_again(packshot: Commands) -> None:
    waiting = packshot("db", "status", "--json").data
    assert (waiting["step"], waiting["tables"]) == (None, 0)
    assert [step["step"] for step in waiting["waiting"]][-1] == waiting["newest"] == HEAD
    assert "next: packshot db upgrade" in packshot("db", "status").out
    made = packshot("db", "upgrade").out
    assert f"from step None to {HEAD}, created" in made
    back = packshot("db", "downgrade", "--to", "base", "--yes", "--json").data
    assert (back["was"], back["is"], back["tables"]) == (HEAD, None, 0)
    assert "test_variant" in back["dropped"]
    assert packshot("db", "upgrade", "--to", HEAD, "--json").data["is"] == HEAD
    assert packshot("db", "status", "--json").data["waiting"] == []
    assert "there are base" in packshot("db", "upgrade", "--to", "0815").error


def test_going_back_asks_first(packshot: Commands, monkeypatch: pytest.MonkeyPatch) -> None:
    packshot("db", "upgrade")
    monkeypatch.setattr("sys.stdin", io.StringIO("n\n"))
    assert packshot("db", "downgrade", "--to", "base").code == 1
    assert packshot("db", "status", "--json").data["step"] == HEAD


def test_a_postgresql_database_that_is_behind_says_what_to_run(
    packshot: Commands, postgres_url: str
) -> None:
    packshot.set("PACKSHOT_DATABASE_URL", postgres_url)
    packshot("db", "upgrade")
    with packshot.shell().engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    said = packshot("test", "list")
    assert said.code == 1
    assert "9999" in said.error
    assert "install the version that made it" in said.error


def test_a_backup_is_made_and_put_back(packshot: Commands, tmp_path: Path) -> None:
    made = packshot("keys", "create", "--scope", "decide", "--json").data
    copy = tmp_path / "shop.backup"
    said = packshot("db", "backup", copy, "--json").data
    assert (said["file"], said["step"], said["bytes"]) == (str(copy), HEAD, copy.stat().st_size)
    packshot("keys", "revoke", made["id"])
    done = packshot("db", "restore", copy, "--yes", "--json").data
    (key,) = packshot("keys", "list", "--json").data
    assert key["revoked_s"] is None
    packshot("db", "restore", done["kept"], "--yes")
    (key,) = packshot("keys", "list", "--json").data
    assert key["revoked_s"] is not None
    assert "is there already" in packshot("db", "backup", copy).error
    assert "no such file" in packshot("db", "restore", tmp_path / "none", "--yes").error
