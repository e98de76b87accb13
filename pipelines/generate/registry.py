"""Profiles by name: one TOML file each, the user's own first, then the built-in ones."""

import tomllib
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from pathlib import Path

from pipelines.errors import ModelUnknown, ProfileInvalid, nearest
from pipelines.generate.parsing import PARSERS, Malformed
from pipelines.generate.profile import Lora, Profile

BUILT_IN_PROFILES = Path(__file__).with_name("profiles")
_LIKE = "like"
_MOST_LINKS = 8
_NEEDED = ("title", "pipeline", "licence", "abilities", "multiple_px", "buckets", "steps",
           "guidance_scale", "dtype")  # fmt: skip
_LEFT_OPEN: dict[str, object] = {
    "repo": "",
    "revision": "",
    "commercial": False,
    "controls": frozenset(),
    "resident_bytes": 0,
    "working_bytes": 0,
}
"""What a file may leave out, besides what `Profile` itself has a default for."""
_KNOWN = {one.name for one in fields(Profile)} - {"name", "checkpoint"}
_OF_FILES = {"repo", "revision", "variant", "parts", "folder"}
"""Keys that say which files a checkpoint has: with the same, two profiles share them."""


@dataclass(frozen=True, slots=True)
class ProfileRegistry:
    """Every profile of some folders; a name in an earlier folder hides the same in a later one.

    A file may say ``like = "NAME"`` and then only what differs; of its own name it means the
    one that it hides.
    """

    folders: tuple[Path, ...]

    def names(self) -> tuple[str, ...]:
        """Every name, sorted; the files are not read."""
        return tuple(sorted({file.stem for folder in self.folders for file in _files(folder)}))

    def all(self, *, broken: Callable[[ProfileInvalid], None] | None = None) -> dict[str, Profile]:
        """Every profile by name.

        Parameters
        ----------
        broken
            Is told of each file that describes none. The others are there without it: one slip of
            the pen takes no other model away.
        """
        known: dict[str, Profile] = {}
        for name in self.names():
            try:
                known[name] = self.get(name)
            except ProfileInvalid as fault:
                if broken is not None:
                    broken(fault)
        return known

    def get(self, name: str) -> Profile:
        """Return one profile.

        Raises
        ------
        ModelUnknown, ProfileInvalid
        """
        values, file = self._values(name, after=0, links=0)
        missing = [key for key in _NEEDED if key not in values]
        if missing:
            fact = f'must be given, or inherited with {_LIKE} = "sdxl-inpaint"'
            raise ProfileInvalid(file=str(file), key=missing[0], fact=fact)
        try:
            return Profile(name=name, **{**_LEFT_OPEN, **values})  # type: ignore[arg-type]
        except ValueError as fault:
            key, _, fact = str(fault).partition(": ")
            raise ProfileInvalid(file=str(file), key=key, fact=fact) from fault

    def _values(self, name: str, *, after: int, links: int) -> tuple[dict[str, object], Path]:
        """What a profile's file says, on top of what the one says that it is like."""
        index = self._holder(name, after=after)
        file = self.folders[index] / f"{name}.toml"
        table = _read(file)
        like = table.pop(_LIKE, None)
        values = _parsed(table, file)
        if like is None:
            return values, file
        if links == _MOST_LINKS:
            raise ProfileInvalid(file=str(file), key=_LIKE, fact="leads round in a circle")
        if not isinstance(like, str) or like not in self.names():
            hint = nearest(str(like), self.names())
            raise ProfileInvalid(file=str(file), key=_LIKE, fact=f"no profile '{like}'{hint}")
        hidden = index + 1 if like == name else 0
        try:
            base, _ = self._values(like, after=hidden, links=links + 1)
        except ModelUnknown as fault:
            fact = f"no other profile is called '{like}'"
            raise ProfileInvalid(file=str(file), key=_LIKE, fact=fact) from fault
        shared = "" if _OF_FILES & values.keys() else base.get("checkpoint") or like
        return {**base, **values, "checkpoint": shared}, file

    def _holder(self, name: str, *, after: int) -> int:
        """Which folder has a profile, from one on; the first is 0."""
        for index, folder in enumerate(self.folders):
            # Looked up among the names, so that none with slashes leads elsewhere.
            if index >= after and name in {file.stem for file in _files(folder)}:
                return index
        raise ModelUnknown(name=name, known=self.names())


def _files(folder: Path) -> list[Path]:
    return [file for file in folder.glob("*.toml") if file.is_file()]


def _read(file: Path) -> dict[str, object]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as fault:
        raise ProfileInvalid(file=str(file), key="", fact=str(fault)) from fault


def _parsed(table: dict[str, object], file: Path) -> dict[str, object]:
    values: dict[str, object] = {}
    for key, value in table.items():
        if key not in _KNOWN:
            hint = nearest(key, (*_KNOWN, _LIKE))
            raise ProfileInvalid(file=str(file), key=key, fact=f"no such key{hint}")
        try:
            values[key] = PARSERS[key](value)
        except Malformed as fault:
            raise ProfileInvalid(file=str(file), key=key, fact=str(fault)) from fault
    if isinstance(values.get("folder"), Path):
        values["folder"] = file.parent / values["folder"]  # type: ignore[operator]
    if "loras" in values:
        values["loras"] = tuple(_placed(one, file.parent) for one in values["loras"])  # type: ignore[attr-defined]
    return values


def _placed(lora: Lora, folder: Path) -> Lora:
    """The same with its whole path, where it is given as a path from the profile's file."""
    return replace(lora, file=str(folder / lora.file)) if "/" in lora.file else lora
