"""The use cases around templates: pictures of them, checks on them, new ones from photos."""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path

import numpy as np
import numpy.typing as npt

import pipelines
from pipelines.adopt import Adopted, Corrections, Thing, Words, adopt, thing_in_the_way
from pipelines.errors import TemplateExists, TemplateInvalid, TemplateNotFound
from pipelines.imaging.decode import decode
from pipelines.library.sheet import MOST_CELLS, Cell, contact_sheet
from pipelines.library.validate import validate
from studio.services.errors import HomeUnwritable, InputMissing
from studio.services.images import Images
from studio.services.recipes import MODELS_OF

_SCENE_PX = 720


class Templates:
    """What a designer does with templates as such.

    Parameters
    ----------
    own
        The folder that holds the user's own templates.
    """

    def __init__(
        self, library: pipelines.TemplateLibrary, *, own: Path, brands: pipelines.BrandLibrary
    ) -> None:
        self.library = library
        self._own = own
        self._brands = brands

    def chosen(
        self,
        *,
        style: str = "",
        tag: str = "",
        pitch: tuple[float, float] = (0.0, 90.0),
        broken: Callable[[TemplateInvalid], None],
    ) -> Iterator[pipelines.Template]:
        """Templates of a style, with a tag, seen at a pitch within limits in degrees.

        Parameters
        ----------
        broken
            Hears of each folder that cannot be read.
        """
        for template in self.library.all(broken=broken):
            tagged = not tag or tag in template.tags or tag == template.style
            styled = not style or style == template.style
            if tagged and styled and pitch[0] <= template.camera.pitch_deg <= pitch[1]:
                yield template

    def validate(self, target: str) -> pipelines.Report:
        """Hold a template's folder, given by path or by name, against every rule.

        Raises
        ------
        TemplateNotFound, InputMissing
        """
        path = Path(target)
        if path.is_dir():
            return validate(path)
        if path.name != target:
            raise InputMissing(path=target, fact="is no folder", fix="pass a template's folder")
        return validate(self.folder(target))

    def folder(self, name: str) -> Path:
        """Where a template lies, even one whose record cannot be read.

        Raises
        ------
        TemplateNotFound
        """
        folder = self.library.folder(name)
        if folder is None:
            raise TemplateNotFound(name=name, known=self.library.names())
        return folder

    def adopt(
        self, photo: bytes, *, words: Words, corrections: Corrections, force: bool
    ) -> Adopted:
        """Make a template of the user's own photo.

        Raises
        ------
        ImageRefused, RecipeInvalid, TemplateExists, HomeUnwritable
        """
        if not force and self.library.folder(words.name) is not None:
            raise TemplateExists(name=words.name)
        try:
            return adopt(photo, root=self._own, words=words, corrections=corrections, force=force)
        except OSError as fault:
            why = fault.strerror or str(fault)
            raise HomeUnwritable(path=str(self._own), why=why) from fault

    def sheet(
        self,
        templates: Iterable[pipelines.Template],
        *,
        scene: Callable[[str], npt.NDArray[np.uint8]] | None = None,
        columns: int = 0,
    ) -> npt.NDArray[np.uint8]:
        """Set templates out on one picture: their empty plates, or what `scene` makes of a name.

        Raises
        ------
        RecipeInvalid : no template, or too many for one picture
        FontMissing, and what `scene` raises
        """
        listed = list(islice(templates, MOST_CELLS + 1))
        if not 1 <= len(listed) <= MOST_CELLS:
            limit = f"a sheet holds 1 to {MOST_CELLS}; choose some by name, style or tag"
            raise pipelines.RecipeInvalid(field="templates", value=len(listed), limit=limit)
        fonts = self._brands.typesetter(pipelines.Brand()).stack
        cells = [
            Cell(
                rgb=template.plate() if scene is None else scene(template.name),
                name=template.name,
                title=f"{template.title}  {template.title_zh}",
            )
            for template in listed
        ]
        return contact_sheet(cells, fonts, columns=columns)


def scenes_of(images: Images, product: bytes) -> Callable[[str], npt.NDArray[np.uint8]]:
    """Return what puts a product into a template by name, small, for looking at."""
    source = images.add_source(product).digest

    def scene(name: str) -> npt.NDArray[np.uint8]:
        params = {"template": name, "size_px": _SCENE_PX, "format": "png"}
        recipe = images.recipes.complete(kind="scene", source=source, params=params)
        produced = pipelines.produce(recipe, product, name=name, studio=images.supplies)
        return decode(produced.data, name=name).rgb

    return scene


def in_the_way(images: Images, photo: bytes, *, name: str) -> Thing | None:
    """Look whether something stands where products are to stand on a backdrop's photo.

    Raises
    ------
    ModelMissing : the small model that looks is not here; nothing is fetched for a remark
    ImageRefused and its kinds, ModelCorrupt
    """
    with images.supplies.matters(MODELS_OF["fast"]) as (matter,):
        return thing_in_the_way(decode(photo, name=name).rgb, matter)
