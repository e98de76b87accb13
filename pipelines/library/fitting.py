"""Whether a product's photo fits a scene: taken from where the scene's camera looks."""

from pipelines.imaging.viewpoint import Viewpoint
from pipelines.library.template import Template


def fits(template: Template, viewpoint: Viewpoint) -> bool:
    """Tell whether a product seen so may be put here; an unsure viewpoint fits everywhere.

    What stands belongs on a surface seen from the side, what was shot from above or lies flat in a
    scene seen from above.
    """
    return not viewpoint.sure or seen_from(template) == viewpoint.side


def seen_from(template: Template) -> str:
    """``above`` for a flat lay, else ``side``."""
    return "above" if template.surface_at(template.anchor()).lies_flat else "side"
