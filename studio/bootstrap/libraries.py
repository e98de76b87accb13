"""What an installation has to make images with: templates, brands, presets, weights, a key."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pipelines
from pipelines.generate import DigestMemory
from pipelines.person import ClothesParsers
from pipelines.provenance.credentials import CredentialsSigner
from pipelines.provenance.signing_key import local_key, read_key
from pipelines.sentence import MiniLm
from studio.bootstrap.generators import generators_of
from studio.services.generators import Generators
from studio.services.library import Library
from studio.services.templates import Templates
from studio.settings import Settings

_SENTENCE_MODEL = "minilm"


def library_of(settings: Settings, *, generators: Generators | None = None) -> Library:
    """All that a recipe may name.

    Parameters
    ----------
    generators : those that are open already; None opens them
    """
    return Library(
        templates=template_library(settings),
        search=template_search(settings),
        brands=brand_library(settings),
        presets=preset_registry(settings),
        persons=pipelines.PersonLibrary(settings.home_dir / "persons"),
        weights=weight_store(settings),
        parsers=clothes_parsers(settings),
        generators=generators_of(settings) if generators is None else generators,
    )


def template_library(settings: Settings) -> pipelines.TemplateLibrary:
    """The user's own templates first, then the built-in ones."""
    return pipelines.TemplateLibrary(settings.home_dir / "templates", pipelines.BUILT_IN)


def templates_of(settings: Settings) -> Templates:
    """The use cases around templates; new ones go beside the user's own."""
    return Templates(
        template_library(settings),
        own=settings.home_dir / "templates",
        brands=brand_library(settings),
    )


def template_search(settings: Settings) -> pipelines.TemplateSearch:
    """Search through the templates, by meaning as well once the sentence model is pulled."""
    return pipelines.TemplateSearch(
        template_library(settings),
        file=settings.home_dir / "cache" / "templates.sqlite",
        sentences=sentence_model(weight_store(settings)),
    )


def sentence_model(weights: pipelines.WeightStore) -> Callable[[], MiniLm | None]:
    """Give the sentence model, read on first use; None as long as it is not pulled."""

    @cache
    def model() -> MiniLm:
        card = pipelines.model_card(_SENTENCE_MODEL)
        file, vocabulary = weights.paths(card.name)
        return MiniLm(key=f"{card.name}@{card.revision}", weights=file, vocabulary=vocabulary)

    return lambda: model() if weights.has(_SENTENCE_MODEL) else None


def preset_registry(settings: Settings) -> pipelines.PresetRegistry:
    """The user's own presets first, then the built-in ones."""
    return pipelines.PresetRegistry((settings.presets_file, pipelines.BUILT_IN_PRESETS))


def brand_library(settings: Settings) -> pipelines.BrandLibrary:
    """The user's brand kits, and the fonts that set text."""
    fonts = pipelines.FontStore(settings.weights_dir / "fonts")
    return pipelines.BrandLibrary(settings.home_dir / "brands", fonts=fonts)


def clothes_parsers(settings: Settings) -> ClothesParsers:
    """The user's own network that tells garments from who wears them, if there is one."""
    memory = DigestMemory(settings.root_dir / "cache" / "parsers.json")

    def sha256(file: Path) -> str:
        found = memory.sha256(file)
        memory.save()
        return found

    path = settings.clothes_parser
    given = path is not None and path != Path()  # an empty variable names none
    return ClothesParsers(path=path.expanduser() if path and given else None, sha256=sha256)


def weight_store(settings: Settings) -> pipelines.WeightStore:
    """The folder of pulled weights."""
    return pipelines.WeightStore(settings.weights_dir)


def credentials_signer(settings: Settings) -> CredentialsSigner:
    """Who signs exported files: the key that the settings name, or this installation's own.

    Raises
    ------
    SigningUnavailable, SigningKeyUnusable
    """
    own = settings.home_dir / "credentials"
    given = settings.c2pa_cert, settings.c2pa_key
    key = read_key(*given) if any(given) else local_key(own, now=datetime.now(UTC))
    return CredentialsSigner(key)
