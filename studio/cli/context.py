"""The shell that commands share: opened when the first command needs it."""

from functools import cache
from typing import Annotated, Any

import typer

from pipelines.matting.providers import DeviceWish
from studio.bootstrap.shell import Shell, open_shell
from studio.services.errors import TenantRefused
from studio.settings import Settings, read_settings

Device = Annotated[
    DeviceWish | None,
    typer.Option(
        help="Where models run; cuda is refused where it does not work, never replaced. Default: "
        "PACKSHOT_DEVICE, or auto.",
    ),
]
_chosen: dict[str, Any] = {}
_tenant: list[str] = []
"""Whose world the command is about, where one was named."""


def choose(*, device: DeviceWish | None = None) -> None:
    """Let a command's options overrule the settings; said before anything reads them."""
    _chosen.clear()
    _chosen.update(device=device)
    settings.cache_clear()


def choose_tenant(name: str | None) -> str | None:
    """Let a command be about a tenant's tests, images and keys; None leaves what was chosen."""
    if name is not None:
        _tenant[:] = [name]
        settings.cache_clear()
    return name


def choose_no_tenant() -> None:
    """Leave it to the settings whose world commands are about."""
    _tenant.clear()
    settings.cache_clear()


def of_all_tenants() -> Settings:
    """The settings of a command that is for all tenants at once.

    Raises
    ------
    TenantRefused : one was named
    """
    chosen = settings()
    if chosen.tenant:
        raise TenantRefused(
            f"this command is for all tenants; run it without --tenant {chosen.tenant} and without "
            "PACKSHOT_TENANT"
        )
    return chosen


def overrule(**chosen: object) -> None:
    """Let one command's own options overrule further settings; None leaves the setting."""
    _chosen.update(chosen)
    settings.cache_clear()


@cache
def settings() -> Settings:
    """The settings of this run."""
    return read_settings(**_chosen, tenant=_tenant[0] if _tenant else None)


@cache
def shell() -> Shell:
    """The wired shell of this run."""
    return open_shell(settings())
