"""Finding templates by words, in English and Chinese."""

from pipelines.library.search.found import (
    NO_GENERATOR,
    Found,
    Match,
    asks_from_above,
    is_from_above,
)
from pipelines.library.search.search import MOST_TEMPLATES, Sentences, TemplateSearch

__all__ = [
    "MOST_TEMPLATES",
    "NO_GENERATOR",
    "Found",
    "Match",
    "Sentences",
    "TemplateSearch",
    "asks_from_above",
    "is_from_above",
]
