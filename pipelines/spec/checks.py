"""Checks that cost too much to be made of every picture."""

from dataclasses import dataclass

from pipelines.spec.declare import Declared, option

_GROUP = "Checks"


@dataclass(frozen=True, kw_only=True)
class CheckParams(Declared):
    """What is looked at besides what is always looked at.

    The models are named when the recipe is completed: pulling one later makes a new recipe, so
    that no report that says "not checked" is handed out again.
    """

    check_text: bool = option(
        False, "Read the text on the product before and after, 1 to 4 s an image.", group=_GROUP
    )
    check_safety: bool = option(
        False, "Score the picture for nudity, about 0.1 s an image.", group=_GROUP
    )
    text_models: str = option("", "Models that read, by revision.", by_us=True)
    safety_model: str = option("", "Model that scores, by revision.", by_us=True)
