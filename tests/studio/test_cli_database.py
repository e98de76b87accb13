"""`packshot db`: where the database lies, what was made, and what is said when it cannot be used."""

from pathlib import Path

import pytest
from sqlalchemy import text

from tests.studio.commanding import Commands


def test_an_upgrade_says_what_it_made_and_then_has_nothing_to_do(
    packshot: Commands, tmp_path: Path
) -> None:
    assert packshot("db", "path").out == f"{tmp_path / 'packshot.sqlite'}\n"
    assert not (tmp_path / "packshot.sqlite").exists()
    first = packshot("db", "upgrade", "--json").data
    assert {"test", "event", "api_key", "asset", "job"} <= set(first["created"])
    assert len(first["created"]) == first["tables"]
    assert "nothing to do" in packshot("db", "upgrade").out


def test_a_missing_table_is_completed_and_the_rest_kept(packshot: Commands) -> None:
    made = packshot("keys", "create", "--scope", "decide", "--json").data
    with packshot.shell().engine.begin() as connection:
        connection.execute(text("DROP TABLE audit"))
    assert packshot("db", "upgrade", "--json").data["created"] == ["audit"]
    assert packshot.shell().keys.authenticate(made["secret"]).id == made["id"]


def test_postgresql_is_made_ready_and_its_password_is_not_shown(
    packshot: Commands, postgres_url: str
) -> None:
    packshot.set("PACKSHOT_DATABASE_URL", postgres_url)
    assert "test_variant" in packshot("db", "upgrade", "--json").data["created"]
    assert packshot("test", "list", "--json").data == []
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
