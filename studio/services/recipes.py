"""Recipes: what a request leaves open is filled in, by what is here."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import assets
import pipelines
from pipelines.errors import ExtraMissing
from pipelines.matting.named import matting_model
from pipelines.spec import CheckParams, Params, Quality, parameters
from pipelines.spec.painting import refuse_idle_seed
from pipelines.upscale import engine_missing
from studio.services.inspection import with_inspectors
from studio.services.library import Library
from studio.services.scene_choice import (
    Chosen,
    Sources,
    choose,
    choose_by_look,
    refuse_unless_shown,
)
from studio.services.swapping import Swapping

MODELS_OF: dict[Quality, tuple[str, ...]] = {"fast": ("u2netp",), "best": ("u2net", "isnet")}
"""Which models look at a picture. The two of ``best`` fail on different images (straps and holes
against large plain parts), which is what makes their median worth more than either."""
UPSCALER = "realesr-animevideov3"


class Recipes:
    """Completes recipes.

    Safe to call from several threads.

    Parameters
    ----------
    store : where pictures lie that a recipe names
    """

    def __init__(self, library: Library, *, store: assets.AssetStore) -> None:
        self._library = library
        self._store = store
        self.swapping = Swapping(library, take_in=store.put)

    def complete(
        self, *, kind: pipelines.Kind, source: str, params: Mapping[str, Any], seed: int = 0
    ) -> pipelines.Recipe:
        """Fill in what a request leaves open: template, models, revisions of all that it names.

        Raises
        ------
        RecipeInvalid, NoTemplateFits, TemplateNotFound, TemplateInvalid, PresetNotFound,
        ModelMissing,
        and what `pipelines.settle` raises of brands and texts
        """
        values = self._of_its_kind(self._with_quality(pipelines.params_from(kind, params)))
        if isinstance(values, CheckParams):
            values = with_inspectors(values, self._library.weights)
        refuse_idle_seed(values, seed)
        recipe = pipelines.Recipe(
            kind=kind, source=source, params=values, seed=seed, models=self._matters(values)
        )
        self._refuse_unstored(values)
        return recipe

    def scenes_for(
        self, wanted: pipelines.SceneParams, *, count: int = 1, reference: bytes | None = None
    ) -> Chosen:
        """Find the templates that a prompt or a reference leads to.

        Parameters
        ----------
        reference
            The picture's bytes where it is not taken in yet; else the asset that is named.

        Raises
        ------
        RecipeInvalid, NoTemplateFits, IndexUnusable, BrandNotFound, BrandInvalid
        pipelines.ImageRefused, assets.AssetError : of the reference
        """
        own = self._library
        if not wanted.reference:
            return choose(own.search, wanted, own.brands, count=count)
        data = self._store.read(wanted.reference) if reference is None else reference
        picture = pipelines.decode(data, name="reference").rgb
        sources = Sources(
            search=own.search, library=own.templates, brands=own.brands,
            profiles=own.generators.profiles,
        )  # fmt: skip
        return choose_by_look(sources, wanted, picture=picture, count=count)

    def missing_models(self, quality: Quality) -> tuple[str, ...]:
        """Names of the models of a quality whose weights are not here."""
        return tuple(name for name in MODELS_OF[quality] if not self._library.weights.has(name))

    def _refuse_unstored(self, values: Params) -> None:
        """Refuse a digest that nothing lies under now, not once a worker comes to it."""
        for one in parameters(type(values)):
            if not one.meaning.names_asset:
                continue
            for digest in one.meaning.values(getattr(values, one.name)):
                try:
                    self._store.record(digest)
                except assets.AssetNotFound as fault:
                    limit = "no picture is stored under this digest; store it first"
                    raise pipelines.RecipeInvalid(
                        field=one.name, value=digest, limit=limit
                    ) from fault

    def _with_quality(self, values: Params) -> Params:
        """Name the quality that is left open: best where its weights are pulled, else fast."""
        if values.quality or values.cutout_model:
            return values
        return replace(values, quality="fast" if self.missing_models("best") else "best")

    def _of_its_kind(self, values: Params) -> Params:
        match values:
            case pipelines.SceneParams():
                return self._scene(values)
            case pipelines.EditParams():
                from studio.services.editing import with_editor  # no other kind needs the editor

                return with_editor(values, self._library.generators)
            case pipelines.SwapParams():
                return self.swapping.complete(values)
            case pipelines.WhiteParams():
                return self._white(values)
            case _:
                return values

    def _scene(self, values: pipelines.SceneParams) -> pipelines.SceneParams:
        if values.is_open:
            (values,) = self.scenes_for(values).scenes
        if values.template:
            template = self._library.templates.get(values.template)
            template.anchor(values.anchor)
            values = replace(values, template_revision=template.revision)
        brands = self._library.brands
        values = pipelines.settle(values, brands, rules=None, template=values.template)
        return self._with_generator(values)

    def _with_generator(self, values: pipelines.SceneParams) -> pipelines.SceneParams:
        """Name the weights of the model that paints; at strength 0 none is needed."""
        if not values.is_painted:
            return values
        generators = self._library.generators
        refuse_unless_shown(generators.profiles, values)
        name = generators.name(values.model, noncommercial=values.noncommercial)
        return replace(values, generator=name)

    def _white(self, values: pipelines.WhiteParams) -> pipelines.WhiteParams:
        rules = self._library.presets.get(values.spec) if values.spec else None
        if rules is not None:
            values = replace(values, spec_revision=rules.revision)
        values = pipelines.settle(values, self._library.brands, rules=rules)
        return self._with_upscaler(values)

    def _with_upscaler(self, values: pipelines.WhiteParams) -> pipelines.WhiteParams:
        """Name the network that may enlarge a small photo, if it is here and can be run."""
        if values.upscale == "never":
            return values
        if engine_missing():
            raise ExtraMissing(what="networks that enlarge", extra="upscale")
        if not self._library.weights.has(UPSCALER):
            raise pipelines.ModelMissing(name=UPSCALER)
        return replace(values, upscaler=f"{UPSCALER}@{pipelines.model_card(UPSCALER).revision}")

    def _matters(self, values: Params) -> tuple[str, ...]:
        """Name the models that look, with their revisions; a model by name overrules a quality."""
        folder = self._library.weights.folder
        if values.cutout_model:
            card = matting_model(values.cutout_model, folder)
            if not (folder / card.file).is_file():
                raise pipelines.ModelMissing(name=card.name)
            return (f"{card.name}@{card.revision}",)
        quality = values.quality or "fast"
        missing = self.missing_models(quality)
        if missing:
            raise pipelines.ModelMissing(name=missing[0])
        cards = [matting_model(name, folder) for name in MODELS_OF[quality]]
        return tuple(f"{card.name}@{card.revision}" for card in cards)
