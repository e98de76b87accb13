"""What a template made of a photo is called and found by."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image

from pipelines.adopt.record import Value
from pipelines.errors import RecipeInvalid
from pipelines.library.search.lexicon import lexicon
from pipelines.library.search.palette import shown_colours

_COLOURS = 5
_NAMED_COLOURS = 3
_CLEARLY = 0.6
_LONGEST = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What a user says of the photo.

    Attributes
    ----------
    photo
        The file's name, for errors.
    title, title_zh
        Shown to people; made of the name where they are empty.
    tags
        Added to the colours that the photo shows.
    """

    photo: str
    name: str
    title: str = ""
    title_zh: str = ""
    style: str = "own"
    material: str = "unknown"
    tags: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse empty and endless words.

        Raises
        ------
        RecipeInvalid
        """
        for field in ("style", "material"):
            if not getattr(self, field).strip():
                raise RecipeInvalid(field=field, value="", limit="must not be empty")
        for field in ("title", "title_zh", "style", "material"):
            self._refuse_long(field, getattr(self, field))
        for tag in self.tags:
            self._refuse_long("tag", tag)
            if not tag.strip():
                raise RecipeInvalid(field="tag", value=tag, limit="must not be empty")

    def _refuse_long(self, field: str, text: str) -> None:
        if len(text) > _LONGEST:
            limit = f"at most {_LONGEST} characters"
            raise RecipeInvalid(field=field, value=f"{text[:40]}…", limit=limit)


def head_of(words: Words, plate: npt.NDArray[np.uint8], *, digest: str) -> dict[str, Value]:
    """The keys that a record begins with."""
    palette = palette_of(plate)
    title = words.title or words.name.replace("-", " ").capitalize()
    tags = _tags(words, palette)
    described = ", ".join(tag for tag in tags if tag.isascii())
    return {
        "schema": 1,
        "name": words.name,
        "title": title,
        "title_zh": words.title_zh or f"自有背景 {title}",
        "style": words.style,
        "tags": tags,
        "prompt": f"{{product}} in a scene of the user's own photo, {title}: {described}",
        "palette": palette,
        "made_by": "packshot templates import",
        "photo_sha256": digest,
    }


def palette_of(plate: npt.NDArray[np.uint8]) -> list[str]:
    """A plate's main colours by k-means, most frequent first, as #rrggbb."""
    small = Image.fromarray(plate).resize((192, 192), Image.Resampling.BOX)
    indexed = small.quantize(colors=_COLOURS, method=Image.Quantize.MAXCOVERAGE, kmeans=8)
    colours = np.array(indexed.getpalette(), dtype=np.uint8).reshape(-1, 3)[:_COLOURS]
    counts = np.bincount(np.asarray(indexed).ravel(), minlength=_COLOURS)[: len(colours)]
    order = [one for one in np.argsort(-counts, kind="stable") if counts[one]]
    return ["#{:02x}{:02x}{:02x}".format(*colours[one]) for one in order]


def _tags(words: Words, palette: list[str]) -> list[str]:
    concepts = lexicon().concepts
    shown = shown_colours(palette, concepts.values())
    named = sorted((name for name in shown if shown[name] >= _CLEARLY), key=lambda n: -shown[n])
    coloured = [
        word
        for name in named[:_NAMED_COLOURS]
        for word in (concepts[name].en[0], concepts[name].zh[0])
    ]
    return list(dict.fromkeys([*words.tags, *coloured, "own photo", "自有背景"]))
