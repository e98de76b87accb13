"""Edits: which model makes one, and what to do where there is none."""

from dataclasses import replace

import pipelines
from pipelines.editing import can_edit, exact_command, refuse_model
from pipelines.errors import EditorNeeded
from pipelines.generate import Profile
from studio.services.generators import Generators


def with_editor(values: pipelines.EditParams, generators: Generators) -> pipelines.EditParams:
    """Name the weights of the model that edits.

    Raises
    ------
    EditorNeeded : no model was named
    RecipeInvalid : the model takes no instructions
    ModelUnknown, ProfileInvalid, LicenceRefused, ModelMissing, CheckpointUnusable
    """
    if not values.model:
        instead = exact_command(values.instruction)
        raise EditorNeeded(models=_editors(generators), instead=instead)
    profile = generators.permitted(values.model, noncommercial=values.noncommercial)
    refuse_model(profile, confined=values.has_area)
    name = generators.name(values.model, noncommercial=values.noncommercial)
    return replace(values, generator=name)


def _editors(generators: Generators) -> list[str]:
    """The models that edit, what each needs, and how to get it."""
    known = generators.profiles.all().values()
    able = [one for one in known if can_edit(one, confined=False)]
    return [_needs(one, generators) for one in sorted(able, key=lambda one: one.resident_bytes)]


def _needs(profile: Profile, generators: Generators) -> str:
    here = generators.checkpoints.has(profile)
    size = f", {profile.resident_bytes / 1e9:.0f} GB" if profile.resident_bytes else ""
    where = "here" if here else f"packshot models pull {profile.name}"
    return f"{profile.name} ({profile.licence}{size}; {where})"
