"""Cuts text into the pieces that BERT was trained on."""

import unicodedata
from collections.abc import Iterator
from pathlib import Path

_LONGEST_WORD = 100


class WordPiece:
    """The uncased tokenizer of BERT.

    Parameters
    ----------
    pieces
        The vocabulary, in the order of its ids.

    References
    ----------
    Devlin et al. 2019, "BERT"; Wu et al. 2016, "Google's Neural Machine Translation System".
    """

    def __init__(self, pieces: list[str]) -> None:
        self._ids = {piece: number for number, piece in enumerate(pieces)}
        self._first, self._last = self._ids["[CLS]"], self._ids["[SEP]"]
        self._unknown = self._ids["[UNK]"]

    @classmethod
    def read(cls, path: Path) -> "WordPiece":
        """Read a vocabulary, one piece a line."""
        return cls(path.read_text(encoding="utf-8").splitlines())

    def ids(self, text: str, *, most: int) -> list[int]:
        """Return the ids of a text's pieces between the marks of its begin and end.

        Parameters
        ----------
        most
            Pieces to return at most, the marks included.
        """
        pieces = [number for word in _words(text) for number in self._pieces(word)]
        return [self._first, *pieces[: most - 2], self._last]

    def _pieces(self, word: str) -> list[int]:
        """The longest known piece at each place; a word with an unknown part is unknown."""
        if len(word) > _LONGEST_WORD:
            return [self._unknown]
        found: list[int] = []
        start = 0
        while start < len(word):
            for end in range(len(word), start, -1):
                number = self._ids.get(("##" if start else "") + word[start:end])
                if number is not None:
                    break
            else:
                return [self._unknown]
            found.append(number)
            start = end
        return found


def _words(text: str) -> Iterator[str]:
    """Words in lower case without accents; punctuation and Chinese characters stand alone."""
    word = ""
    for character in unicodedata.normalize("NFD", text.lower()):
        category = unicodedata.category(character)
        if category == "Mn":
            continue
        if character.isspace() or category.startswith("C"):
            if word:
                yield word
            word = ""
        elif _stands_alone(character, category):
            if word:
                yield word
            yield character
            word = ""
        else:
            word += character
    if word:
        yield word


def _stands_alone(character: str, category: str) -> bool:
    ascii_sign = character.isascii() and not character.isalnum()
    return ascii_sign or category.startswith("P") or "\u3400" <= character <= "\u9fff"
