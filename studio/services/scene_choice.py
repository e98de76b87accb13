"""Which templates a prompt leads to, for a product that must fit into them."""

from collections.abc import Callable
from dataclasses import replace

import pipelines
from pipelines.library.search import NO_GENERATOR, Found, asks_from_above, is_from_above


def choose(
    search: pipelines.TemplateSearch,
    wanted: pipelines.SceneParams,
    brands: pipelines.BrandLibrary,
    *,
    count: int = 1,
) -> tuple[Found, list[pipelines.SceneParams]]:
    """Find the closest templates, and the parameters of a scene in each.

    Only templates that the brand allows are taken, and only those whose camera looks as the
    photo's did: eye-level ones, unless the photo was shot from above or the prompt says so.

    Raises
    ------
    RecipeInvalid : a template is named as well
    NoTemplateFits, IndexUnusable, BrandNotFound, BrandInvalid
    """
    if wanted.template:
        limit = "give a template or a prompt, not both"
        raise pipelines.RecipeInvalid(field="prompt", value=wanted.prompt, limit=limit)
    allowed = brands.get(wanted.brand).templates
    sees = _view(wanted)
    found = search.find(
        wanted.prompt,
        count=count,
        accepts=lambda one: (not allowed or one.name in allowed) and sees(one),
    )
    scenes = [
        replace(
            wanted,
            template=match.template.name,
            template_choice=f"closest to '{wanted.prompt}' by {found.by}: "
            f"{', '.join(match.why)}; {NO_GENERATOR}",
        )
        for match in found.matches
    ]
    return found, scenes


def _view(wanted: pipelines.SceneParams) -> Callable[[pipelines.Template], bool]:
    match wanted.shot_from:
        case "above":
            return is_from_above
        case "side":
            return lambda template: not is_from_above(template)
    if asks_from_above(wanted.prompt):
        return lambda _: True
    return lambda template: not is_from_above(template)
