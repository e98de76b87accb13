"""Which channels of an EXR file are colour, alpha, shadow and object ids, by their names.

Renderers name channels ``layer.pass.component`` (Blender: ``ViewLayer.Combined.R``) or put each
pass into a part of its own; both are understood.
"""

from collections.abc import Sequence
from dataclasses import dataclass

_COLOUR_PASSES = ("", "combined", "beauty", "rgba", "rgb", "main", "composite", "c")
_SHADOW_PASSES = ("shadow catcher", "shadow_catcher", "shadowcatcher", "shadow")
_ID_PASSES = ("indexob", "object index", "object_index", "objectid", "object_id", "id")


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Channels by what they are, as ``part number:channel name``.

    Attributes
    ----------
    colour
        Red, green and blue; three times the same where the file is grey.
    shadow
        One channel, or three to average; empty where there is no such pass.
    names
        Every pass, for people.
    """

    colour: tuple[str, str, str]
    alpha: str | None
    shadow: tuple[str, ...]
    ids: str | None
    names: tuple[str, ...]

    @property
    def wanted(self) -> tuple[str, ...]:
        """Every channel to read, once."""
        rest = [one for one in (self.alpha, self.ids) if one is not None]
        return tuple(dict.fromkeys((*self.colour, *rest, *self.shadow)))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pass:
    """Channels that share all of their name but the last word."""

    name: str
    channels: dict[str, str]

    @property
    def own_name(self) -> str:
        """The pass's name without its view layer."""
        return self.name.rpartition(".")[2].strip().lower()

    @property
    def rgb(self) -> tuple[str, str, str] | None:
        """Red, green, blue; or luminance for all three."""
        known = self.channels
        if {"R", "G", "B"} <= known.keys():
            return known["R"], known["G"], known["B"]
        grey = known.get("Y") if "RY" not in known else None
        return None if grey is None else (grey, grey, grey)


def laid_out(parts: Sequence[tuple[str, Sequence[str]]]) -> Layout | None:
    """Find the passes among parts, each with a name and its channels; None without colour.

    >>> layout = laid_out([("", ["V.Combined.A", "V.Combined.B", "V.Combined.G", "V.Combined.R",
    ...                          "V.Depth.Z", "V.Shadow Catcher.R"])])
    >>> layout.colour
    ('0:V.Combined.R', '0:V.Combined.G', '0:V.Combined.B')
    >>> layout.alpha, layout.shadow
    ('0:V.Combined.A', ('0:V.Shadow Catcher.R',))
    """
    passes = _passes(parts)
    main = _main(passes)
    if main is None or main.rgb is None:
        return None
    shadow = _first(passes, _SHADOW_PASSES)
    ids = _first(passes, _ID_PASSES)
    return Layout(
        colour=main.rgb,
        alpha=main.channels.get("A"),
        shadow=() if shadow is None else _components(shadow),
        ids=None if ids is None else next(iter(ids.channels.values())),
        names=tuple(one.name or "colour" for one in passes),
    )


def _passes(parts: Sequence[tuple[str, Sequence[str]]]) -> list[_Pass]:
    found: dict[str, dict[str, str]] = {}
    for number, (part, channels) in enumerate(parts):
        for channel in channels:
            layer, _, component = channel.rpartition(".")
            whole = ".".join(dict.fromkeys(one for one in (part, layer) if one))
            found.setdefault(whole, {})[_component(component)] = f"{number}:{channel}"
    return [_Pass(name=name, channels=channels) for name, channels in found.items()]


def _component(word: str) -> str:
    """One spelling for components: r, red and R are the same."""
    upper = word.upper()
    return {"RED": "R", "GREEN": "G", "BLUE": "B", "ALPHA": "A"}.get(upper, upper)


def _main(passes: list[_Pass]) -> _Pass | None:
    coloured = [one for one in passes if one.rgb is not None]
    for wanted in _COLOUR_PASSES:
        for one in coloured:
            if one.own_name == wanted:
                return one
    plain = [one for one in coloured if one.own_name not in _SHADOW_PASSES]
    with_alpha = [one for one in plain if "A" in one.channels]
    if len(with_alpha) == 1:
        return with_alpha[0]
    return plain[0] if len(plain) == 1 else None


def _first(passes: list[_Pass], names: Sequence[str]) -> _Pass | None:
    for wanted in names:
        for one in passes:
            if one.own_name == wanted:
                return one
    return None


def _components(one: _Pass) -> tuple[str, ...]:
    rgb = [one.channels[key] for key in ("R", "G", "B") if key in one.channels]
    if rgb:
        return tuple(rgb)
    return tuple(channel for key, channel in one.channels.items() if key != "A")[:1]
