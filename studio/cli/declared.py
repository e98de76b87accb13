"""Command line options made from declared parameters: one declaration, one help text, one limit."""

import inspect
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import typer

from pipelines.spec import Declared, Parameter, parameters
from studio.cli.context import Device, choose

Command = TypeVar("Command", bound=Callable[..., None])
_DEVICE = inspect.Parameter(
    "device", inspect.Parameter.KEYWORD_ONLY, default=None, annotation=Device
)
"""Every command that makes images says where models run; no recipe does: the report does."""


def takes(shape: type[Declared], *, besides: Collection[str] = ()) -> Callable[[Command], Command]:
    """Give a command one option for each parameter of a kind of image.

    The command declares its own arguments, and ``**options`` for these; it hears only what a user
    gave. Names in ``besides`` are left to the command itself. Where models run is told to the
    settings, before the command reads them.
    """
    declared = [
        one for one in parameters(shape) if not one.meaning.by_us and one.name not in besides
    ]

    def decorate(command: Command) -> Command:
        own = [
            one for one in inspect.signature(command, eval_str=True).parameters.values()
            if one.kind is not inspect.Parameter.VAR_KEYWORD
        ]  # fmt: skip

        def told(**given: Any) -> None:
            choose(device=given.pop(_DEVICE.name))
            mine = {one.name: given.pop(one.name) for one in own}
            command(**mine, **{one.name: _plain(one, given[one.name]) for one in declared
                               if given[one.name] not in (None, [])})  # fmt: skip

        told.__name__, told.__doc__ = command.__name__, command.__doc__
        signature = inspect.Signature([*own, _DEVICE, *(_option(one) for one in declared)])
        told.__signature__ = signature  # type: ignore[attr-defined]
        told.__annotations__ = {one.name: one.annotation for one in signature.parameters.values()}
        return told  # type: ignore[return-value]

    return decorate


def flag(name: str) -> str:
    """A parameter's name as an option.

    >>> flag("size_px"), flag("height_cm")
    ('--size', '--height-cm')
    """
    return "--" + name.removesuffix("_px").replace("_", "-")


def _option(one: Parameter) -> inspect.Parameter:
    flags = flag(one.name)
    if one.type is bool:
        flags = f"{flags}/--no-{flags[2:]}"
    help_text = _help(one)
    info = typer.Option(flags, help=help_text, rich_help_panel=one.meaning.group or None)
    return inspect.Parameter(
        one.name,
        inspect.Parameter.KEYWORD_ONLY,
        default=None,
        annotation=Annotated[_type(one) | None, info],
    )


def _help(one: Parameter) -> str:
    shown = one.default not in ("", 0, 0.0, None) and not _outside(one)
    default = one.default if one.type is not bool else ("yes" if one.default else "no")
    return f"{one.meaning.help} [default: {default}]" if shown else one.meaning.help


def _outside(one: Parameter) -> bool:
    """Whether the default is no value of its own, but leaves the choice to the product."""
    low = one.meaning.low
    return low is not None and isinstance(one.default, int | float) and one.default < low


def _type(one: Parameter) -> Any:
    words = tuple(word for word in one.choices if word)
    single: Any = Literal[words] if words else one.type
    if one.meaning.names_asset:
        single = Path
    return list[single] if one.meaning.joined_by else single


def _plain(one: Parameter, value: Any) -> Any:
    if one.meaning.joined_by:
        return one.meaning.joined_by.join(str(each) for each in value)
    return str(value) if isinstance(value, Path) else value
