"""The shell that commands share: opened when the first command needs it."""

from functools import cache
from typing import Annotated, Any

import typer

from pipelines.matting.providers import DeviceWish
from studio.bootstrap import Shell, open_shell
from studio.settings import Settings, read_settings

Device = Annotated[
    DeviceWish | None,
    typer.Option(
        help="Where models run; cuda is refused where it does not work, never replaced. Default: "
        "PACKSHOT_DEVICE, or auto.",
    ),
]
_chosen: dict[str, Any] = {}


def choose(*, device: DeviceWish | None = None) -> None:
    """Let a command's options overrule the settings; said before anything reads them."""
    _chosen.clear()
    _chosen.update(device=device)
    settings.cache_clear()


def overrule(**chosen: object) -> None:
    """Let one command's own options overrule further settings; None leaves the setting."""
    _chosen.update(chosen)
    settings.cache_clear()


@cache
def settings() -> Settings:
    """The settings of this run."""
    return read_settings(**_chosen)


@cache
def shell() -> Shell:
    """The wired shell of this run."""
    return open_shell(settings())
