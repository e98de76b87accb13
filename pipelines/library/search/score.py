"""How well a template serves a prompt."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from pipelines.library.search.index import Shares
from pipelines.library.search.lexicon import Slot

_LEAST_SHARE = 0.42
"""Share of a prompt that a template must serve. Measured on the prompts of the tests' data: every
prompt about something else lies below."""
_LEAST_COSINE = 0.38
"""Likeness from which a sentence model's word alone is trusted; of the unrelated prompts of the
tests' data none reaches 0.36."""
_LEAST_SHARE_IF_ALIKE, _COSINE_IF_SHARED = 0.2, 0.3
"""Less of either is enough where both agree."""
_UNRELATED, _ALIKE = 0.1, 0.6
"""Cosines of sentences that have nothing to do with each other, and of close paraphrases."""
_SENTENCE_SHARE = 0.4
_SAID_SHARE = 0.3


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """A candidate.

    Attributes
    ----------
    score
        What orders candidates, in [0, 1].
    fits
        Whether it is close enough to be used without being asked for by name.
    """

    name: str
    score: float
    fits: bool
    why: tuple[str, ...]


def by_tags(name: str, slots: Sequence[Slot], shares: Shares) -> Scored:
    """Score by the share of the prompt's words that a template serves, weighted by their kind.

    What a prompt excludes takes its share away again.
    """
    asked = sum(slot.weight for slot in slots if not slot.excluded)
    served = sum(
        (-1 if slot.excluded else 1) * slot.weight * shares.get(number, 0.0)
        for number, slot in enumerate(slots)
    )
    score = min(max(served / asked, 0.0), 1.0) if asked else 0.0
    best = sorted(shares, key=lambda number: -shares[number])
    why = tuple(
        slots[number].text
        for number in best
        if shares[number] >= _SAID_SHARE and not slots[number].excluded
    )
    return Scored(name=name, score=score, fits=score >= _LEAST_SHARE, why=why)


def by_sentence(name: str, cosine: float) -> Scored:
    """Score by the similarity of sentences alone."""
    return Scored(
        name=name,
        score=_alike(cosine),
        fits=cosine >= _LEAST_COSINE,
        why=(_said(cosine),),
    )


def with_sentence(tagged: Scored, cosine: float) -> Scored:
    """Let the similarity of sentences have a say in the order of what tags have found."""
    score = (1 - _SENTENCE_SHARE) * tagged.score + _SENTENCE_SHARE * _alike(cosine)
    agree = tagged.score >= _LEAST_SHARE_IF_ALIKE and cosine >= _COSINE_IF_SHARED
    fits = tagged.fits or agree or cosine >= _LEAST_COSINE
    why = tagged.why if tagged.fits else (*tagged.why, _said(cosine))
    return replace(tagged, score=score, fits=fits, why=why)


def ordered(scored: Iterable[Scored]) -> list[Scored]:
    """The best first, those that fit before those that do not; names decide between equals."""
    return sorted(scored, key=lambda one: (not one.fits, -one.score, one.name))


def _said(cosine: float) -> str:
    return f"alike in meaning, cosine {cosine:.2f}"


def _alike(cosine: float) -> float:
    return min(max((cosine - _UNRELATED) / (_ALIKE - _UNRELATED), 0.0), 1.0)
