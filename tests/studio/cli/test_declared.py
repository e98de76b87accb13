"""Options made from declarations: what a user may type follows from what a recipe may say."""

from dataclasses import dataclass
from typing import Any, Literal

import pytest
import typer
from typer.testing import CliRunner

from pipelines.spec import Declared, option
from studio.cli.declared import takes


@dataclass(frozen=True, kw_only=True)
class Cup(Declared):
    """What the command of these tests makes."""

    size_px: int = option(0, "Side.", low=64, high=900, unit="px")
    shadow: Literal["none", "contact", "drop"] = option("none", "What lies under it.")
    strength: float = option(0.5, "0 invisible to 1 black.", low=0, high=1)
    steps: int = option(-1, "Denoising steps.", low=1, high=150)
    dpi: int = option(72, "Resolution.", low=1, high=99)
    revision: str = option("", "Ours to fill in.", by_us=True)


@pytest.fixture
def heard() -> dict[str, Any]:
    return {}


@pytest.fixture
def app(heard: dict[str, Any]) -> typer.Typer:
    command = typer.Typer(rich_markup_mode="markdown")

    @command.command()
    @takes(Cup, besides=("dpi",))
    def white(image: str, dpi: int = 1, **options: Any) -> None:
        """Put it on white."""
        heard.update(options, image=image, dpi=dpi)

    return command


def test_a_command_hears_only_what_was_typed(app: typer.Typer, heard: dict[str, Any]) -> None:
    result = CliRunner().invoke(app, ["mug.jpg", "--size", "800", "--shadow", "drop", "--dpi", "9"])
    assert result.exit_code == 0, result.output
    assert heard == {"image": "mug.jpg", "dpi": 9, "size_px": 800, "shadow": "drop"}


def test_words_outside_the_declaration_are_wrong_usage(app: typer.Typer) -> None:
    result = CliRunner().invoke(app, ["mug.jpg", "--shadow", "long"])
    assert result.exit_code == 2
    assert "contact" in result.output


def test_help_shows_meaning_and_default_and_hides_what_is_ours(app: typer.Typer) -> None:
    text = CliRunner().invoke(app, ["--help"], env={"COLUMNS": "200"}).output
    assert "--strength" in text
    assert "0 invisible to 1 black. [default: 0.5]" in text
    assert "--revision" not in text
    assert "[default: -1]" not in text
    assert "Put it on white." in text
