"""What words mean: concepts with English and Chinese words, and which serve for which.

The words are data (``words.toml``). Text is cut by the longest known word at each place, which for
Chinese, written without spaces, is segmentation by dictionary.
"""

import hashlib
import re
import tomllib
import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

_WORDS = Path(__file__).with_name("words.toml")
_LONGEST_WORDS = 4
_LONGEST_CHARACTERS = 8
_HAN = re.compile(r"[\u3400-\u9fff]")
_LATIN = re.compile(r"[a-z0-9À-ɏ]+(?:'[a-z]+)?")
LITERAL = "="
"""Prefix of a term that is a word itself, for words that no concept knows."""

_WEIGHT_OF_KIND = {
    "place": 1.0, "material": 1.0, "occasion": 1.0, "view": 1.0, "season": 1.0, "colour": 0.8,
    "style": 0.8, "prop": 0.7, "light": 0.7, "tone": 0.6, "product": 0.6,
    "furniture": 0.3,
}  # fmt: skip
"""How much a word of each kind says about the scene: the product named is seldom its subject."""
_WEIGHT_UNKNOWN = 0.35


@dataclass(frozen=True, slots=True, kw_only=True)
class Lch:
    """A region of CIE LCh in which a colour bears a name; hue may pass through 0."""

    hue: tuple[float, float]
    chroma: tuple[float, float]
    light: tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Concept:
    """One thing that many words name.

    Attributes
    ----------
    near
        Concepts that serve almost as well, and how well, in (0, 1).
    region
        Where it is a colour.
    """

    name: str
    kind: str
    en: tuple[str, ...]
    zh: tuple[str, ...]
    near: Mapping[str, float]
    region: Lch | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """One word or phrase of a text, and what it may mean.

    Attributes
    ----------
    terms
        Concepts, or the word itself behind `LITERAL`, and how well each serves, in (0, 1].
    english
        The word in English; "" where only its Chinese is known.
    excluded
        The text says that it is not wanted.
    """

    text: str
    terms: Mapping[str, float]
    weight: float
    english: str = ""
    known: bool = True
    excluded: bool = False


class Lexicon:
    """Concepts, and the cutting of text into them."""

    def __init__(self, tables: Mapping[str, Any], *, revision: str) -> None:
        self.revision = revision
        words = {kind: dict(table) for kind, table in tables.items() if kind not in {"stop", "not"}}
        self.concepts = {
            name: _concept(name, kind, table)
            for kind, table_of in words.items()
            for name, table in table_of.items()
        }
        self._meanings: dict[str, list[str]] = defaultdict(list)
        for concept in self.concepts.values():
            for word in (*concept.en, *concept.zh):
                self._meanings[_normal(word)].append(concept.name)
        self._stop = _vocabulary(tables["stop"])
        self._not = _vocabulary(tables["not"])

    def slots(self, text: str, *, literals: Collection[str] = ()) -> list[Slot]:
        """Cut a text into what it names; words that mean nothing here are left out.

        Parameters
        ----------
        literals
            Words beyond the dictionary that are known to occur in templates.
        """
        found: list[Slot] = []
        excluded = False
        for word in self._cut(text, literals):
            if word in self._not:
                excluded = True
            elif word not in self._stop or word in self._meanings:
                found.append(self._slot(word, known=word in literals, excluded=excluded))
                excluded = False
        return found

    def _slot(self, word: str, *, known: bool, excluded: bool) -> Slot:
        names = self._meanings.get(word, [])
        if not names:
            english = "" if _HAN.search(word) else word
            return Slot(
                text=word, terms={LITERAL + word: 1.0}, weight=_WEIGHT_UNKNOWN,
                english=english, known=known, excluded=excluded,
            )  # fmt: skip
        concepts = [self.concepts[name] for name in names]
        terms: dict[str, float] = {LITERAL + word: 1.0}
        for concept in concepts:
            for name, degree in {concept.name: 1.0, **concept.near}.items():
                terms[name] = max(degree, terms.get(name, 0.0))
        english = concepts[0].en[0] if _HAN.search(word) else word
        weight = max(_WEIGHT_OF_KIND[concept.kind] for concept in concepts)
        return Slot(text=word, terms=terms, weight=weight, english=english, excluded=excluded)

    def _cut(self, text: str, literals: Collection[str]) -> Iterator[str]:
        text = unicodedata.normalize("NFKC", text).lower().replace("-", " ").replace("_", " ")
        position = 0
        while position < len(text):
            word = self._han_at(text, position, literals) or self._latin_at(
                text, position, literals
            )
            if word:
                yield word[0]
            position += word[1] if word else 1

    def _han_at(
        self, text: str, position: int, literals: Collection[str]
    ) -> tuple[str, int] | None:
        """The longest known word with Chinese in it that starts here, and its length."""
        for length in range(min(_LONGEST_CHARACTERS, len(text) - position), 0, -1):
            piece = text[position : position + length]
            if _HAN.search(piece) and self._known(piece, literals):
                return piece, length
        if not _HAN.match(text[position]):
            return None
        return self._unknown_han(text, position, literals)

    def _unknown_han(
        self, text: str, position: int, literals: Collection[str]
    ) -> tuple[str, int] | None:
        """Characters up to the next known word; a single one is too little to go by."""
        end = position + 1
        while end < len(text) and _HAN.match(text[end]):
            rest = (text[end : end + n] for n in range(_LONGEST_CHARACTERS, 0, -1))
            if any(self._known(piece, literals) for piece in rest):
                break
            end += 1
        return (text[position:end], end - position) if end - position > 1 else None

    def _latin_at(
        self, text: str, position: int, literals: Collection[str]
    ) -> tuple[str, int] | None:
        """The longest known phrase of words that starts here, else the one word."""
        first = _LATIN.match(text, position)
        if first is None:
            return None
        words, ends = [_singular(first[0])], [first.end()]
        while len(words) < _LONGEST_WORDS:
            follows = _LATIN.match(text, ends[-1] + 1)
            if follows is None or text[ends[-1] : ends[-1] + 1] != " ":
                break
            words.append(_singular(follows[0]))
            ends.append(follows.end())
        for count in range(len(words), 1, -1):
            phrase = " ".join(words[:count])
            if phrase in self._meanings or phrase in literals:
                return phrase, ends[count - 1] - position
        return words[0], ends[0] - position

    def _known(self, word: str, literals: Collection[str]) -> bool:
        known = word in self._meanings or word in literals
        return known or word in self._stop or word in self._not


@cache
def lexicon() -> Lexicon:
    """The built-in dictionary."""
    text = _WORDS.read_text(encoding="utf-8")
    return Lexicon(tomllib.loads(text), revision=hashlib.sha256(text.encode()).hexdigest()[:16])


def _concept(name: str, kind: str, table: Mapping[str, Any]) -> Concept:
    region = None
    if "hue" in table:
        region = Lch(**{part: tuple(table[part]) for part in ("hue", "chroma", "light")})
    return Concept(
        name=name,
        kind=kind,
        en=_phrases(table["en"]),
        zh=tuple(table["zh"].split()),
        near=table.get("near", {}),
        region=region,
    )


def _vocabulary(table: Mapping[str, str]) -> frozenset[str]:
    return frozenset(_normal(word) for word in (*_phrases(table["en"]), *table["zh"].split()))


def _phrases(text: str) -> tuple[str, ...]:
    return tuple(phrase.strip() for phrase in text.split(","))


def _normal(word: str) -> str:
    word = unicodedata.normalize("NFKC", word).lower().replace("-", " ")
    return word if _HAN.search(word) else " ".join(map(_singular, word.split()))


def _singular(word: str) -> str:
    """Drop a plural's ending; both sides are cut alike, so that odd stems do no harm.

    >>> [_singular(word) for word in ("tiles", "boxes", "berries", "glass", "leaves")]
    ['tile', 'box', 'berry', 'glass', 'leaf']
    """
    word = word.removesuffix("'s")
    for ending, stem in (("ies", "y"), ("aves", "af"), ("elves", "elf")):
        if len(word) > 4 and word.endswith(ending):
            return word.removesuffix(ending) + stem
    if word.endswith(("ches", "shes", "xes", "sses")):
        return word[:-2]
    plural = len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is"))
    return word[:-1] if plural else word
