"""People in pictures: found, measured and compared, by networks that run on any processor."""

from pipelines.person.body import Face, Hand, Person, Pose
from pipelines.person.clothes import ClothesParser
from pipelines.person.finder import LitePersonFinder, PersonFinder
from pipelines.person.identity import ANOTHER_PERSON, DlibFaceJudge, FaceJudge
from pipelines.person.parsers import ClothesParsers

__all__ = [
    "ANOTHER_PERSON",
    "ClothesParser",
    "ClothesParsers",
    "DlibFaceJudge",
    "Face",
    "FaceJudge",
    "Hand",
    "LitePersonFinder",
    "Person",
    "PersonFinder",
    "Pose",
]
