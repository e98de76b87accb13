"""The command line in this process: what a user types, and what comes back."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from studio.bootstrap.shell import Shell
from studio.cli import context
from studio.cli.app import main


@dataclass(frozen=True, kw_only=True)
class Said:
    """What a command said, and how it ended."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        """Its stdout as JSON."""
        return json.loads(self.out)

    @property
    def error(self) -> str:
        """The one line of its error."""
        lines = self.err.splitlines()
        assert len(lines) == 1, self.err
        assert lines[0].startswith("error: ")
        return lines[0].removeprefix("error: ")


class Commands:
    """Types `packshot` commands, each as a process of its own would see the home folder."""

    def __init__(
        self, home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        self._monkeypatch = monkeypatch
        self._capsys = capsys
        self.set("PACKSHOT_HOME", str(home))
        for name in ("PACKSHOT_DATABASE_URL", "PACKSHOT_MODELS_DIR"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.chdir(home)
        self.forget()

    def set(self, name: str, value: str) -> None:
        """Set an environment variable."""
        self._monkeypatch.setenv(name, value)

    def __call__(self, *words: object) -> Said:
        """Run a command to its end."""
        self.forget()
        self._monkeypatch.setattr("sys.argv", ["packshot", *(str(word) for word in words)])
        self._capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        said = self._capsys.readouterr()
        return Said(code=int(ended.value.code or 0), out=said.out, err=said.err)

    def shell(self) -> Shell:
        """The shell behind the last command."""
        return context.shell()

    def forget(self) -> None:
        """Close what the last command opened."""
        if context.shell.cache_info().currsize:
            last = context.shell()
            last.engine.dispose()
            last.images.supplies.models.evict_idle()  # a shell is garbage that waits for long
        context.shell.cache_clear()
        context.choose()


def picture(path: Path, colour: str) -> Path:
    """A small image of one colour."""
    Image.new("RGB", (40, 30), colour).save(path)
    return path
