"""The commands' names, and what calling one imports."""

import subprocess
import sys

import pytest
from typer.main import get_command

from studio.cli.app import app
from tests.studio.commanding import Commands

_NAMES = [
    "demo",
    "cutout",
    "white",
    "scene",
    "edit",
    "swap",
    "check",
    "serve",
    "worker",
    "batch",
    "templates",
    "presets",
    "brands",
    "models",
    "test",
    "events",
    "keys",
    "db",
]
_IMPORTED = """
import sys
sys.argv = ["packshot", "white", "--help"]
from studio.cli.app import main
try:
    main()
finally:
    print("imported:", *sorted({name.partition(".")[0] for name in sys.modules}))
"""


def test_the_help_lists_every_command_with_what_it_does(packshot: Commands) -> None:
    said = packshot("--help")
    assert said.code == 0
    positions = [said.out.index(f"│ {name} ") for name in _NAMES]
    assert positions == sorted(positions)
    assert "Free products from their background" in said.out


@pytest.mark.parametrize("name", _NAMES)
def test_each_command_is_there_and_helps(name: str) -> None:
    group = get_command(app)
    command = group.get_command(group.make_context("packshot", [], resilient_parsing=True), name)  # type: ignore[attr-defined]
    assert command.name == name
    assert command.help


def test_a_misspelled_command_is_answered_with_its_name(packshot: Commands) -> None:
    said = packshot("tmplates")
    assert said.code == 2
    assert "Did you mean 'templates'?" in said.err


def test_making_images_imports_no_statistics_and_no_web_framework() -> None:
    command = [sys.executable, "-c", _IMPORTED]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    imported = done.stdout.rpartition("imported:")[2].split()
    assert {"studio", "pipelines", "cv2"} <= set(imported)
    assert not {"abtest", "fastapi", "structlog", "torch"} & set(imported)


def test_garbage_is_collected_again_once_a_command_is_imported() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", _IMPORTED + "    import gc\n    print(gc.isenabled())"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert ended.stdout.rstrip().endswith("True")
