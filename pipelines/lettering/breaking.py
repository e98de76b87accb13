"""Where a line of text may end: Chinese between characters, English between words.

After Unicode Annex 14 in the parts that advertising needs: a line starts with no closing mark and
ends with no opening one (避头尾), numbers keep their signs and units, words stay whole.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

_NOT_FIRST = "，。、！？；：）】》〉」』〕〗”’％‰℃…—～·,.!?;:)]}%°"
_NOT_LAST = "（【《〈「『〔〖“‘￥¥＄$€£#№([{"
_UNITS = "折元角年月日天寸件个只双瓶盒包片支克升度级码号款起期时分秒点倍层人套口段条位种"
_IDEOGRAPH = (
    r"[\u2e80-\u2fdf\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    r"\uff66-\uff9f\U00020000-\U0003ffff]"
)
_PIECE = re.compile(
    rf"\s+"
    rf"|[{re.escape(_NOT_LAST)}]*"
    rf"(?:[+\-]?\d[\d.,:/\-]*(?:[{_UNITS}])?|{_IDEOGRAPH}|(?:(?!{_IDEOGRAPH})[^\s{re.escape(_NOT_LAST)}])+)"
    rf"[{re.escape(_NOT_FIRST)}]*"
    rf"|[{re.escape(_NOT_LAST)}]+"
)
_PAUSE = "，。、！？；：,.!?;: "
_PAUSE_BONUS = 0.35
"""How much of a line's slack a break after a comma or a space between phrases may cost."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """What is never broken: a word, an ideograph, or a number with its sign and unit.

    Attributes
    ----------
    space
        White space that follows, dropped at a line's end.
    """

    text: str
    space: str = ""


def pieces(text: str) -> tuple[Piece, ...]:
    """Cut a text where lines may end.

    >>> [one.text for one in pieces("满300减50，Pure cotton！")]
    ['满', '300', '减', '50，', 'Pure', 'cotton！']
    """
    found: list[Piece] = []
    for match in _PIECE.finditer(text.strip()):
        word = match.group()
        if word.isspace():
            if found:
                found[-1] = Piece(text=found[-1].text, space=" ")
        else:
            found.append(Piece(text=word))
    return tuple(found)


def broken(text: str, *, width: float, measure: Callable[[str], float]) -> tuple[str, ...] | None:
    """Break into as few lines as fit a width, as even as can be; None if a piece is too wide.

    Parameters
    ----------
    width
        In the unit that `measure` gives.
    """
    parts = pieces(text)
    if not parts:
        return ()
    sizes = [measure(one.text) for one in parts]
    if max(sizes) > width:
        return None
    gaps = [measure(" ") if one.space else 0.0 for one in parts]
    ends = _best_ends(parts, sizes, gaps, width)
    lines, start = [], 0
    for end in ends:
        lines.append("".join(one.text + one.space for one in parts[start:end]).rstrip())
        start = end
    return tuple(lines)


def _best_ends(
    parts: Sequence[Piece], sizes: Sequence[float], gaps: Sequence[float], width: float
) -> list[int]:
    """The ends of lines: fewest lines first, then least squared slack (dynamic programming)."""
    best: list[tuple[int, float, int]] = [(0, 0.0, 0)]
    for end in range(1, len(parts) + 1):
        choices = []
        used = -gaps[end - 1]
        for start in range(end - 1, -1, -1):
            used += sizes[start] + gaps[start]
            if used > width * 1.0001:
                break
            slack = (width - used) / width
            paused = parts[end - 1].space or parts[end - 1].text[-1] in _PAUSE
            cost = slack * slack - (_PAUSE_BONUS * slack if paused and end < len(parts) else 0)
            count, total, _ = best[start]
            choices.append((count + 1, total + cost, start))
        best.append(min(choices))
    ends, at = [], len(parts)
    while at:
        ends.append(at)
        at = best[at][2]
    return ends[::-1]
