"""3D models as sources: rendered by Blender's module with a template's own camera and light."""

from pipelines.rendered.blender import Blender, Modelled, find_blender
from pipelines.rendered.model import Model, read_model
from pipelines.rendered.staging import Stand, stand_of

__all__ = [
    "Blender",
    "Model",
    "Modelled",
    "Stand",
    "find_blender",
    "read_model",
    "stand_of",
]
