"""People in pictures: found, measured and compared, by networks that run on any processor."""

from pipelines.person.body import Face, Hand, Person, Pose
from pipelines.person.finder import LitePersonFinder, PersonFinder
from pipelines.person.identity import ANOTHER_PERSON, DlibFaceJudge, FaceJudge

__all__ = [
    "ANOTHER_PERSON",
    "DlibFaceJudge",
    "Face",
    "FaceJudge",
    "Hand",
    "LitePersonFinder",
    "Person",
    "PersonFinder",
    "Pose",
]
