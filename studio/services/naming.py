"""File names of results: the source's own or by a pattern, unique and safe."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from string import Formatter

from studio.services.errors import NamePatternInvalid

FIELDS = ("stem", "n", "kind", "spec", "template", "variant")
"""What a pattern may name: the source's stem, the image's number from 1, and its choices."""
MARK_OF = {"cutout": "-cutout", "white": "", "scene": "", "edit": "-edit", "swap": "-swap"}
"""Added to a source's stem where no pattern is given: one photo's images of several kinds may
share a folder."""
_NUMBER = "n"
_WIDTH = re.compile(r"0?\d?")
_UNSAFE = re.compile(r"[^\w.\-]+")
_LONGEST_BYTES = 150
"""Of a stem in UTF-8: file systems end names at 255, and numbers and endings come on top."""


@dataclass(frozen=True, slots=True)
class NamePattern:
    """A pattern such as ``{stem}-{spec}-{n}``; ``{n:03}`` writes numbers with three digits.

    >>> NamePattern("{stem}-{variant}").fill({"stem": "mug", "variant": "ratio-4x5"})
    'mug-ratio-4x5'

    Raises
    ------
    NamePatternInvalid
    """

    text: str

    def __post_init__(self) -> None:
        """Refuse what names no field, or an unknown one."""
        try:
            parts = [part for part in Formatter().parse(self.text) if part[1] is not None]
        except ValueError as fault:
            raise NamePatternInvalid(pattern=self.text, fact=str(fault)) from fault
        for _, name, width, conversion in parts:
            known = name in FIELDS and not conversion
            numbered = name == _NUMBER and _WIDTH.fullmatch(width or "")
            if not known or (width and not numbered):
                fact = f"{{{name}{':' + width if width else ''}}} is no field of a name"
                raise NamePatternInvalid(pattern=self.text, fact=fact)

    def fill(self, values: Mapping[str, str | int]) -> str:
        """Return the name for one image; what it has no value for is left out with its dash."""
        blank: dict[str, str | int] = dict.fromkeys(FIELDS, "")
        filled = self.text.format_map(blank | {"n": 0} | dict(values))
        return re.sub(r"[-_. ]*([-_. ])", r"\1", filled).strip("-_. ")


class StemRegister:
    """Hands out names, each only once.

    >>> stems = StemRegister(); stems.take("a b.jpg"), stems.take("a b.png")
    ('a_b', 'a_b-2')
    """

    def __init__(self, pattern: NamePattern | None = None) -> None:
        self._pattern = pattern
        self._taken: set[str] = set()

    def take(
        self,
        name: str,
        *,
        suffix: str = "",
        values: Mapping[str, str | int] | None = None,
        pattern: NamePattern | None = None,
    ) -> str:
        """Return a stem that no earlier call returned.

        Parameters
        ----------
        name
            The source's file name.
        suffix
            Tells results of one source apart where there is no pattern.
        values
            What the pattern's fields stand for.
        pattern
            For this one alone.
        """
        base = _safe(Path(name).stem)
        chosen = pattern or self._pattern
        if chosen is not None:
            base = _safe(chosen.fill({**(values or {}), "stem": base}))
        else:
            base += suffix
        stem, number = base, 2
        while stem.lower() in self._taken:
            stem, number = f"{base}-{number}", number + 1
        self._taken.add(stem.lower())
        return stem


def _safe(text: str) -> str:
    """Keep letters of any script, digits, dots, dashes; a name of nothing else is ``image``."""
    clean = _UNSAFE.sub("_", text).strip("._-")
    while len(clean.encode()) > _LONGEST_BYTES:
        clean = clean[:-1]
    return clean or "image"
