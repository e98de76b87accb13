"""How the finished picture becomes a file."""

from dataclasses import dataclass
from typing import Literal

from pipelines.imaging.encode import Format
from pipelines.spec.declare import Declared, option

_GROUP = "File"


@dataclass(frozen=True, kw_only=True)
class OutputParams(Declared):
    """Format and resolution of the file."""

    format: Format | Literal[""] = option(
        "", "File format; default: the preset's first, or jpeg.", group=_GROUP
    )
    dpi: int = option(72, "Resolution written into the file.", low=1, high=2400, group=_GROUP)
