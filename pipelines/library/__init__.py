"""Scene templates: a folder each, and nothing else.

A template is found by its folder's name, so that a library of a million costs no more to open
than one of twelve; only listing walks the folders.
"""

from pipelines.library.backdrop import Backdrop
from pipelines.library.camera import Camera, Depth
from pipelines.library.fitting import fits
from pipelines.library.folders import BUILT_IN, TemplateLibrary
from pipelines.library.template import Anchor, Template

__all__ = [
    "BUILT_IN",
    "Anchor",
    "Backdrop",
    "Camera",
    "Depth",
    "Template",
    "TemplateLibrary",
    "fits",
]
