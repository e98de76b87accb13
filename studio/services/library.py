"""What an installation, or a tenant of it, has to make images with."""

from __future__ import annotations

from dataclasses import dataclass

import pipelines
from pipelines.person import ClothesParsers
from studio.services.generators import Generators


@dataclass(frozen=True, slots=True, kw_only=True)
class Library:
    """All that a recipe may name, but for pictures.

    Parameters
    ----------
    weights    : of the small models: those that matte, judge, read and enlarge
    parsers    : the user's own network that tells garments from who wears them, if there is one
    generators : the large models
    """

    templates: pipelines.TemplateLibrary
    search: pipelines.TemplateSearch
    brands: pipelines.BrandLibrary
    presets: pipelines.PresetRegistry
    persons: pipelines.PersonLibrary
    weights: pipelines.WeightStore
    parsers: ClothesParsers
    generators: Generators
