"""``packshot swap`` from the command line, with the real networks that find people."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pipelines import WeightStore, model_card
from pipelines.errors import RecipeInvalid
from pipelines.person.clothes import ATR
from pipelines.spec import SwapParams
from tests.pipelines.making import MODELS, product_photo
from tests.pipelines.person.parsers import write_schp
from tests.studio.commanding import Commands

MAYA = 'presentation = "woman"\nskin = "dark"\nseed = 7\n'


@pytest.fixture
def person(packshot: Commands) -> Commands:
    store = WeightStore(MODELS)
    for name in ("person", "u2netp"):
        if not store.has(name):
            pytest.skip(f"model {name} is not here; run `packshot models pull {name}`")
    packshot.set("PACKSHOT_MODELS_DIR", str(MODELS))
    return packshot


def test_a_ghost_of_a_real_photo(person: Commands, shared_data: Path, tmp_path: Path) -> None:
    photo = shared_data / "photos/persons/astronaut.png"
    said = person("swap", photo, "--out", tmp_path / "out", "--person", "ghost",
                  "--quality", "fast", "--no-gallery", "--json")  # fmt: skip
    (made,) = said.data["images"]
    assert "INFO" not in said.err
    report = json.loads(next((tmp_path / "out").rglob("*-ghost.report.json")).read_text())
    checks = {one["name"]: one for one in report["checks"]}
    assert checks["garment lock"]["value"] == "largest difference 0"
    assert checks["nobody recognisable"]["outcome"] == "pass"
    assert checks["neck closed"]["outcome"] == "pass"
    assert report["provenance"]["source_type"] == "algorithmicallyEnhanced"
    with Image.open(made["file"]) as picture:
        shown = np.asarray(picture.convert("RGB"))
    assert shown[2, 2].tolist() == [255, 255, 255]


def test_a_photo_without_a_person_is_refused_in_a_line(person: Commands, tmp_path: Path) -> None:
    Image.fromarray(product_photo()).save(tmp_path / "box.png")
    said = person("swap", tmp_path / "box.png", "--out", tmp_path / "out", "--person", "faceless",
                  "--quality", "fast", "--no-gallery")  # fmt: skip
    assert said.code == 1
    assert "nobody wears anything in this picture" in said.err
    assert "packshot white" in said.err


def test_words_need_a_model_and_a_model_its_weights(person: Commands, tmp_path: Path) -> None:
    Image.fromarray(product_photo()).save(tmp_path / "box.png")
    given = ("swap", tmp_path / "box.png", "--out", tmp_path / "out")
    assert "give model" in person(*given, "--person", "an old man").error
    assert "consent" in person(*given, "--reference", "face.png", "--model", "sdxl-inpaint").error
    face = ("--reference", "face.png", "--i-have-consent", "--model", "sdxl-inpaint")
    assert "models that paint after a picture: flux2-klein" in person(*given, *face).error
    assert person(*given, "--person", "an old man", "--model", "sdxl-inpain").error.startswith(
        "no model 'sdxl-inpain', did you mean 'sdxl-inpaint'"
    )


def test_a_clothes_parser_of_ones_own_is_named_by_setting_or_option(
    person: Commands, shared_data: Path, tmp_path: Path
) -> None:
    suit = {"Background": (170, 170, 175), "Face": (215, 165, 140), "Upper-clothes": (225, 95, 50)}
    parser = write_schp(tmp_path / "parsing_atr.onnx", ATR, colours=suit)
    photo = shared_data / "photos/persons/astronaut.png"
    given = ("swap", photo, "--out", tmp_path / "out", "--person", "faceless",
             "--quality", "fast", "--no-gallery")  # fmt: skip
    # The small model is unsure of this outline, so that the image is made and kept apart.
    assert "1 of 1 images made" in person(*given, "--clothes-parser", parser).out
    report = json.loads(next((tmp_path / "out").rglob("*.report.json")).read_text())
    garment = next(one["value"] for one in report["checks"] if one["name"] == "garment")
    assert "parsed by schp@" in garment
    person.set("PACKSHOT_CLOTHES_PARSER", str(parser))
    person.forget()
    swapping = person.shell().images.recipes.swapping
    assert swapping.complete(SwapParams(person="ghost")).clothes_parser in garment
    assert not swapping.complete(SwapParams(person="ghost", parser="none")).clothes_parser
    assert not swapping.complete(SwapParams(person="ghost", garment="a" * 64)).clothes_parser
    person.set("PACKSHOT_CLOTHES_PARSER", str(tmp_path / "nowhere"))
    assert "nowhere is not there; name the folder of a SegFormer" in person(*given).error
    person.set("PACKSHOT_CLOTHES_PARSER", "")
    person.forget()
    assert (
        not person.shell()
        .images.recipes.swapping.complete(SwapParams(person="ghost"))
        .clothes_parser
    )


def test_without_the_networks_it_says_what_to_pull(packshot: Commands, tmp_path: Path) -> None:
    Image.fromarray(product_photo()).save(tmp_path / "box.png")
    said = packshot("swap", tmp_path / "box.png", "--out", tmp_path / "out", "--person", "ghost")
    assert "packshot models pull person" in said.error


@pytest.mark.parametrize("words", [("ghost", "--count", "5"), ("faceless", "--seed", "3")])
def test_nothing_is_drawn_by_chance_where_nobody_is_painted(
    packshot: Commands, tmp_path: Path, words: tuple[str, ...]
) -> None:
    Image.fromarray(product_photo()).save(tmp_path / "box.png")
    said = packshot("swap", tmp_path / "box.png", "--out", tmp_path / "out", "--person", *words)
    assert said.code == 2
    told = " ".join(said.err.replace("│", " ").split())
    assert f"--count and --seed are for painted persons: {words[0]} holds no chance" in told
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("way", ["ghost", "faceless"])
def test_a_recipe_of_nobody_new_takes_no_seed(person: Commands, way: str) -> None:
    person("brands", "list")
    complete = person.shell().images.recipes.complete
    params = {"person": way, "quality": "fast"}
    with pytest.raises(RecipeInvalid, match="seed = 3: is for what a model paints"):
        complete(kind="swap", source="a" * 64, params=params, seed=3)
    assert complete(kind="swap", source="a" * 64, params=params).seed == 0


def test_a_named_person_brings_words_seed_and_a_face_with_consent(
    person: Commands, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "persons"
    folder.mkdir()
    (folder / "maya.toml").write_text(MAYA + 'face = "maya.png"\nconsent = "signed"\n')
    Image.fromarray(product_photo()).save(folder / "maya.png")
    person("brands", "list")
    swapping = person.shell().images.recipes.swapping
    monkeypatch.setattr(
        type(swapping.library.generators), "name", lambda self, profile, **_: f"{profile}@1"
    )
    done = swapping.complete(SwapParams(person="maya", model="flux2-klein"))
    assert done.persona == "woman, dark skin"
    assert done.persona_seed == 7
    assert len(done.reference) == 64
    assert done.i_have_consent
    assert done.finder == f"person@{model_card('person').revision}"
    assert done.generator == "flux2-klein@1"
    plain = swapping.complete(SwapParams(person="somebody else", model="flux2-klein"))
    assert not plain.persona
    assert not plain.reference
