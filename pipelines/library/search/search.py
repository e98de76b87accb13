"""Find the templates closest to a prompt, in English, Chinese or both, without a generator.

Tags decide first: a prompt is cut into words, words are concepts, and a template is scored by how
much of the prompt it serves. Where a sentence model is at hand, the similarity of the prompt's
English reading to a template's description has a say in the order, and decides alone where no
word of the prompt is known.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from pipelines.errors import NoTemplateFits, RecipeInvalid, TemplateInvalid, TemplateNotFound
from pipelines.library.folders import TemplateLibrary
from pipelines.library.search.found import Found, Match
from pipelines.library.search.index import TemplateIndex
from pipelines.library.search.lexicon import Slot, lexicon
from pipelines.library.search.score import Scored, by_sentence, by_tags, ordered, with_sentence
from pipelines.library.template import Template

MOST_TEMPLATES = 50
"""Templates that one prompt may choose."""
_CANDIDATES = 4 * MOST_TEMPLATES
_READ_ALL = 2000
"""Templates up to which a prompt without a known word is compared with each of them."""
_LONGEST_PROMPT = 1000
_NEAREST = 3


class Sentences(Protocol):
    """A model that places English sentences of like meaning near each other."""

    @property
    def key(self) -> str:
        """Name and revision of the model."""
        ...

    def embed(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """Return unit vectors, float32 (N, D)."""
        ...


class TemplateSearch:
    """Searches a library through its index; safe to call from several threads.

    Parameters
    ----------
    file
        Where the index is kept.
    sentences
        Gives the sentence model, or None where there is none at hand.
    """

    def __init__(
        self,
        library: TemplateLibrary,
        *,
        file: Path,
        sentences: Callable[[], Sentences | None] = lambda: None,
    ) -> None:
        self._library = library
        self._index = TemplateIndex(file, library, lexicon())
        self._sentences = sentences

    def find(
        self, prompt: str, *, count: int = 1, accepts: Callable[[Template], bool] | None = None
    ) -> Found:
        """Return the closest templates, at most `count`.

        Parameters
        ----------
        accepts
            Leaves out templates that cannot be used; asked only until enough are found.

        Raises
        ------
        RecipeInvalid : an empty or endless prompt, or a count out of range
        NoTemplateFits : nothing is close; names the nearest
        IndexUnusable
        """
        _refuse(prompt, count)
        self._index.refresh()
        found = self._found(prompt, count, accepts)
        if all(self._index.is_current(match.template.name) for match in found.matches):
            return found
        return self._found(prompt, count, accepts)  # a record was edited; by now it is taken in

    def _found(self, prompt: str, count: int, accepts: Callable[[Template], bool] | None) -> Found:
        slots = lexicon().slots(prompt, literals=self._index.literals())
        ranked, by = self._ranked(prompt, slots)
        fitting = self._loaded([one for one in ranked if one.fits])
        matches: list[Match] = []
        for match in fitting:
            if accepts is None or accepts(match.template):
                matches.append(match)
            if len(matches) == count:
                break
        if not matches:
            raise _none_fits(prompt, slots, ranked)
        unknown = tuple(slot.text for slot in slots if not slot.known)
        return Found(prompt=prompt, matches=tuple(matches), unknown=unknown, by=by)

    def _ranked(self, prompt: str, slots: Sequence[Slot]) -> tuple[list[Scored], str]:
        shares = self._index.best(slots, limit=_CANDIDATES)
        tagged = [by_tags(name, slots, each) for name, each in shares.items()]
        model = self._sentences()
        if model is None:
            return ordered(tagged), "tags"
        if tagged:
            cosines = self._cosines(model, list(shares), prompt, slots)
            return ordered(
                with_sentence(one, cosines.get(one.name, 0.0)) for one in tagged
            ), "tags and sentence similarity"
        names = self._index.names(limit=_READ_ALL)
        cosines = self._cosines(model, names, prompt, slots)
        found = ordered(by_sentence(name, cosine) for name, cosine in cosines.items())
        return found, "sentence similarity"

    def _cosines(
        self, model: Sentences, names: Sequence[str], prompt: str, slots: Sequence[Slot]
    ) -> Mapping[str, float]:
        """How alike the prompt's English reading is to each template's description."""
        english = _english(prompt, slots)
        if not english:
            return {}
        unread = self._index.unread(names, model.key)
        if unread:
            read = {name: model.embed(sentences) for name, sentences in unread.items()}
            self._index.keep_vectors(read, model.key)
        (asked,) = model.embed([english])
        vectors = self._index.vectors(names, model.key)
        return {name: float((each @ asked).max()) for name, each in vectors.items()}

    def _loaded(self, scored: Sequence[Scored]) -> Iterator[Match]:
        for one in scored:
            try:
                template = self._library.get(one.name)
            except (TemplateNotFound, TemplateInvalid):
                continue  # gone or broken since it was indexed
            yield Match(template=template, score=round(one.score, 3), why=one.why)


def _refuse(prompt: str, count: int) -> None:
    if not prompt.strip():
        raise RecipeInvalid(field="prompt", value=prompt, limit="say what the scene should show")
    if len(prompt) > _LONGEST_PROMPT:
        limit = f"is {len(prompt):,} characters, at most {_LONGEST_PROMPT:,} are read"
        raise RecipeInvalid(field="prompt", value=f"{prompt[:40]}…", limit=limit)
    if not 1 <= count <= MOST_TEMPLATES:
        raise RecipeInvalid(field="count", value=count, limit=f"must be 1 to {MOST_TEMPLATES}")


def _english(prompt: str, slots: Sequence[Slot]) -> str:
    """The prompt as it is, or word by word where it is Chinese; without what it excludes."""
    if prompt.isascii() and not any(slot.excluded for slot in slots):
        return prompt
    return " ".join(slot.english for slot in slots if slot.english and not slot.excluded)


def _none_fits(prompt: str, slots: Sequence[Slot], ranked: Sequence[Scored]) -> NoTemplateFits:
    unknown = [slot.text for slot in slots if not slot.known]
    if any(one.fits for one in ranked):
        why = "those that are close cannot hold this product"
    elif unknown:
        why = f"not understood: {', '.join(unknown)}"
    else:
        why = "too little of it is in any template"
    nearest = [one.name for one in ranked[:_NEAREST]]
    return NoTemplateFits(prompt=prompt, nearest=nearest, why=why)
