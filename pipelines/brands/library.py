"""Where brand kits lie: a folder each, found by name, with the fonts that stand behind them."""

import shutil
import tempfile
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

from pipelines.brands.kit import Brand
from pipelines.brands.load import read_brand
from pipelines.errors import BrandInvalid, BrandNotFound, FontMissing
from pipelines.lettering import FontFace, FontStack, FontStore, Typesetter, system_faces

_RECORD = "brand.toml"
HOUSE_FONT = "noto-sans-sc"


class BrandLibrary:
    """Kits in ``<root>/<name>/brand.toml``, each with its fonts and logo beside it."""

    def __init__(self, root: Path, *, fonts: FontStore) -> None:
        self._root = root
        self.fonts = fonts

    def get(self, name: str) -> Brand:
        """Load a kit by its folder's name; no name gives the brand without rules.

        Raises
        ------
        BrandNotFound, BrandInvalid
        """
        if not name:
            return Brand()
        plain = Path(name).name == name and not name.startswith(".")
        if not plain or not (self._root / name / _RECORD).is_file():
            raise BrandNotFound(name=name, known=self.names())
        return read_brand(self._root / name / _RECORD, name=name)

    def names(self) -> Iterator[str]:
        """Names of all kits, sorted."""
        if not self._root.is_dir():
            return
        for folder in sorted(self._root.iterdir()):
            if (folder / _RECORD).is_file() and not folder.name.startswith("."):
                yield folder.name

    def add(self, file: Path, *, force: bool = False) -> Brand:
        """Take in a kit with the files that it names; its name is the file's, or its folder's.

        Raises
        ------
        BrandInvalid : the kit is wrong, or another one of this name is here and `force` is not set
        """
        name = file.resolve().parent.name if file.name == _RECORD else file.stem
        kit = read_brand(file, name=name)
        target = self._root / name
        if (target / _RECORD).is_file() and not force:
            if read_brand(target / _RECORD, name=name).revision == kit.revision:
                return self.get(name)
            raise BrandInvalid(
                name=name,
                key=file.name,
                fact="another kit of this name is here",
                fix=f"`packshot brands add {file.name} --force` replaces it; or rename the file",
            )
        self._root.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self._root, prefix=".add-") as scratch:
            _copy_kit(file, kit, Path(scratch) / name)
            if target.exists():
                target.rename(Path(scratch) / "replaced")
            (Path(scratch) / name).rename(target)
        return self.get(name)

    def typesetter(self, brand: Brand) -> Typesetter:
        """Set text in a brand's fonts, then in the house font or, without it, the system's.

        Raises
        ------
        FontMissing : there is no font at all
        """
        behind = self._behind
        if not brand.text and not behind:
            raise FontMissing(name=HOUSE_FONT)
        return Typesetter(
            stack=FontStack(faces=(*brand.text, *behind)),
            heading=FontStack(faces=(*brand.heading, *behind)),
        )

    @property
    def lacks_house_font(self) -> bool:
        """Whether the house font could still be pulled."""
        return not self.fonts.has(HOUSE_FONT)

    @property
    def _behind(self) -> tuple[FontFace, ...]:
        if self.fonts.has(HOUSE_FONT):
            return (self.fonts.face(HOUSE_FONT),)
        return self._system

    @cached_property
    def _system(self) -> tuple[FontFace, ...]:
        return tuple(system_faces())


def _copy_kit(file: Path, kit: Brand, folder: Path) -> None:
    origin = file.resolve().parent
    files = [one.path for one in (*kit.heading, *kit.text)] + ([kit.logo.path] if kit.logo else [])
    for one in files:
        copied = folder / one.relative_to(origin)
        copied.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(one, copied)
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(file, folder / _RECORD)
