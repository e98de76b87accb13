"""Where templates lie: found by their folder's name, walked only to be listed."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

from pipelines.errors import TemplateInvalid, TemplateNotFound
from pipelines.library.load import load
from pipelines.library.template import RECORD, Template

BUILT_IN = Path(__file__).parents[1] / "templates"


class TemplateLibrary:
    """Folders of template folders; an earlier one hides a later one's template of the same name."""

    def __init__(self, *roots: Path) -> None:
        self._roots = roots or (BUILT_IN,)

    def get(self, name: str) -> Template:
        """Load one template by its folder's name.

        Raises
        ------
        TemplateNotFound, TemplateInvalid
        """
        folder = self.folder(name)
        if folder is None:
            raise TemplateNotFound(name=name, known=self.names())
        return load(folder)

    def folder(self, name: str) -> Path | None:
        """Where a template lies, be its record good or bad; None where there is none."""
        if Path(name).name != name or name.startswith("."):
            return None
        folders = (root / name for root in self._roots)
        return next((folder for folder in folders if (folder / RECORD).is_file()), None)

    def names(self) -> Iterator[str]:
        """Walk the folders, sorted inside each root; each name once."""
        return (name for name, _ in self.stamps())

    def stamps(self) -> Iterator[tuple[str, str]]:
        """Walk the folders: each name once, with what changes when its record is edited."""
        seen: set[str] = set()
        for root in self._roots:
            if not root.is_dir():
                continue
            for name in sorted(entry.name for entry in os.scandir(root)):
                hidden = name in seen or name.startswith(".")
                stamp = None if hidden else _stamp(root / name)
                if stamp is not None:
                    seen.add(name)
                    yield name, stamp

    def stamp(self, name: str) -> str | None:
        """What changes when a template's record is edited; None where there is none."""
        stamps = (_stamp(root / name) for root in self._roots)
        return next((stamp for stamp in stamps if stamp is not None), None)

    def state(self) -> str:
        """What changes when a template's folder is added, renamed or removed."""
        return " ".join(
            f"{root}@{root.stat().st_mtime_ns if root.is_dir() else 'none'}" for root in self._roots
        )

    def all(self, *, broken: Callable[[TemplateInvalid], None] | None = None) -> Iterator[Template]:
        """Load every template, one at a time.

        Parameters
        ----------
        broken
            Hears of each folder that cannot be read, and the others go on; None raises it.
        """
        for name in self.names():
            try:
                yield self.get(name)
            except TemplateInvalid as fault:
                if broken is None:
                    raise
                broken(fault)


def _stamp(folder: Path) -> str | None:
    try:
        return f"{folder}@{(folder / RECORD).stat().st_mtime_ns}"
    except OSError:
        return None
