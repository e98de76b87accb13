"""All sets that there are, found by their modules' names."""

from __future__ import annotations

import importlib
import pkgutil

from pipelines.render.plates import sets
from pipelines.render.plates.plate import Plate


def plate_names() -> list[str]:
    """All sets that there are, in alphabetic order."""
    return sorted(m.name.replace("_", "-") for m in pkgutil.iter_modules(sets.__path__))


def load_plate(name: str) -> Plate:
    """The set of that name. Raises KeyError if there is none."""
    if name not in plate_names():
        raise KeyError(name)
    plate: Plate = importlib.import_module(f"{sets.__name__}.{name.replace('-', '_')}").PLATE
    return plate
