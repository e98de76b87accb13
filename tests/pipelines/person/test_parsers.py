"""A user's own clothes parser: told from other files, read without code, its word taken."""

import hashlib
import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipelines.errors import CheckpointUnusable
from pipelines.imaging.cutout import Box
from pipelines.person import ClothesParsers
from pipelines.person.clothes import ATR, LIP, Parsed, Part
from pipelines.person.parsed import parted
from tests.pipelines.person.drawn import Drawn, drawn_person
from tests.pipelines.person.parsers import DRAWN, write_schp, write_segformer
from tests.pipelines.person.test_garment import overlap


@pytest.fixture(scope="module")
def segformer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_segformer(tmp_path_factory.mktemp("parser") / "clothes", drawn_person())


def parsers(path: Path | None) -> ClothesParsers:
    return ClothesParsers(
        path=path, sha256=lambda file: hashlib.sha256(file.read_bytes()).hexdigest()
    )


def by(path: Path, drawn: Drawn, **options: Any) -> float:
    found = parsers(path)
    parser = found.load(found.name())
    assert parser.key == found.name()
    return overlap(parted(drawn.rgb, drawn.figure, parser, **options).garment, drawn.garment)


@pytest.mark.parametrize("labels", [ATR, LIP], ids=["atr", "lip"])
def test_a_network_of_schp_tells_a_shirt_from_its_wearer(
    tmp_path: Path, labels: Sequence[str]
) -> None:
    file = write_schp(tmp_path / "parsing.onnx", labels)
    assert by(file, drawn_person()) > 0.97
    assert by(file, drawn_person(width=440, height=700)) > 0.97


def test_a_segformer_tells_a_shirt_on_a_picture_that_it_never_saw(segformer: Path) -> None:
    assert by(segformer, drawn_person(width=360, height=500, seed=3)) > 0.96


def test_only_the_piece_that_is_sold_is_garment(tmp_path: Path) -> None:
    drawn = drawn_person()
    trousers = np.zeros(drawn.rgb.shape[:2], bool)
    trousers[320:] = drawn.garment[320:] > 0.5
    drawn.rgb[trousers] = (90, 140, 60)
    colours = DRAWN | {"Pants": (90, 140, 60), "Bag": (250, 250, 0)}
    found = parsers(write_schp(tmp_path / "parsing.onnx", LIP, colours=colours))
    parser = found.load(found.name())
    upper, lower, everything = (
        parted(drawn.rgb, drawn.figure, parser, piece=piece) for piece in ("upper", "lower", "all")
    )
    assert overlap(lower.garment, trousers.astype(np.float32)) > 0.95
    assert overlap(upper.garment, drawn.garment * ~trousers) > 0.95
    assert overlap(everything.garment, drawn.garment) > 0.97
    assert np.allclose(upper.garment + upper.person, drawn.figure, atol=1e-6)


def test_what_is_no_number_is_refused() -> None:
    box = Box(left=0, top=0, right=8, bottom=8)
    for told in (np.full((2, 4, 4), np.nan, np.float32), np.zeros((3, 4, 4), np.float32)):
        with pytest.raises(CheckpointUnusable, match="no numbers for its labels"):
            Parsed.of(told, ("nothing", "upper"), box)


class Blind:
    """Sees the background alone but for a corner."""

    key, cell = "blind@1", 0.02

    def parse(self, rgb: object, box: Any) -> Parsed:
        garment = np.zeros((8, 8), np.float32)
        garment[6:] = 1
        shares: dict[Part, Any] = {"upper": garment, "nothing": 1 - garment}
        return Parsed(shares=shares, box=box)


def test_what_a_parser_does_not_see_goes_with_its_nearest_neighbour() -> None:
    drawn = drawn_person()
    found = parted(drawn.rgb, drawn.figure, Blind())
    assert np.allclose(found.garment + found.person, drawn.figure, atol=1e-6)
    assert (found.garment[drawn.figure > 0.5] > 0.5).mean() > 0.95


def test_another_file_is_another_revision(tmp_path: Path, segformer: Path) -> None:
    file = write_schp(tmp_path / "parsing.onnx", ATR)
    first = parsers(file).name()
    assert first.startswith("schp@")
    write_schp(file, LIP)
    assert parsers(file).name() != first
    with pytest.raises(CheckpointUnusable, match=f"asks for {first}, here is schp@.*--clothes-pa"):
        parsers(file).load(first)
    assert parsers(None).name() == ""
    with pytest.raises(CheckpointUnusable, match="here is none"):
        parsers(None).load(first)
    assert parsers(segformer).name().startswith("segformer@")


def _with(folder: Path, segformer: Path, **config: Any) -> Path:
    shutil.copytree(segformer, folder)
    told = json.loads((segformer / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(told | config))
    return folder


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({"model_type": "bert"}, "describes 'bert', no segformer"),
        ({"id2label": {"0": "wall", "1": "sky"}}, "not known: wall, sky; known are background, b"),
        ({"id2label": {str(n): f"LABEL_{n}" for n in range(150)}}, "and 110 more; known are"),
        ({"id2label": {"0": "Background", "1": "Face"}}, "has no label for garments"),
        ({"id2label": {"0": "Dress", "1": "Face"}}, "has no label for the background"),
        ({"id2label": {"1": "Dress", "2": "Face"}}, "does not number its labels"),
        ({"id2label": 18}, "does not number its labels"),
    ],
)
def test_labels_that_mean_nothing_here_are_refused_with_those_that_do(
    tmp_path: Path, segformer: Path, config: dict[str, Any], words: str
) -> None:
    with pytest.raises(CheckpointUnusable, match=words) as told:
        parsers(_with(tmp_path / "other", segformer, **config)).name()
    assert str(told.value).startswith("model 'clothes parser': ")
    assert "\n" not in str(told.value)


def test_code_and_weights_that_could_run_are_never_read(tmp_path: Path, segformer: Path) -> None:
    evil = _with(tmp_path / "evil", segformer, auto_map={"AutoModel": "evil.Evil"})
    (evil / "evil.py").write_text("raise SystemExit('ran')")
    assert by(evil, drawn_person()) > 0.96
    (evil / "model.safetensors").rename(evil / "pytorch_model.bin")
    with pytest.raises(CheckpointUnusable, match=r"only pytorch_model\.bin, which could run"):
        parsers(evil).name()


def test_damaged_files_are_told_in_a_line_each(tmp_path: Path, segformer: Path) -> None:
    cut = _with(tmp_path / "cut", segformer)
    weights = cut / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-100])
    with pytest.raises(CheckpointUnusable, match="is cut off"):
        parsers(cut).name()
    wide = parsers(_with(tmp_path / "wide", segformer, decoder_hidden_size=32))
    with pytest.raises(CheckpointUnusable, match="weights do not fit its config"):
        wide.load(wide.name())
    deep = parsers(_with(tmp_path / "deep", segformer, depths=[1, 1, 1, 2]))
    with pytest.raises(CheckpointUnusable, match=r"lacks .* weights, such as"):
        deep.load(deep.name())
    sized = _with(tmp_path / "sized", segformer)
    (sized / "preprocessor_config.json").write_text('{"size": 100000}')
    with pytest.raises(CheckpointUnusable, match="size 100000 is not 64 to 2048 px"):
        parsers(sized).load(parsers(sized).name())
    for name, content, words in (
        ("page.onnx", b"<html>", "no network that ONNX Runtime can read"),
        ("page.pth", b"", "is no .onnx file"),
    ):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(CheckpointUnusable, match=words):
            parsers(tmp_path / name).load(parsers(tmp_path / name).name())
    with pytest.raises(CheckpointUnusable, match="is not there; name the folder of a SegFormer"):
        parsers(tmp_path / "nowhere").name()
    tall = parsers(write_schp(tmp_path / "tall.onnx", ATR, height=128))
    with pytest.raises(CheckpointUnusable, match="does not take a picture of 96 px"):
        tall.load(tall.name()).parse(drawn_person().rgb, Box(left=0, top=0, right=200, bottom=200))
    seven = parsers(write_schp(tmp_path / "pascal.onnx", ("Background", "Head", "Torso")))
    with pytest.raises(CheckpointUnusable, match=r"tells \[1, 3, .*LIP has 20 labels"):
        seven.load(seven.name())
