"""The product on pure white."""

from dataclasses import dataclass

from pipelines.spec.checks import CheckParams
from pipelines.spec.declare import option
from pipelines.spec.enlarge import EnlargeParams
from pipelines.spec.frame import FrameParams
from pipelines.spec.matting import MattingParams
from pipelines.spec.origin import OriginParams
from pipelines.spec.output import OutputParams
from pipelines.spec.overlay import OverlayParams
from pipelines.spec.shadow import ShadowParams


@dataclass(frozen=True, kw_only=True)
class WhiteParams(
    OutputParams,
    OverlayParams,
    OriginParams,
    CheckParams,
    ShadowParams,
    EnlargeParams,
    FrameParams,
    MattingParams,
):
    """A packshot, for a marketplace's preset or for none."""

    spec: str = option("", "Marketplace preset to satisfy, such as amazon-main.")
    spec_revision: str = option(
        "", "Digest of the preset's rules: an edited preset makes a new image.", by_us=True
    )
