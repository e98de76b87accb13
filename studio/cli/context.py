"""The shell that commands share: opened when the first command needs it."""

from functools import cache

from studio.bootstrap import Shell, open_shell
from studio.settings import Settings, read_settings


@cache
def settings() -> Settings:
    """The settings of this run."""
    return read_settings()


@cache
def shell() -> Shell:
    """The wired shell of this run."""
    return open_shell(settings())
