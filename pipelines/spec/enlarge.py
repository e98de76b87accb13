"""Whether a small photo may be enlarged by a network."""

from dataclasses import dataclass
from typing import Literal

from pipelines.spec.declare import Declared, option

Upscale = Literal["never", "auto", "always"]


@dataclass(frozen=True, kw_only=True)
class EnlargeParams(Declared):
    """What to do where the photo has fewer pixels than the frame asks for."""

    upscale: Upscale = option(
        "never", "never: report a photo that is too small; auto: let a network enlarge it beyond "
        "twice its size; always: whenever it is enlarged.", group="Frame",
    )  # fmt: skip
    upscaler: str = option("", "Name and revision of the network.", by_us=True)
