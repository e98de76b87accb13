"""Painting around a product with a large model: what it sees, what it may touch, what is kept."""

from pipelines.painting.attempts import Attempt, best_of, seeds
from pipelines.painting.bucket import Fit, nearest_bucket
from pipelines.painting.canvas import Canvas, canvas_for
from pipelines.painting.control import Shape, control_kind, control_maps
from pipelines.painting.guard import bled_area, inpaint_mask, kept_area, without_product
from pipelines.painting.harmony import put_back
from pipelines.painting.prompt import Prompt, Wish, scene_prompt

__all__ = [
    "Attempt",
    "Canvas",
    "Fit",
    "Prompt",
    "Shape",
    "Wish",
    "best_of",
    "bled_area",
    "canvas_for",
    "control_kind",
    "control_maps",
    "inpaint_mask",
    "kept_area",
    "nearest_bucket",
    "put_back",
    "scene_prompt",
    "seeds",
    "without_product",
]
