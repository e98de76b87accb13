"""3D models as sources: rendered by Blender's module in a template's light, or in a studio's."""

from pipelines.rendered.blender import Blender, Modelled, find_blender
from pipelines.rendered.model import Model, read_model
from pipelines.rendered.staging import Stand, stand_of, studio_stand

__all__ = [
    "Blender",
    "Model",
    "Modelled",
    "Stand",
    "find_blender",
    "read_model",
    "stand_of",
    "studio_stand",
]
