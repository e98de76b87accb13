"""The real networks, loaded once, and bodies of known shape for tests that need none."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from pipelines import WeightStore, model_card
from pipelines.person import DlibFaceJudge, LitePersonFinder
from tests.pipelines.making import MODELS


def _store(name: str) -> WeightStore:
    store = WeightStore(MODELS)
    if not store.has(name):
        pytest.skip(f"model {name} is not here; run `packshot models pull {name}`")
    return store


@pytest.fixture(scope="session")
def finder() -> LitePersonFinder:
    return LitePersonFinder(model_card("person"), _store("person").paths("person"))


@pytest.fixture(scope="session")
def judge() -> DlibFaceJudge:
    return DlibFaceJudge(
        model_card("face-identity"), _store("face-identity").paths("face-identity")
    )


@pytest.fixture(scope="session")
def astronaut(shared_data: Path) -> npt.NDArray[np.uint8]:
    return _photo(shared_data / "photos/persons/astronaut.png")


@pytest.fixture(scope="session")
def hat(shared_data: Path) -> npt.NDArray[np.uint8]:
    return _photo(shared_data / "photos/persons/kodak_04.png")


def _photo(path: Path) -> npt.NDArray[np.uint8]:
    with Image.open(path) as picture:
        return np.asarray(picture.convert("RGB"))
