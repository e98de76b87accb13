"""The front door: a recipe and its source's bytes in, a finished file and its report out."""

from dataclasses import dataclass, field
from functools import cache
from typing import assert_never

import numpy as np
import numpy.typing as npt

from pipelines.imaging.encode import MEDIA_TYPE, SUFFIX
from pipelines.matting.lattice import import_solver
from pipelines.report import Report, Subject
from pipelines.spec import Kind, PaintingParams, Recipe, parameters
from pipelines.stages.company import ByNumber, Gather
from pipelines.stages.cut import Decode, KeepSize, Matte
from pipelines.stages.finish import Encode
from pipelines.stages.letter import Letter
from pipelines.stages.shot import Control, Shot, Stage, Studio, Unheard, present, run_stages
from pipelines.stages.verify import Verify


@cache
def stages_of(kind: Kind) -> tuple[Stage, ...]:
    """What makes an image of a kind, one after another.

    What only one kind needs is imported with its first image: to import all of it takes a tenth
    of the start-up of a command (`python -X importtime`).
    """
    match kind:
        case "cutout":
            return Decode(), Matte(), KeepSize(), Encode(), Verify()
        case "white":
            return Decode(), Matte(), Gather(), _on_white(), Letter(), Encode(), Verify()
        case "scene":
            return Decode(), Matte(), Gather(), _in_scene(), Letter(), Encode(), Verify()
        case "edit":
            from pipelines.stages.edit import Edit, FindProduct, VerifyEdit

            return Decode(), FindProduct(), Edit(), Encode(), VerifyEdit()
        case "swap":
            from pipelines.stages.swap import Swap, VerifySwap

            return Decode(), Matte(), Swap(), Encode(), VerifySwap()
        case _:
            assert_never(kind)


def make_ready(kind: Kind) -> None:
    """Import what the first image of a kind would wait for, all workers at once.

    To be called beside something that leaves the interpreter alone, such as loading a model.
    """
    stages_of(kind)
    import_solver()


def _on_white() -> Stage:
    from pipelines.stages.white import OnWhite
    from pipelines.stages.white_together import AllOnWhite

    return ByNumber(alone=OnWhite(), together=AllOnWhite())


def _in_scene() -> Stage:
    from pipelines.stages.scene import InScene
    from pipelines.stages.scene_together import AllInScene

    return ByNumber(alone=InScene(), together=AllInScene())


@dataclass(frozen=True, slots=True, kw_only=True)
class Produced:
    """A finished image.

    Attributes
    ----------
    suffix
        File ending by content, such as ``.jpg``.
    raster
        The picture before it became a file, uint8 (H, W, 3) or straight (H, W, 4), sRGB.
    """

    data: bytes
    media_type: str
    suffix: str
    width_px: int
    height_px: int
    report: Report
    raster: npt.NDArray[np.uint8] = field(repr=False, compare=False)


def produce(
    recipe: Recipe, data: bytes, *, name: str, studio: Studio, control: Control | None = None
) -> Produced:
    """Make the image that a recipe describes.

    The same recipe gives the same bytes on the same kind of device.

    Raises
    ------
    PipelineError : see `pipelines.errors`; nothing has been written anywhere
    """
    shot = Shot(recipe=recipe, name=name, data=data, control=control or Unheard())
    done = run_stages(stages_of(recipe.kind), shot, studio=studio)
    encoded, raster = present(done.encoded), present(done.raster)
    return Produced(
        data=encoded.data,
        media_type=MEDIA_TYPE[encoded.format],
        suffix=SUFFIX[encoded.format],
        width_px=int(raster.shape[1]),
        height_px=int(raster.shape[0]),
        report=Report(checks=done.checks, subject=_subject(recipe, done)),
        raster=raster,
    )


def _subject(recipe: Recipe, done: Shot) -> Subject:
    known = parameters(type(recipe.params))
    settings = {
        one.name: getattr(recipe.params, one.name)
        for one in known
        if not one.meaning.by_us and getattr(recipe.params, one.name) != one.default
    }
    return Subject(
        kind=recipe.kind,
        recipe=recipe.digest,
        source=recipe.source,
        engine=recipe.engine,
        settings=settings,
        models=recipe.models,
        painter=recipe.params.generator if isinstance(recipe.params, PaintingParams) else "",
        provenance=done.marks.to_json(),
    )
