"""How a parameter is declared: its default, its limits and its meaning, in one place.

The command line, manifests and HTTP read the declaration, so that a parameter added to a kind of
image is an option, a column and a key at once, with the same limits and the same sentence.
"""

import types
from dataclasses import dataclass, field, fields
from functools import cache
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from pipelines.errors import RecipeInvalid

T = TypeVar("T")
_MEANING = "meaning"


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """What a parameter is for, and what it may be.

    Attributes
    ----------
    low, high
        Inclusive limits of a number, in `unit`; the default may lie outside: it leaves the choice
        to the product.
    group
        Heading under which help texts list it.
    by_us
        Filled in when a recipe is completed; no user gives it.
    names_asset
        A SHA-256 of an image; where a user gives a file, the file is taken in first.
    joined_by
        What stands between the values of a parameter that may have several; "" where it has one.
    """

    help: str
    low: float | None = None
    high: float | None = None
    unit: str = ""
    group: str = ""
    by_us: bool = False
    names_asset: bool = False
    joined_by: str = ""

    def values(self, value: object) -> tuple[str, ...]:
        """Return the texts that a value consists of, without empty ones.

        >>> Meaning(help="", joined_by=",").values("a, b,"), Meaning(help="").values("a, b")
        (('a', 'b'), ('a, b',))
        """
        parts = str(value).split(self.joined_by) if self.joined_by else [str(value)]
        return tuple(part.strip() for part in parts if part.strip())


def option(default: T, help: str, **limits: Any) -> T:  # noqa: A002 - a help text
    """Declare a dataclass field with its meaning; `limits` are those of `Meaning`."""
    declared: T = field(default=default, metadata={_MEANING: Meaning(help=help, **limits)})
    return declared


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One declared parameter as a reader of declarations sees it.

    Attributes
    ----------
    hint
        The annotation.
    type
        ``bool``, ``int``, ``float`` or ``str``.
    choices
        Every word allowed, where it is one of several.
    """

    name: str
    hint: Any
    type: type
    default: Any
    choices: tuple[str, ...]
    meaning: Meaning


class Declared:
    """Base of parameter sets: verifies each field against its declaration."""

    def __post_init__(self) -> None:
        """Refuse values out of range.

        Raises
        ------
        RecipeInvalid : names the field, the value and the limit
        """
        for one in parameters(type(self)):
            _verify(one, getattr(self, one.name))


def parameters(shape: type[Declared]) -> tuple[Parameter, ...]:
    """Every parameter of a kind, in the order of declaration."""
    return _parameters(shape)  # type: ignore[arg-type]  # every class is hashable


@cache
def _parameters(shape: type) -> tuple[Parameter, ...]:
    hints = get_type_hints(shape)
    return tuple(
        _parameter(one.name, hints[one.name], one.default, one.metadata[_MEANING])
        for one in fields(shape)
    )


def _parameter(name: str, hint: Any, default: Any, meaning: Meaning) -> Parameter:
    choices = _words(hint)
    return Parameter(
        name=name,
        hint=hint,
        type=str if choices else hint,
        default=default,
        choices=choices,
        meaning=meaning,
    )


def _words(hint: Any) -> tuple[str, ...]:
    """The words of a Literal, or of a union of Literals; nothing for any other type."""
    if get_origin(hint) is Literal:
        return get_args(hint)
    if get_origin(hint) in (Union, types.UnionType):
        return tuple(word for part in get_args(hint) for word in _words(part))
    return ()


def _verify(one: Parameter, value: object) -> None:
    if value == one.default:
        return
    if one.choices:
        if value not in one.choices:
            allowed = ", ".join(word for word in one.choices if word)
            raise RecipeInvalid(field=one.name, value=value, limit=f"must be one of {allowed}")
        return
    low, high = one.meaning.low, one.meaning.high
    if low is None or high is None or not isinstance(value, int | float):
        return
    if not low <= value <= high:
        limit = f"must be {low:g} to {high:g}{_unit(one.meaning)}"
        raise RecipeInvalid(field=one.name, value=value, limit=limit)


def _unit(meaning: Meaning) -> str:
    return f" {meaning.unit}" if meaning.unit else ""
