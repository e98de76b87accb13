"""Lines of text as they were read, and how much of one reading is left in another."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

import numpy as np
import numpy.typing as npt

_ALIKE = 0.75
"""Two readings of one line differ by a letter or two; of two lines by more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of text.

    Attributes
    ----------
    corners
        float32 (4, 2): x and y in px, from the text's own top left, clockwise.
    score
        How sure the letters are, 0 to 1.
    """

    text: str
    score: float
    corners: npt.NDArray[np.float32]

    @property
    def letters(self) -> str:
        """What is compared: letters and digits alone, wide forms and case folded."""
        folded = unicodedata.normalize("NFKC", self.text).casefold()
        return "".join(letter for letter in folded if letter.isalnum())

    def covered(self, alpha: npt.NDArray[np.float32]) -> float:
        """Share of the line's upright box that lies on a product, 0 to 1."""
        left, top = np.maximum(np.floor(self.corners.min(axis=0)), 0).astype(int)
        right, bottom = np.ceil(self.corners.max(axis=0)).astype(int)
        inside = alpha[top : max(bottom, top + 1), left : max(right, left + 1)]
        return float((inside > 0.5).mean()) if inside.size else 0.0


def letters_kept(before: Sequence[Line], after: Sequence[Line]) -> float:
    """Share of the letters read before that are read again; 1 where none were read.

    >>> import numpy as np
    >>> def line(text): return Line(text=text, score=1, corners=np.zeros((4, 2), np.float32))
    >>> letters_kept([line("NIGHT SERUM"), line("30 ml")], [line("night  serum")])
    0.7142857142857143
    """
    total = sum(len(one.letters) for one in before)
    if total == 0:
        return 1.0
    left = [one.letters for one in after]
    kept = 0.0
    for one in sorted(before, key=lambda line: -len(line.letters)):
        matches = [(SequenceMatcher(None, one.letters, other).ratio(), other) for other in left]
        ratio, best = max(matches, default=(0.0, ""))
        if ratio >= _ALIKE:
            left.remove(best)
            kept += len(one.letters) * (1.0 if best == one.letters else ratio)
    return kept / total
