"""Everything that makes painting faster, in one place, applied once, right after loading.

    options = speed_options(profile, kind="cuda", lossy=False)
    quickened = quicken(pipes, options)          # what was done, and what was not and why

A switch that is not lossy changes a picture by rounding only; a lossy one changes it visibly under
a magnifying glass, needs the user's word (``PACKSHOT_LOSSY``), and is part of the recipe's model
name, so that pictures made with and without it are different recipes. What each is worth is
measured by ``python -m tests.benchmarks.gpu``.
"""

from pipelines.generate.speed.options import (
    LOSSY,
    SWITCHES,
    SpeedOptions,
    Switch,
    lossy_suffix,
    speed_options,
)
from pipelines.generate.speed.quicken import Quickened, denoiser, held_bytes, quicken
from pipelines.generate.speed.shelf import READING, Aside, Offload, Shelf

__all__ = [
    "LOSSY",
    "READING",
    "SWITCHES",
    "Aside",
    "Offload",
    "Quickened",
    "Shelf",
    "SpeedOptions",
    "Switch",
    "denoiser",
    "held_bytes",
    "lossy_suffix",
    "quicken",
    "speed_options",
]
