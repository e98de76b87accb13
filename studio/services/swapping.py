"""Swaps: what finds people, who a named person is, and what is missing."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import assets
import pipelines
from pipelines.errors import ExtraMissing
from pipelines.person.network import engine_missing
from studio.services.library import Library
from studio.services.scene_choice import refuse_unless_shown

FINDER, FACES = "person", "face-identity"


@dataclass(frozen=True, slots=True)
class Swapping:
    """What completes the recipe of a swap.

    Parameters
    ----------
    take_in : keeps the face of a named person
    """

    library: Library
    take_in: Callable[[bytes], assets.Asset] = field(kw_only=True)

    def complete(self, values: pipelines.SwapParams) -> pipelines.SwapParams:
        """Name the models, the person and the revisions of all that a swap names.

        Raises
        ------
        ModelMissing, ExtraMissing, ModelUnknown, LicenceRefused, PersonInvalid, PresetNotFound,
        TemplateNotFound
        RecipeInvalid : the model takes no reference pictures
        CheckpointUnusable : the model that paints, or the clothes parser
        """
        if engine_missing():
            raise ExtraMissing(what="networks that find people", extra="person")
        if not self.library.weights.has(FINDER):
            raise pipelines.ModelMissing(name=FINDER)
        values = self._with_person(values)
        judge = self._named(FACES) if self.library.weights.has(FACES) else ""
        values = replace(
            values,
            finder=self._named(FINDER),
            face_judge=judge,
            clothes_parser=self._parser(values),
        )
        if values.spec:
            values = replace(values, spec_revision=self.library.presets.get(values.spec).revision)
        if values.template:
            revision = self.library.templates.get(values.template).revision
            values = replace(values, template_revision=revision)
        if values.way != "painted":
            return values
        refuse_unless_shown(self.library.generators.profiles, values)
        name = self.library.generators.name(values.model, noncommercial=values.noncommercial)
        return replace(values, generator=name)

    def _with_person(self, values: pipelines.SwapParams) -> pipelines.SwapParams:
        """Look a name up; a face that the library keeps brings its own consent."""
        if values.way != "painted" or not self.library.persons.knows(values.person):
            return values
        person = self.library.persons.get(values.person)
        values = replace(values, persona=person.description, persona_seed=person.seed)
        if person.face is None or values.reference:
            return values
        face = self.take_in(person.face.read_bytes())
        return replace(values, reference=face.digest, i_have_consent=True)

    def _parser(self, values: pipelines.SwapParams) -> str:
        """Name the user's parser, where the garment is not drawn already."""
        return "" if values.garment or values.parser == "none" else self.library.parsers.name()

    def _named(self, name: str) -> str:
        return f"{name}@{pipelines.model_card(name).revision}"
