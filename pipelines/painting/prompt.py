"""What a painter is told: the user's words first, then what the scene, the brand and we add."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from pipelines.generate import Profile
from pipelines.lettering.contrast import Colour
from pipelines.library import Template
from pipelines.library.search import is_from_above
from pipelines.library.search.lexicon import lexicon
from pipelines.library.search.palette import shown_colours

PRODUCT = "{product}"
"""Where a text names the product; templates' prompts and users' may hold it."""
_NAMELESS = "the product"
_HAN = re.compile(r"[\u3400-\u9fff]")
_KEPT_OUT = {
    "text": r"\b(texts?|letter(s|ing)?|words?|sign(s|age|board|post)?)\b|文字",
    "watermark": "",
    "logo": r"\blogos?\b",
    "duplicate product": "",
    "floating product": "",
    "hands": r"\bhands?\b|手",
    "people": r"\b(people|persons?|wom[ae]n|m[ae]n|child(ren)?)\b|人",
    "picture frame": r"\bframe[ds]?\b|框",
    "blurry": "",
    "distorted": "",
    "low quality": "",
}
"""What is always kept out, and the words by which a user asks for it all the same. Whole
words, as design, textured and Roman ask for nothing; Chinese, written without spaces, anywhere."""
_LIKE_REFERENCE = "with the mood, light, colours and surface of the reference picture"
_LIKE_SECOND = (
    "Take the mood, light, colours and surface from the second picture, but none of its products."
)
_SEEN = {True: "seen from above, flat lay", False: "seen at eye level"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """What shall be seen, and what shall not."""

    text: str
    negative: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a prompt is made of.

    Attributes
    ----------
    words
        The user's own; they come first, so that a model that reads little reads them.
    product
        What the product is; "" where nobody said.
    negative
        What the user does not want to see.
    scene
        The template, or the empty canvas.
    colours
        Of the brand, by name.
    shown
        Whether the model is shown a further picture, for the scene to be like.
    """

    words: str
    product: str
    negative: str
    scene: Template
    colours: Sequence[str] = ()
    shown: bool = False


def scene_prompt(wish: Wish, profile: Profile) -> Prompt:
    """Put a prompt together for a model.

    Models that paint into a mask are told what the picture shows; models that edit are told what
    to do. What a user asks for is never kept out.
    """
    words = wish.words.strip().rstrip(",.。，")
    parts = [one for one in (words, _in_english(words)) if one]
    parts += [wish.scene.prompt] if wish.scene.prompt else [_plain(wish)]
    if wish.colours:
        parts.append(f"colours {' and '.join(wish.colours)}")
    paints = "inpaint" in profile.abilities
    if wish.shown and paints:
        parts.append(_LIKE_REFERENCE)
    told = ", ".join(_filled(part, wish.product) for part in parts)
    if not paints:
        told = (
            f"Replace the background: {told}. Keep {wish.product or _NAMELESS} exactly as it is, "
            "in the same place and size."
        )
        told += f" {_LIKE_SECOND}" if wish.shown else ""
    return Prompt(text=told, negative=_negative(wish, profile))


def _in_english(words: str) -> str:
    """What Chinese words name, in English, for models that read no Chinese; else ""."""
    if not _HAN.search(words):
        return ""
    named = [slot.english for slot in lexicon().slots(words) if not slot.excluded]
    return ", ".join(dict.fromkeys(one for one in named if one))


def _plain(wish: Wish) -> str:
    view = _SEEN[is_from_above(wish.scene)]
    lead = "" if PRODUCT in wish.words else f"{PRODUCT} standing in the scene, "
    if is_from_above(wish.scene):
        lead = lead.replace("standing", "lying")
    return f"{lead}{view}, soft contact shadow, professional product photograph"


def _filled(text: str, product: str) -> str:
    return text.replace(PRODUCT, product or _NAMELESS)


def _negative(wish: Wish, profile: Profile) -> str:
    if "negative_prompt" not in profile.abilities:
        return ""
    asked = wish.words.casefold()
    ours = [
        one
        for one, words in _KEPT_OUT.items()
        if not words or not re.search(words, asked, re.ASCII)
    ]
    return ", ".join([*([wish.negative.strip()] if wish.negative.strip() else []), *ours])


def colour_names(colours: Sequence[Colour]) -> tuple[str, ...]:
    """Names of 8-bit sRGB colours, each once; one that has no name is left out.

    >>> colour_names([(20, 40, 120), (250, 250, 250)])
    ('blue', 'white')
    """
    named: list[str] = []
    for red, green, blue in colours:
        shown = shown_colours([f"#{red:02x}{green:02x}{blue:02x}"], lexicon().concepts.values())
        if shown:
            named.append(max(shown, key=lambda one: shown[one]))
    return tuple(dict.fromkeys(named))
