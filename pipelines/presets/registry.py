"""Presets by name: the user's own first, then the built-in ones."""

from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from pipelines.errors import PresetNotFound
from pipelines.presets.file import read_presets
from pipelines.presets.preset import Preset

BUILT_IN_PRESETS = Path(__file__).with_name("built_in.toml")


@dataclass(frozen=True, slots=True)
class PresetRegistry:
    """Every preset of some files; a name in an earlier file hides the same in a later one.

    Files that are not there are passed over; one that was edited is read again.
    """

    files: tuple[Path, ...]
    _read: dict[Path, tuple[int, dict[str, Preset]]] = field(default_factory=dict, repr=False)

    def all(self) -> dict[str, Preset]:
        """Every preset by name.

        Raises
        ------
        PresetInvalid
        """
        found: dict[str, Preset] = {}
        for file in reversed(self.files):
            found = found | self._of(file, found)
        return found

    def get(self, name: str) -> Preset:
        """Return one preset.

        Raises
        ------
        PresetNotFound, PresetInvalid
        """
        known = self.all()
        if name not in known:
            raise PresetNotFound(name=name, known=known)
        return known[name]

    def _of(self, file: Path, bases: dict[str, Preset]) -> dict[str, Preset]:
        try:
            changed_ns = file.stat().st_mtime_ns
        except OSError:
            return {}
        if file not in self._read or self._read[file][0] != changed_ns:
            self._read[file] = changed_ns, read_presets(file, bases)
        return self._read[file][1]


@cache
def _built_in() -> PresetRegistry:
    return PresetRegistry((BUILT_IN_PRESETS,))


def presets() -> dict[str, Preset]:
    """Every built-in preset by name."""
    return _built_in().all()


def preset(name: str) -> Preset:
    """Return one built-in preset.

    Raises
    ------
    PresetNotFound
    """
    return _built_in().get(name)
