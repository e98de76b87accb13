"""The commands' names, and their modules, imported when a command is called."""

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from itertools import islice
from typing import Any

import typer
from typer.core import TyperGroup
from typer.main import get_group

_MODULES = {
    "demo": "demo",
    "cutout": "images",
    "white": "images",
    "scene": "images",
    "edit": "edit",
    "swap": "swap",
    "check": "check",
    "serve": "serve",
    "worker": "worker",
    "scheduler": "scheduler",
    "batch": "batch",
    "templates": "templates",
    "presets": "presets",
    "brands": "brands",
    "models": "models",
    "test": "tests",
    "events": "events",
    "keys": "keys",
    "tenants": "tenants",
    "webhooks": "webhooks",
    "audit": "audit",
    "db": "database",
}
"""In the order of the help. A module has `register`, or an `app` that holds a group of commands.

All of them together take 1.2 s of CPU time to import, most of it for statistics and web pages
(`python -X importtime -m studio.cli --help`).
"""


class Commands(TyperGroup):
    """The commands of ``packshot``: calling one imports its module, and no other command's."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Take `--tenant` wherever it stands: it is about the whole command."""
        return super().parse_args(ctx, tenant_first(args))

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002  # as Typer calls it
        """All names, in the order of the help."""
        return list(_MODULES)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """A command by its name; None if there is none."""
        # Typer suggests a misspelled command's name from those that are loaded: all of them then.
        for name in [cmd_name] if cmd_name in _MODULES else _MODULES:
            self._load(name)
        return super().get_command(ctx, cmd_name)

    def _load(self, name: str) -> None:
        if name in self.commands:
            return
        with _nothing_collected():
            module = import_module(f"studio.cli.{_MODULES[name]}")
        part = typer.Typer(rich_markup_mode=self.rich_markup_mode)
        if hasattr(module, "register"):
            module.register(part)
        else:
            part.add_typer(module.app, name=name)
        self.commands.update(get_group(part).commands)


def tenant_first(words: Sequence[str]) -> list[str]:
    """The words of a command with its tenant before them; what follows `--` are no options.

    >>> tenant_first(["test", "list", "--tenant", "acme", "--json"])
    ['--tenant', 'acme', 'test', 'list', '--json']
    >>> tenant_first(["test", "show", "--", "--tenant=acme"])
    ['test', 'show', '--', '--tenant=acme']
    """
    first: list[str] = []
    rest: list[str] = []
    left = iter(words)
    for word in left:
        if word == "--":
            rest += [word, *left]
        elif word.startswith("--tenant="):
            first.append(word)
        elif word == "--tenant":
            first += [word, *islice(left, 1)]
        else:
            rest.append(word)
    return [*first, *rest]


@contextmanager
def _nothing_collected() -> Iterator[None]:
    """Look for no garbage meanwhile: imports stay, and to look took a fifth of their time."""
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if collects:
            gc.enable()
