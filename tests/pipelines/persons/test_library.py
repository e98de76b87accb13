from pathlib import Path

import pytest

from pipelines import PersonLibrary
from pipelines.errors import PersonInvalid, PersonUnknown

MAYA = """
age = "thirties"
presentation = "woman"
skin = "dark brown"
hair = "short curly black"
expression = "soft smile"
words = "freckles"
seed = 7
"""


@pytest.fixture
def library(tmp_path: Path) -> PersonLibrary:
    (tmp_path / "maya.toml").write_text(MAYA)
    return PersonLibrary(tmp_path)


def test_a_person_is_described_in_words(library: PersonLibrary) -> None:
    maya = library.get("maya")
    assert library.names() == ("maya",)
    assert maya.seed == 7
    assert maya.description == (
        "woman in the thirties, dark brown skin, short curly black hair, soft smile, freckles"
    )


def test_a_face_needs_consent_and_lies_beside_the_file(
    library: PersonLibrary, tmp_path: Path
) -> None:
    file = tmp_path / "maya.toml"
    file.write_text(MAYA + 'face = "maya.png"\n')
    with pytest.raises(PersonInvalid, match="no file beside"):
        library.get("maya")
    (tmp_path / "maya.png").write_bytes(b"face")
    with pytest.raises(PersonInvalid, match="consent"):
        library.get("maya")
    file.write_text(MAYA + 'face = "maya.png"\nconsent = "signed on 1 March"\n')
    assert library.get("maya").face == tmp_path / "maya.png"
    before = library.digest("maya")
    (tmp_path / "maya.png").write_bytes(b"another face")
    assert library.digest("maya") != before
    file.write_text(MAYA + 'face = "../maya.png"\nconsent = "yes"\n')
    with pytest.raises(PersonInvalid, match="no file beside"):
        library.get("maya")


@pytest.mark.parametrize(
    ("text", "key"),
    [("nose = 'long'", "nose"), ("age = 30", "age"), ("seed = -1", "seed"), ("age = ", "file"),
     ("seed = true", "seed"), ('hair = "a\\nb"', "hair")],
)  # fmt: skip
def test_a_file_that_is_wrong_says_where(tmp_path: Path, text: str, key: str) -> None:
    (tmp_path / "sam.toml").write_text(text)
    with pytest.raises(PersonInvalid) as told:
        PersonLibrary(tmp_path).get("sam")
    assert told.value.key == key


def test_a_name_that_nobody_has_is_told_with_the_nearest(library: PersonLibrary) -> None:
    with pytest.raises(PersonUnknown, match="did you mean 'maya'"):
        library.get("mia-maya")
    assert PersonLibrary(library.folder / "none").names() == ()
    with pytest.raises(PersonUnknown, match="folder persons"):
        PersonLibrary(library.folder / "none").get("maya")
