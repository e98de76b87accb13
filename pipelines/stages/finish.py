"""Encode the raster and check the finished file."""

from dataclasses import dataclass, replace

import numpy as np

from pipelines.imaging.cutout import VISIBLE
from pipelines.imaging.encode import SUFFIX, EncodeOptions, encode
from pipelines.presets import Preset, preset
from pipelines.provenance.xmp import packet
from pipelines.report import Check, judged, noted
from pipelines.rules import check_file
from pipelines.spec import SceneParams, WhiteParams
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


@dataclass(frozen=True, slots=True)
class Verify:
    """Product lock, white purity, and the marketplace's rules on the very bytes that are kept."""

    name: str = "check"

    def run(self, shot: Shot, studio: Studio) -> Shot:  # noqa: ARG002 - every stage's signature
        """Add what was checked to the report."""
        checks = [*_product_lock(shot)]
        params = shot.recipe.params
        if isinstance(params, WhiteParams):
            checks += _purity(shot, params)
            if params.spec:
                encoded = present(shot.encoded)
                rules = check_file(
                    encoded.data, preset(params.spec), name=f"result{SUFFIX[encoded.format]}"
                )
                checks += rules.checks
        return replace(shot, checks=(*shot.checks, *checks))


def _options(shot: Shot) -> EncodeOptions:
    params = shot.recipe.params
    if isinstance(params, SceneParams):
        return EncodeOptions(
            format=params.format or "jpeg",
            quality=_QUALITY,
            dpi=params.dpi,
        )
    if not isinstance(params, WhiteParams):
        return EncodeOptions(format="png")
    rules: Preset | None = preset(params.spec) if params.spec else None
    chosen = params.format or (rules.formats[0] if rules else "jpeg")
    return EncodeOptions(
        format=chosen,
        quality=_QUALITY,
        max_bytes=rules.max_bytes if rules else None,
        min_bytes=rules.min_bytes if rules else None,
        dpi=params.dpi,
    )


def _product_lock(shot: Shot) -> list[Check]:
    if shot.placed is None:
        return []
    worst = shot.placed.locked_difference(present(shot.raster)[..., :3])
    return [
        judged(
            "product lock",
            passed=worst == 0,
            value=f"largest difference {worst}",
            limit="0 inside the opaque area",
            fix="report this image",
        )
    ]


def _purity(shot: Shot, params: WhiteParams) -> list[Check]:
    """Count pixels that are neither product nor, where one was asked for, shadow, and not white."""
    placed, raster = present(shot.placed), present(shot.raster)
    outside = placed.alpha_in_frame() <= VISIBLE
    if shot.lettering is not None:
        outside &= ~shot.lettering
    if params.shadow != "none":
        reach = placed.ground_px, placed.left_px, placed.left_px + placed.alpha.shape[1]
        width = reach[2] - reach[1]
        outside[:, max(0, reach[1] - width) : reach[2] + width] = False
    impure = int((raster[outside] < 255).any(axis=-1).sum()) if outside.any() else 0
    share = impure / max(int(np.count_nonzero(outside)), 1)
    return [
        judged(
            "pure white",
            passed=impure == 0,
            value=f"{impure:,} pixels are not ({share:.2%})",
            limit="255,255,255 outside product and shadow",
            fix="report this image",
        )
    ]
