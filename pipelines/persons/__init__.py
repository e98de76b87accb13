"""A shop's own persons: one face over a season, by name."""

from pipelines.persons.library import NamedPerson, PersonLibrary

__all__ = ["NamedPerson", "PersonLibrary"]
