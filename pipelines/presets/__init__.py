"""Marketplace presets: what channels ask of an image, as data, and a user's own beside them."""

from pipelines.presets.preset import Bound, Forbidden, Preset, Status
from pipelines.presets.registry import BUILT_IN_PRESETS, PresetRegistry, preset, presets

__all__ = [
    "BUILT_IN_PRESETS",
    "Bound",
    "Forbidden",
    "Preset",
    "PresetRegistry",
    "Status",
    "preset",
    "presets",
]
