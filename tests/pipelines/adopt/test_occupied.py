"""Whether a backdrop is empty: by drawn certainty, and by the real model on real pictures."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from pipelines import BUILT_IN, TemplateLibrary, WeightStore, model_card
from pipelines.adopt import Thing, thing_in_the_way
from pipelines.imaging.decode import decode
from pipelines.matting.consensus import Matter
from pipelines.matting.load import load_matter

SAMPLES = Path(__file__).parents[3] / "studio" / "samples"
FULL = ("autumn-leaves", "festive-red", "gym-rubber", "kitchen", "podium", "raw-wood",
        "terracotta-palm", "warm-terrazzo")  # fmt: skip
"""Plates with the most on them, or in which the model guesses the most; the others are empty to it
as well."""
Plane = npt.NDArray[np.float32]
SIDE = 100


class Drawn:
    """A model whose answer is drawn; to a mirror image it gives another one."""

    quick = None
    device = "cpu"

    def __init__(self, seen: Plane, mirrored: Plane | None = None) -> None:
        self.card = model_card("u2netp")
        self._answers = [seen, (seen if mirrored is None else mirrored)[:, ::-1]]

    def probability(self, rgb: npt.NDArray[np.uint8]) -> Plane:
        return self._answers.pop(0)


def box(top: int, left: int, bottom: int, right: int, *, sure: float = 0.95) -> Plane:
    seen = np.zeros((SIDE, SIDE), np.float32)
    seen[top:bottom, left:right] = sure
    return seen


def found(seen: Plane, mirrored: Plane | None = None) -> Thing | None:
    return thing_in_the_way(np.zeros((200, 300, 3), np.uint8), Drawn(seen, mirrored))


def test_what_stands_in_the_middle_is_found_and_told_where() -> None:
    thing = found(box(20, 30, 80, 70))
    assert thing is not None
    assert thing.share == pytest.approx(0.24)
    assert thing.where == "30 to 70% across and 20 to 80% down"


def test_of_several_things_the_largest_is_told() -> None:
    thing = found(np.maximum(box(30, 30, 40, 45), box(50, 40, 80, 70)))
    assert thing is not None
    assert thing.top == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("why", "seen"),
    [
        ("nothing", box(0, 0, 0, 0)),
        ("decoration at a side", box(30, 2, 70, 28)),
        ("a podium to stand on", box(70, 20, 99, 80)),
        ("a lamp above", box(0, 40, 12, 60)),
        ("a speck", box(50, 50, 60, 60)),
        ("a field from side to side", box(40, 0, 70, 100)),
        ("only perhaps a thing", box(20, 30, 80, 70, sure=0.6)),
        ("a line on the floor", np.maximum(box(30, 0, 35, 60), box(30, 55, 100, 60))),
    ],
)
def test_what_belongs_to_a_backdrop_is_left(why: str, seen: Plane) -> None:
    assert found(seen) is None, why


def test_what_its_mirror_image_denies_was_only_guessed() -> None:
    assert found(box(20, 30, 80, 70), box(0, 0, 0, 0)) is None


@pytest.fixture(scope="module")
def matter(weights: WeightStore) -> Matter:
    card = model_card("u2netp")
    return load_matter(card, weights.paths(card.name)[0])


def looked_at(file: Path, matter: Matter) -> Thing | None:
    return thing_in_the_way(decode(file.read_bytes(), name=file.name).rgb, matter)


@pytest.mark.parametrize("name", FULL)
def test_built_in_plates_are_empty(name: str, matter: Matter) -> None:
    template = TemplateLibrary(BUILT_IN).get(name)
    assert looked_at(template.folder / template.plate_file, matter) is None


@pytest.mark.parametrize("sample", ["amber-bottle", "headphones", "perfume"])
def test_a_product_is_in_the_way(sample: str, matter: Matter) -> None:
    thing = looked_at(SAMPLES / sample / "photo.webp", matter)
    assert thing is not None
    assert thing.left < 0.5 < thing.right
