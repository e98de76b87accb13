"""Declarations: what an image shall be, as frozen values whose hash is their name."""

from pipelines.imaging.framing import Align
from pipelines.spec.checks import CheckParams
from pipelines.spec.declare import Declared, Meaning, Parameter, option, parameters
from pipelines.spec.edit import EditParams
from pipelines.spec.frame import FrameParams
from pipelines.spec.matting import CutoutParams, MattingParams, Quality
from pipelines.spec.origin import OriginParams
from pipelines.spec.output import OutputParams
from pipelines.spec.overlay import OverlayParams
from pipelines.spec.painting import PaintingParams
from pipelines.spec.recipe import (
    ENGINE_REVISION,
    KINDS,
    PARAMS,
    Kind,
    Params,
    Recipe,
    params_from,
)
from pipelines.spec.scene import SceneParams
from pipelines.spec.shadow import Shadow, ShadowParams
from pipelines.spec.swap import SwapParams
from pipelines.spec.white import WhiteParams

__all__ = [
    "ENGINE_REVISION",
    "KINDS",
    "PARAMS",
    "Align",
    "CheckParams",
    "CutoutParams",
    "Declared",
    "EditParams",
    "FrameParams",
    "Kind",
    "MattingParams",
    "Meaning",
    "OriginParams",
    "OutputParams",
    "OverlayParams",
    "PaintingParams",
    "Parameter",
    "Params",
    "Quality",
    "Recipe",
    "SceneParams",
    "Shadow",
    "ShadowParams",
    "SwapParams",
    "WhiteParams",
    "option",
    "parameters",
    "params_from",
]
