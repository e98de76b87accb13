"""Persons in a folder: ``NAME.toml`` each, and the picture of a face that it may name.

::

    age = "thirties"            # an age band, in words
    presentation = "woman"      # how the person presents
    skin = "dark brown"
    hair = "short curly black"
    expression = "soft smile"
    words = "freckles"          # anything else
    seed = 7                    # the same noise for every picture
    face = "maya.jpg"           # a picture beside this file; needs consent
    consent = "contract of 1 March, until 2028"
"""

import hashlib
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipelines.errors import PersonInvalid, PersonUnknown

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,59}")
_WORDS = ("age", "presentation", "skin", "hair", "expression", "words")
_KEYS = (*_WORDS, "seed", "face", "consent")
_LONGEST_CHARS = 300
_MOST_SEED = 2**31


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedPerson:
    """One person.

    Attributes
    ----------
    face
        A picture of the face, or None.
    consent
        What the person in it agreed to; "" where no face is shown.
    seed
        The noise that every picture of this person starts from.
    """

    name: str
    age: str = ""
    presentation: str = ""
    skin: str = ""
    hair: str = ""
    expression: str = ""
    words: str = ""
    seed: int = 0
    face: Path | None = None
    consent: str = ""

    @property
    def description(self) -> str:
        """The person in words, for a model.

        >>> NamedPerson(name="a", age="thirties", presentation="woman", hair="red").description
        'woman in the thirties, red hair'
        """
        who = self.presentation or "person"
        if self.age:
            who += f" in the {self.age}" if self.age.endswith("ies") else f", {self.age}"
        parts = [who]
        parts += [f"{self.skin} skin"] if self.skin else []
        parts += [f"{self.hair} hair"] if self.hair else []
        parts += [one for one in (self.expression, self.words) if one]
        return ", ".join(parts)


@dataclass(frozen=True, slots=True)
class PersonLibrary:
    """A folder of persons; it need not be there."""

    folder: Path

    def names(self) -> tuple[str, ...]:
        """Every person's name, in order."""
        if not self.folder.is_dir():
            return ()
        found = (path.stem for path in self.folder.glob("*.toml"))
        return tuple(sorted(name for name in found if _NAME.fullmatch(name)))

    def knows(self, name: str) -> bool:
        """Whether somebody has this name."""
        return name in self.names()

    def get(self, name: str) -> NamedPerson:
        """Read a person.

        Raises
        ------
        PersonUnknown, PersonInvalid
        """
        if not self.knows(name):
            raise PersonUnknown(name=name, known=self.names())
        file = self.folder / f"{name}.toml"
        try:
            table = tomllib.loads(file.read_text(encoding="utf-8"))
        except (OSError, UnicodeError, tomllib.TOMLDecodeError) as fault:
            raise PersonInvalid(name=name, key="file", fact=str(fault)) from fault
        return self._person(name, table)

    def _person(self, name: str, table: dict[str, Any]) -> NamedPerson:
        for key, value in table.items():
            if key not in _KEYS:
                fact = f"unknown; known are {', '.join(_KEYS)}"
                raise PersonInvalid(name=name, key=key, fact=fact)
            if key != "seed":
                _refuse_text(name, key, value)
        seed = table.get("seed", 0)
        if not isinstance(seed, int) or isinstance(seed, bool) or not 0 <= seed < _MOST_SEED:
            raise PersonInvalid(name=name, key="seed", fact="must be a whole number from 0 on")
        consent = str(table.get("consent", ""))
        face = self._face(name, str(table.get("face", "")), consent)
        words = {key: str(table.get(key, "")) for key in _WORDS}
        return NamedPerson(name=name, seed=seed, face=face, consent=consent, **words)

    def _face(self, name: str, face: str, consent: str) -> Path | None:
        if not face:
            return None
        path = (self.folder / face).resolve()
        if path.parent != self.folder.resolve() or not path.is_file():
            fact = f"'{face}' is no file beside the person's own"
            raise PersonInvalid(name=name, key="face", fact=fact)
        if not consent:
            fact = "a face needs it: write what the person agreed to"
            raise PersonInvalid(name=name, key="consent", fact=fact)
        return path

    def digest(self, name: str) -> str:
        """Twelve digits of the person's file and face: an edited person makes a new image."""
        person = self.get(name)
        digest = hashlib.sha256((self.folder / f"{name}.toml").read_bytes())
        if person.face is not None:
            digest.update(person.face.read_bytes())
        return digest.hexdigest()[:12]


def _refuse_text(name: str, key: str, value: object) -> None:
    if not isinstance(value, str) or len(value) > _LONGEST_CHARS or not value.isprintable():
        fact = f"must be one line of at most {_LONGEST_CHARS} characters"
        raise PersonInvalid(name=name, key=key, fact=fact)
