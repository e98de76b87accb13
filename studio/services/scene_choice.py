"""Which templates a prompt or a picture leads to, for a product that must fit into them."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

import pipelines
from pipelines.errors import NoTemplateFits, TemplateInvalid
from pipelines.generate import ProfileRegistry
from pipelines.library.looks import Likeness, closest
from pipelines.library.search import NO_GENERATOR, asks_from_above, is_from_above

_BY_WORDS = 12
"""Templates that words may lead to before a picture chooses among them."""
_BY_LOOK = "Without model, the template that looks most like it is taken"
_IN_WORDS = "Or describe the person in words"


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """Scenes in the templates that were found, the closest first, and how that came about."""

    scenes: tuple[pipelines.SceneParams, ...]
    remark: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """What templates are chosen from, by whose rules, and the models that would paint instead."""

    search: pipelines.TemplateSearch
    library: pipelines.TemplateLibrary
    brands: pipelines.BrandLibrary
    profiles: ProfileRegistry


def choose(
    search: pipelines.TemplateSearch,
    wanted: pipelines.SceneParams,
    brands: pipelines.BrandLibrary,
    *,
    count: int = 1,
) -> Chosen:
    """Find the templates closest to a prompt, and the parameters of a scene in each.

    Only templates that the brand allows are taken, and only those whose camera looks as the
    photo's did: eye-level ones, unless the photo was shot from above or the prompt says so.

    Raises
    ------
    RecipeInvalid : a template is named as well
    NoTemplateFits, IndexUnusable, BrandNotFound, BrandInvalid
    """
    _refuse_template(wanted, "prompt", wanted.prompt)
    found = search.find(wanted.prompt, count=count, accepts=_accepts(wanted, brands))
    scenes = (
        replace(
            wanted,
            template=match.template.name,
            template_choice=f"closest to '{wanted.prompt}' by {found.by}: "
            f"{', '.join(match.why)}; {NO_GENERATOR}",
        )
        for match in found.matches
    )
    return Chosen(scenes=tuple(scenes), remark=f"{found.remark}; with --model one is painted")


def choose_by_look(
    sources: Sources,
    wanted: pipelines.SceneParams,
    *,
    picture: npt.NDArray[np.uint8],
    count: int = 1,
) -> Chosen:
    """Find the templates that look most like a picture, among those that a prompt leads to.

    Parameters
    ----------
    picture : uint8 (H, W, 3), sRGB

    Raises
    ------
    RecipeInvalid : a template is named as well
    NoTemplateFits, IndexUnusable, BrandNotFound, BrandInvalid, ProfileInvalid
    """
    _refuse_template(wanted, "reference", wanted.reference)
    accepts = _accepts(wanted, sources.brands)
    if wanted.prompt:
        found = sources.search.find(wanted.prompt, count=_BY_WORDS, accepts=accepts)
        among = [match.template for match in found.matches]
    else:
        among = [one for one in sources.library.all(broken=_pass_over) if accepts(one)]
    likest = closest(picture, among, count=count, broken=_pass_over)
    if not likest:
        why = "the brand, or where the photo was shot from, leaves none"
        raise NoTemplateFits(prompt="the reference", nearest=(), why=why)
    more = f"{NO_GENERATOR} or picture; {_would_do_more(sources.profiles)}"
    scenes = (
        replace(wanted, template=one.template.name, template_choice=_why(wanted, one, more))
        for one in likest
    )
    listed = "; ".join(one.reason for one in likest)
    return Chosen(
        scenes=tuple(scenes), remark=f"templates most like the reference: {listed}; {more}"
    )


def refuse_unless_shown(
    profiles: ProfileRegistry, wanted: pipelines.SceneParams | pipelines.SwapParams
) -> None:
    """Refuse a reference for a model that takes none.

    Raises
    ------
    RecipeInvalid, ModelUnknown, ProfileInvalid
    """
    if not wanted.reference or "references" in profiles.get(wanted.model).abilities:
        return
    field, value, instead = "reference", Path(wanted.reference).name[:24], _BY_LOOK
    if isinstance(wanted, pipelines.SwapParams):
        instead = _IN_WORDS
        if wanted.persona:  # the reference is the library's, and has no name that the user knows
            field, value = "person", wanted.person
    limit = f"model '{wanted.model}' takes no reference pictures: {_would_do_more(profiles)}"
    raise pipelines.RecipeInvalid(field=field, value=value, limit=f"{limit}. {instead}")


def _would_do_more(profiles: ProfileRegistry) -> str:
    able = (
        name for name, one in profiles.all().items()
        if "references" in one.abilities and one.commercial
    )  # fmt: skip
    return f"models that paint after a picture: {', '.join(able)}"


def _why(wanted: pipelines.SceneParams, one: Likeness, more: str) -> str:
    words = f"'{wanted.prompt}' and " if wanted.prompt else ""
    return f"closest to {words}the reference: {one.reason}; {more}"


def _refuse_template(wanted: pipelines.SceneParams, field: str, value: str) -> None:
    if wanted.template:
        limit = f"give a template or a {field}, not both, unless a model paints"
        raise pipelines.RecipeInvalid(field=field, value=value, limit=limit)


def _pass_over(fault: TemplateInvalid) -> None:
    """`packshot templates validate` says what is wrong with it; it cannot be used anyway."""


def _accepts(
    wanted: pipelines.SceneParams, brands: pipelines.BrandLibrary
) -> Callable[[pipelines.Template], bool]:
    allowed = brands.get(wanted.brand).templates
    sees = _view(wanted)
    return lambda one: (not allowed or one.name in allowed) and sees(one)


def _view(wanted: pipelines.SceneParams) -> Callable[[pipelines.Template], bool]:
    match wanted.shot_from:
        case "above":
            return is_from_above
        case "side":
            return lambda template: not is_from_above(template)
    if wanted.prompt and asks_from_above(wanted.prompt):
        return lambda _: True
    return lambda template: not is_from_above(template)
