"""Turn the raster into a file."""

from dataclasses import dataclass, replace

from pipelines.imaging.encode import EncodeOptions, encode
from pipelines.provenance.xmp import packet
from pipelines.report import noted
from pipelines.spec import EditParams, SceneParams, SwapParams, WhiteParams
from pipelines.stages.origin import marks_of
from pipelines.stages.shot import Shot, Studio, present

_QUALITY = 93


@dataclass(frozen=True, slots=True)
class Encode:
    """Raster to file, within the preset's bytes."""

    name: str = "encode"

    def run(self, shot: Shot, studio: Studio) -> Shot:  # noqa: ARG002 - every stage's signature
        """Choose format and quality, and mark what the picture is."""
        marks = marks_of(shot)
        encoded = encode(present(shot.raster), replace(_options(shot), xmp=packet(marks)))
        how = f"{encoded.format}, {len(encoded.data):,} bytes"
        if encoded.quality is not None:
            how += f", quality {encoded.quality}"
        said = noted("file", how), noted("provenance", marks.words())
        return replace(shot, encoded=encoded, marks=marks, checks=(*shot.checks, *said))


def _options(shot: Shot) -> EncodeOptions:
    params = shot.recipe.params
    if isinstance(params, SceneParams):
        return EncodeOptions(
            format=params.format or "jpeg",
            quality=_QUALITY,
            dpi=params.dpi,
        )
    if isinstance(params, EditParams):
        return EncodeOptions(format=params.format or "png", quality=_QUALITY, dpi=params.dpi)
    if not isinstance(params, WhiteParams | SwapParams):
        return EncodeOptions(format="png")
    rules = shot.rules
    chosen = params.format or (rules.formats[0] if rules else "jpeg")
    return EncodeOptions(
        format=chosen,
        quality=_QUALITY,
        max_bytes=rules.max_bytes if rules else None,
        min_bytes=rules.min_bytes if rules else None,
        dpi=params.dpi,
    )
