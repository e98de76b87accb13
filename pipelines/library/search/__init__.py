"""Finding templates by words, in English and Chinese."""

from pipelines.library.search.found import NO_GENERATOR, Found, Match
from pipelines.library.search.search import MOST_TEMPLATES, Sentences, TemplateSearch

__all__ = ["MOST_TEMPLATES", "NO_GENERATOR", "Found", "Match", "Sentences", "TemplateSearch"]
