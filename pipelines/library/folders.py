"""Where templates lie: found by their folder's name, walked only to be listed."""

from collections.abc import Iterator
from pathlib import Path

from pipelines.errors import TemplateNotFound
from pipelines.library.load import RECORD, load
from pipelines.library.template import Template

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
        if Path(name).name != name or name.startswith("."):
            raise TemplateNotFound(name=name, known=self.names())
        for root in self._roots:
            if (root / name / RECORD).is_file():
                return load(root / name)
        raise TemplateNotFound(name=name, known=self.names())

    def names(self) -> Iterator[str]:
        """Walk the folders, sorted inside each root; each name once."""
        seen: set[str] = set()
        for root in self._roots:
            if not root.is_dir():
                continue
            for folder in sorted(root.iterdir()):
                if (folder / RECORD).is_file() and folder.name not in seen:
                    seen.add(folder.name)
                    yield folder.name

    def all(self) -> Iterator[Template]:
        """Load every template, one at a time."""
        return (self.get(name) for name in self.names())
