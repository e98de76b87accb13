"""What several tests of the command line type their commands into."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.studio.commanding import Commands


@pytest.fixture
def commands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Commands]:
    """The command line with a home folder of its own."""
    (tmp_path / "home").mkdir()
    commands = Commands(tmp_path / "home", monkeypatch, capsys)
    yield commands
    commands.forget()
