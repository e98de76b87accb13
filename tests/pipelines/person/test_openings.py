import numpy as np

from pipelines.person import Person
from pipelines.person.hollow import hollowed
from tests.pipelines.person.bodies import pose_standing
from tests.pipelines.person.drawn import drawn_person
from tests.pipelines.person.undressed import BLUE, body_of, filled


def test_sleeves_are_looked_into_and_nothing_of_the_arms_is_left() -> None:
    drawn = drawn_person()
    made = hollowed(drawn.rgb, drawn.garment, body_of(drawn), drawn.person)
    assert made.openings >= 1
    # Slivers at necks and sleeves, not arms: a few percent of the garment.
    assert 0 < filled(made, drawn.garment).sum() < 0.08 * drawn.garment.sum()
    skin = np.abs(made.rgb[made.alpha > 0.9].astype(int) - (214, 168, 142)).max(axis=1) < 20
    assert skin.mean() < 0.01


def test_nobody_looks_into_a_skirt_from_the_front() -> None:
    """Both legs come out of one hem: two dark ovals under it would be feet of nobody."""
    pose = pose_standing(150, 40, head=40)
    garment, body = np.zeros((400, 300), np.float32), np.zeros((400, 300), np.float32)
    garment[90:220, 90:210] = 1
    body[220:390, 115:145] = 1
    body[220:390, 155:185] = 1
    rgb = np.full((400, 300, 3), BLUE, np.uint8)
    person = Person(face=None, pose=pose, hands=(), silhouette=garment)
    skirt = hollowed(rgb, garment, body, person)
    assert not filled(skirt, garment)[222:].any()
    shorts = garment.copy()
    shorts[190:, 146:154] = 0
    assert hollowed(rgb, shorts, body, person).openings == 2
