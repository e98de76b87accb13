"""How large a product is in its photo, for the pictures that are made together with it."""

from pipelines.imaging.angles import Member, member_of
from pipelines.spec import Recipe
from pipelines.stages.cut import Decode, Matte
from pipelines.stages.shot import Shot, Studio, present, run_stages


def measure(recipe: Recipe, data: bytes, *, name: str, studio: Studio) -> Member:
    """Find the product as the recipe says, and measure it.

    Raises
    ------
    PipelineError : what decoding and finding the product raise
    """
    shot = Shot(recipe=recipe, name=name, data=data)
    return member_of(present(run_stages((Decode(), Matte()), shot, studio=studio).cutout))
