"""Prompts as models can read them: without control tokens, and no longer than they take."""

import re
from collections.abc import Callable
from dataclasses import dataclass

_CONTROL_TOKEN = re.compile(r"<\|[^<>|]*\|>|</?s>|<pad>|<unk>|<extra_id_\d+>")
_WORD = re.compile(r"\S+\s*|\s+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    """A text in pieces that a model takes one after another, and what had to be left out."""

    pieces: tuple[str, ...]
    cut: str

    @property
    def text(self) -> str:
        """All that is read."""
        return "".join(self.pieces)


def fit(text: str, *, count: Callable[[str], int], most: int, pieces: int = 1) -> Fitted:
    """Divide a text into at most so many pieces of at most so many tokens, between words.

    Control tokens are taken out first: a user's text is words, not commands to the tokenizer.

    Parameters
    ----------
    count
        Tokens of a text; a longer text has no fewer.
    most
        Tokens that one piece may have.

    >>> fit("one two three", count=lambda text: len(text.split()), most=2)
    Fitted(pieces=('one two ',), cut='three')
    """
    rest = _CONTROL_TOKEN.sub(" ", text).strip()
    found: list[str] = []
    while rest and len(found) < pieces:
        head = _head(rest, count=count, most=most)
        found.append(head)
        rest = rest[len(head) :]
    return Fitted(pieces=tuple(found) or ("",), cut=rest)


def _head(text: str, *, count: Callable[[str], int], most: int) -> str:
    """The longest beginning that fits: whole words, or letters where one word is too long."""
    if count(text) <= most:
        return text
    words = _longest(_WORD.findall(text), count=count, most=most)
    return words or _longest(list(text), count=count, most=most) or text[:1]


def _longest(parts: list[str], *, count: Callable[[str], int], most: int) -> str:
    low, high = 0, len(parts)
    while low < high:
        middle = (low + high + 1) // 2
        if count("".join(parts[:middle])) <= most:
            low = middle
        else:
            high = middle - 1
    return "".join(parts[:low])
