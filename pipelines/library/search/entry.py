"""What a template is found by: its words, its colours and its geometry as weighted terms."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from pipelines.library.search.lexicon import LITERAL, Lexicon
from pipelines.library.search.palette import lch, shown_colours
from pipelines.library.template import Template

MAKING = 2
"""Raised when entries are made differently: an index of others is made anew."""
_FROM_TAGS, _FROM_TITLE, _FROM_MATERIAL, _FROM_PALETTE, _FROM_PROMPT = 1.0, 0.95, 0.75, 0.85, 0.45
"""How far to trust each part of a record: tags are chosen to be searched by, a prompt also names
what lies blurred in a corner."""
_FIRST_TAGS, _LATE_TAGS = 3, 12
_FROM_LATE_TAGS = 0.7
_FROM_RECORD = 0.6
_LEAST = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What the index keeps of a template.

    Attributes
    ----------
    terms
        Concepts and literal words with their weights, in (0, 1].
    sentences
        The scene in English, for a sentence model: as its prompt describes it, and as it is
        tagged. A prompt resembles one or the other, and either is drowned in both.
    """

    name: str
    terms: Mapping[str, float]
    sentences: tuple[str, str]


def entry_of(template: Template, lexicon: Lexicon) -> Entry:
    """Gather the terms of a template."""
    terms: dict[str, float] = defaultdict(float)
    for text, weight in _texts(template):
        for slot in lexicon.slots(text):
            for term, degree in slot.terms.items():
                if degree == 1.0:  # what a word means, not what would serve as well
                    terms[term] = max(terms[term], weight)
    for term, weight in (*_colours(template, lexicon), *_geometry(template)):
        terms[term] = max(terms[term], weight)
    return Entry(
        name=template.name,
        terms={term: weight for term, weight in terms.items() if weight > _LEAST},
        sentences=_sentences(template),
    )


def literals_of(entry: Entry) -> set[str]:
    """The words of an entry that a prompt may name as they are."""
    return {term.removeprefix(LITERAL) for term in entry.terms if term.startswith(LITERAL)}


def _texts(template: Template) -> list[tuple[str, float]]:
    tagged = [(template.style, _FROM_TAGS), *_tagged(template.tags)]
    titled = [(text, _FROM_TITLE) for text in (template.title, template.title_zh)]
    shown = template.prompt.replace("{product}", " ")
    return [*tagged, *titled, (template.material, _FROM_MATERIAL), (shown, _FROM_PROMPT)]


def _tagged(tags: Sequence[str]) -> list[tuple[str, float]]:
    """Tags with their weights: in each language, what a scene is comes before what suits it."""
    english = [tag for tag in tags if tag.isascii()]
    others = [tag for tag in tags if not tag.isascii()]
    return [
        (tag, _FROM_TAGS - (_FROM_TAGS - _FROM_LATE_TAGS) * _ramp(place, _FIRST_TAGS, _LATE_TAGS))
        for listed in (english, others)
        for place, tag in enumerate(listed)
    ]


def _colours(template: Template, lexicon: Lexicon) -> list[tuple[str, float]]:
    shown = shown_colours(template.palette, lexicon.concepts.values())
    found = [(name, degree * _FROM_PALETTE) for name, degree in shown.items()]
    if template.palette:
        lightness = float(np.average(lch(template.palette)[:, 0]))
        found.append(("dark", _FROM_RECORD * _ramp(lightness, 48, 34)))
        found.append(("bright", _FROM_RECORD * _ramp(lightness, 58, 72)))
    return found


def _geometry(template: Template) -> list[tuple[str, float]]:
    light = template.light
    behind = 135 < light.azimuth_deg % 360 < 225
    return [
        ("flatlay", float(template.surface_at(template.anchor()).lies_flat)),
        ("backlight", _FROM_RECORD * behind),
        ("hardlight", _FROM_RECORD * _ramp(light.angular_diameter_deg, 8, 2)),
        ("softlight", _FROM_RECORD * _ramp(light.angular_diameter_deg, 14, 28)),
    ]


def _ramp(value: float, nothing: float, whole: float) -> float:
    return min(max((value - nothing) / (whole - nothing), 0.0), 1.0)


def _sentences(template: Template) -> tuple[str, str]:
    english = ", ".join(tag for tag in template.tags if tag.isascii())
    shown = template.prompt.replace("{product}", "").strip(" ,")
    return shown or template.title, f"{template.title}. {english}"
