"""Lettering: a merchant's words on a picture, set well, readable, and never over the product."""

from pipelines.lettering.blocks import Copywriting
from pipelines.lettering.fonts import (
    FontCard,
    FontFace,
    FontStack,
    FontStore,
    font_cards,
    system_faces,
)
from pipelines.lettering.ink import Drawn
from pipelines.lettering.letter import Keeping, Lettered, Wording, letter
from pipelines.lettering.logo import Logo
from pipelines.lettering.look import Look, from_palette
from pipelines.lettering.space import Corner
from pipelines.lettering.typeset import Typesetter

__all__ = [
    "Copywriting",
    "Corner",
    "Drawn",
    "FontCard",
    "FontFace",
    "FontStack",
    "FontStore",
    "Keeping",
    "Lettered",
    "Logo",
    "Look",
    "Typesetter",
    "Wording",
    "font_cards",
    "from_palette",
    "letter",
    "system_faces",
]
