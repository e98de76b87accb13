"""Large models that paint: what each is, what it is asked for, and how it is run."""

from pipelines.generate.port import Ask, Generator
from pipelines.generate.profile import Ability, ControlKind, Profile

__all__ = ["Ability", "Ask", "ControlKind", "Generator", "Profile"]
