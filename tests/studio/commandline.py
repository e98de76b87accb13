"""The command line as a user meets it: arguments in, exit code and two streams out."""

import sys
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from studio.cli import app, context


@dataclass(frozen=True, slots=True)
class Ran:
    """What a command did."""

    code: int
    out: str
    err: str


Packshot = Callable[..., Ran]


def runner(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Packshot:
    """Run `packshot` in this process, each time as if freshly started."""

    def run(*arguments: object) -> Ran:
        context.settings.cache_clear()
        context.shell.cache_clear()
        monkeypatch.setattr(sys, "argv", ["packshot", *(str(one) for one in arguments)])
        code = 0
        try:
            app.main()
        except SystemExit as ended:
            code = int(ended.code or 0)
        finally:
            if context.shell.cache_info().currsize:
                context.shell().engine.dispose()
        said = capsys.readouterr()
        return Ran(code, said.out, said.err)

    return run
