"""What a search answers."""

from dataclasses import dataclass

from pipelines.library.search.lexicon import lexicon
from pipelines.library.template import Template

NO_GENERATOR = "no image was generated from your words"


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A template and why it was chosen.

    Attributes
    ----------
    score
        Share of the prompt that it serves, in [0, 1].
    why
        The prompt's words that it serves, the best served first.
    """

    template: Template
    score: float
    why: tuple[str, ...]

    @property
    def reason(self) -> str:
        """One line for people."""
        return f"{self.template.name} ({self.score:.2f}: {', '.join(self.why)})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The answer to a prompt.

    Attributes
    ----------
    matches
        The templates that fit, the closest first.
    unknown
        Words of the prompt that neither a template nor the dictionary knows.
    by
        What ranked them: tags, sentence similarity or both.
    """

    prompt: str
    matches: tuple[Match, ...]
    unknown: tuple[str, ...]
    by: str

    @property
    def remark(self) -> str:
        """What a user should know about the choice."""
        listed = "; ".join(match.reason for match in self.matches)
        unknown = f"; not understood: {', '.join(self.unknown)}" if self.unknown else ""
        return f"closest templates by {self.by}: {listed}{unknown}; {NO_GENERATOR}"


def asks_from_above(prompt: str) -> bool:
    """Whether a prompt asks for a scene seen from above, in which products lie flat."""
    return any("flatlay" in slot.terms for slot in lexicon().slots(prompt) if not slot.excluded)


def is_from_above(template: Template) -> bool:
    """Whether a template's scene is seen from above."""
    return template.surface_at(template.anchor()).lies_flat
