"""What every error of this package is, and those that any recipe can meet."""

from collections.abc import Iterable
from difflib import get_close_matches


class PipelineError(Exception):
    """Anything that stops one image from being made."""


class RecipeInvalid(PipelineError):
    """A recipe's parameter is unknown or out of its range."""

    def __init__(self, *, field: str, value: object, limit: str) -> None:
        super().__init__(f"{field} = {value!r}: {limit}")
        self.field, self.value, self.limit = field, value, limit


class Interrupted(PipelineError):
    """The job was cancelled while it ran."""


def nearest(name: str, known: Iterable[str]) -> str:
    """Return ", did you mean 'x'?" for the closest known name, or an empty string."""
    close = get_close_matches(name, list(known), n=1, cutoff=0.5)
    return f", did you mean '{close[0]}'?" if close else ""
