"""What a large model is asked for, whatever it paints: a scene, a person, an edit."""

from dataclasses import dataclass

from pipelines.errors import RecipeInvalid
from pipelines.spec.declare import Declared, option

MOST_PROMPT_CHARACTERS = 5000
"""Models read 77 to 1,024 tokens of it; more is a pasted page, not a wish."""
LEFT_TO_THE_MODEL = -1
"""Outside the limits of every number below: the product chooses."""
_OPEN = float(LEFT_TO_THE_MODEL)
_GROUP = "Painting model"


@dataclass(frozen=True, kw_only=True)
class PaintingParams(Declared):
    """The model, how far it may go, and how often it may try."""

    model: str = option(
        "", "Profile of the large model that paints; `packshot models list` shows all.",
        group=_GROUP,
    )  # fmt: skip
    generator: str = option(
        "", "The profile with the revision of its weights: others make a new image.", by_us=True
    )
    strength: float = option(
        _OPEN, "How far the painter may leave what stands there: 0 keeps it as it is, 1 starts "
        "from nothing. Default: 1 on an empty canvas, 0.6 over a picture.",
        low=0, high=1, group=_GROUP,
    )  # fmt: skip
    steps: int = option(
        LEFT_TO_THE_MODEL, "Denoising steps. Default: what the model's authors advise.",
        low=1, high=150, group=_GROUP,
    )  # fmt: skip
    guidance: float = option(
        _OPEN, "Guidance scale: how closely the words are followed. Default: what the model's "
        "authors advise.", low=0, high=30, group=_GROUP,
    )  # fmt: skip
    negative: str = option(
        "", "What shall not be seen, besides what is always kept out; for models that take it.",
        group=_GROUP,
    )  # fmt: skip
    attempts: int = option(
        3, "How often to try, each time with another seed, until every check passes; the best is "
        "kept.", low=1, high=10, group=_GROUP,
    )  # fmt: skip
    noncommercial: bool = option(
        False, "Say that these images serve no business: some models' licences allow nothing else.",
        group=_GROUP,
    )  # fmt: skip

    def __post_init__(self) -> None:
        """Refuse wishes to a painter where none is named, and texts that no model reads.

        Raises
        ------
        RecipeInvalid
        """
        super().__post_init__()
        refuse_unreadable("negative", self.negative)
        if self.model:
            return
        for name in ("strength", "steps", "guidance", "negative"):
            if getattr(self, name) not in ("", LEFT_TO_THE_MODEL):
                limit = "needs a model that paints: give model"
                raise RecipeInvalid(field=name, value=getattr(self, name), limit=limit)

    @property
    def chosen_steps(self) -> int | None:
        """Steps as asked for; None leaves them to the model."""
        return None if self.steps == LEFT_TO_THE_MODEL else self.steps

    @property
    def chosen_guidance(self) -> float | None:
        """Guidance scale as asked for; None leaves it to the model."""
        return None if self.guidance == LEFT_TO_THE_MODEL else self.guidance


def refuse_unreadable(name: str, text: str) -> None:
    """Refuse a text for a model that is too long, or holds what nobody can type.

    Raises
    ------
    RecipeInvalid
    """
    shown = text if len(text) <= 40 else f"{text[:39]}…"
    if len(text) > MOST_PROMPT_CHARACTERS:
        limit = f"has {len(text):,} characters; at most {MOST_PROMPT_CHARACTERS:,}"
        raise RecipeInvalid(field=name, value=shown, limit=limit)
    if not all(one.isprintable() or one in "\n\t" for one in text):
        raise RecipeInvalid(field=name, value=shown, limit="must hold printable characters only")


def refuse_idle_seed(params: object, seed: int) -> None:
    """Refuse a seed where nothing is drawn by chance: the same image would count as another.

    Raises
    ------
    RecipeInvalid
    """
    if seed and not (isinstance(params, PaintingParams) and params.generator):
        limit = "is for what a model paints, nothing here is drawn by chance: leave it out"
        raise RecipeInvalid(field="seed", value=seed, limit=limit)
