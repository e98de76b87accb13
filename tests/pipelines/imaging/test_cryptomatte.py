"""Things in a render by name and id: hashes, ranks, edges, and names that are not there."""

import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from pipelines.errors import ObjectNotFound
from pipelines.imaging.cryptomatte import hash_of, layers_in
from pipelines.imaging.decode import SourceImage, decode
from tests.pipelines.exr_making import box_planes, write_exr

NAMES = {"mug": 10, "lid": 22, "table": 64}
"""Columns at which each thing begins to the right; the mug's right edge is half the lid's."""
LINEAR = (0.5, 0.2, 0.05)


def float_of(value: int) -> float:
    """An id as the channels of a render hold it."""
    (number,) = struct.unpack("<f", struct.pack("<I", value))
    return float(number)


def crypto(side: int = 64, *, layer: str = "View.CryptoObject") -> dict[str, npt.NDArray[Any]]:
    """Ranked pairs: mug to the left, lid right of it, the table everywhere else."""
    first, second = np.zeros((side, side), np.float32), np.zeros((side, side), np.float32)
    share, rest = np.ones((side, side), np.float32), np.zeros((side, side), np.float32)
    mug, lid, table = (np.float32(float_of(hash_of(name))) for name in NAMES)
    first[:] = table
    first[20:40, 10:22] = mug
    first[20:40, 22:34] = lid
    share[20:40, 22], rest[20:40, 22] = 0.75, 0.25
    second[20:40, 22] = mug
    share[20:40, 33], rest[20:40, 33] = 0.5, 0.5
    second[20:40, 33] = table
    planes = {"00.r": first, "00.g": share, "00.b": second, "00.a": rest}
    return {f"{layer}{key}": plane for key, plane in planes.items()}


def header(layer: str = "View.CryptoObject", *, manifest: bool = True) -> dict[str, str]:
    told = {"name": layer, "hash": "MurmurHash3_32", "conversion": "uint32_to_float32"}
    if manifest:
        told["manifest"] = json.dumps({name: f"{hash_of(name):08x}" for name in NAMES})
    return {f"cryptomatte/1a2b3c4/{key}": value for key, value in told.items()}


def picture(folder: Path, *, manifest: bool = True, **planes: npt.NDArray[Any]) -> bytes:
    whole = np.ones((64, 64), np.float32)
    colours = {name: whole * value for name, value in zip("RGB", LINEAR, strict=True)}
    return write_exr(folder, colours | crypto() | planes, **header(manifest=manifest))


def cut(data: bytes, *objects: str) -> SourceImage:
    return decode(data, name="scene.exr", objects=objects)


def alpha(source: SourceImage) -> npt.NDArray[np.float32]:
    assert source.alpha is not None
    return source.alpha


@pytest.mark.parametrize(
    ("name", "known"),
    # As Blender 5.0.1 writes them; "hello" is the hash's own published test vector.
    [("mug", "3e5904c5"), ("handle", "48865902"), ("handle.001", "3855187f"),
     ("aluminium", "dad1c108"), ("hello", "248bfa47")],
)  # fmt: skip
def test_names_have_the_ids_that_renderers_give_them(name: str, known: str) -> None:
    assert f"{hash_of(name):08x}" == known


def test_no_id_is_infinite_or_no_number_as_a_float() -> None:
    assert all(np.isfinite(float_of(hash_of(f"thing.{number}"))) for number in range(3000))


def test_a_things_coverage_is_its_alpha(tmp_path: Path) -> None:
    data = picture(tmp_path)
    mug = alpha(cut(data, "mug"))
    assert (mug[30, 15], mug[30, 22], mug[30, 28], mug[5, 5]) == (1, 0.25, 0, 0)
    both = alpha(cut(data, "mug", "lid"))
    assert (both[30, 22], both[30, 33]) == (1, 0.5)
    assert any("by the file's Cryptomatte" in note for note in cut(data, "lid").notes)


@pytest.mark.parametrize("wanted", ["lid", "LID", "li*", "0x{id}", "{id}"])
def test_a_thing_is_named_by_name_pattern_or_id(tmp_path: Path, wanted: str) -> None:
    found = alpha(cut(picture(tmp_path), wanted.format(id=f"{hash_of('lid'):08x}")))
    assert found.sum() == pytest.approx(20 * (10 + 0.75 + 0.5))


def test_without_a_manifest_names_are_hashed(tmp_path: Path) -> None:
    data = picture(tmp_path, manifest=False)
    assert alpha(cut(data, "mug"))[30, 15] == 1
    with pytest.raises(ObjectNotFound, match=f"{hash_of('mug'):08x}"):
        cut(data, "cup")


def test_an_unknown_name_lists_what_the_picture_shows(tmp_path: Path) -> None:
    with pytest.raises(ObjectNotFound) as told:
        cut(picture(tmp_path), "mugg")
    assert str(told.value) == (
        "scene.exr: no object 'mugg' in the picture, did you mean 'mug'?; it shows the names "
        "table, mug, lid"
    )


def test_colours_that_other_things_share_are_freed_of_them(tmp_path: Path) -> None:
    data = picture(tmp_path)
    source = cut(data, "mug")
    assert source.mixed is not None
    assert np.flatnonzero(np.any(source.mixed, axis=0)).tolist() == [22]
    # Where nothing is behind, the file's own alpha says so, and its colour is the thing's.
    film = np.zeros((64, 64), np.float32)
    film[20:40, 10:34] = 1
    film[20:40, 33] = 0.5
    mixed = cut(picture(tmp_path, A=film), "mug", "lid").mixed
    assert mixed is not None
    assert not mixed.any()


def test_an_object_index_names_a_thing_too(tmp_path: Path) -> None:
    planes = box_planes(rgb=LINEAR)
    index = np.zeros((64, 64), np.float32)
    index[16:48, 16:30] = 3
    index[16:48, 30:48] = 7
    data = write_exr(tmp_path, planes | {"View.IndexOB.X": index})
    found = alpha(cut(data, "7"))
    assert (found[30, 40], found[30, 20]) == (1, 0)
    opaque = write_exr(tmp_path, {name: planes[name] for name in "RGB"} | {"IndexOB.X": index})
    edge = alpha(cut(opaque, "7"))[30]
    assert edge[40] == 1
    assert 0 < edge[29] < edge[30] < 1
    with pytest.raises(ObjectNotFound, match="shows the indexes 3, 7"):
        cut(data, "4")


def test_a_floor_without_an_index_does_not_become_product(tmp_path: Path) -> None:
    index, film = np.zeros((64, 64), np.float32), np.zeros((64, 64), np.float32)
    index[16:48, 16:48] = 7
    film[16:48, 16:48] = 1
    film[20:40, 48] = 0.5  # the product's soft edge before the sky
    film[40:] = 1  # the floor, before which and on which it stands
    planes = {name: film * np.float32(value) for name, value in zip("RGB", LINEAR, strict=True)}
    source = cut(write_exr(tmp_path, planes | {"A": film, "IndexOB.X": index}), "7")
    found, mixed = alpha(source), source.mixed
    assert mixed is not None
    assert found[30, 15:19].tolist() == pytest.approx([0, 1, 1, 1])
    assert (found[30, 48], mixed[30, 48]) == (pytest.approx(0.5), False)
    foot, side = found[44:52, 30], found[44, 44:52]
    for edge, apart in ((foot, mixed[44:52, 30]), (side, mixed[44, 44:52])):
        assert edge[:2].tolist() == pytest.approx([1, 1], abs=0.02)
        assert 0.5 < edge[3] < 0.95
        assert 0.05 < edge[4] < 0.5
        assert edge[6:].tolist() == pytest.approx([0, 0], abs=0.02)
        assert apart[3:5].all()
    assert found.sum() == pytest.approx(32 * 32 + 10, abs=3)


@pytest.mark.parametrize("wanted", ["2024", "12345678"])
def test_a_name_or_id_of_digits_is_found_beside_indexes(tmp_path: Path, wanted: str) -> None:
    planes = {f"CryptoObject00.{key}": np.zeros((64, 64), np.float32) for key in "rgba"}
    planes["CryptoObject00.r"][20:40, 10:30] = float_of(0x12345678)
    planes["CryptoObject00.g"][20:40, 10:30] = 1
    told = {"name": "CryptoObject", "manifest": json.dumps({"2024": "12345678"})}
    index = np.zeros((64, 64), np.float32)
    index[20:40, 10:30] = 3
    colours = {name: np.ones((64, 64), np.float32) for name in "RGB"}
    data = write_exr(
        tmp_path,
        colours | planes | {"IndexOB.X": index},
        **{f"cryptomatte/1a2b3c4/{key}": value for key, value in told.items()},
    )
    source = cut(data, wanted)
    assert alpha(source).sum() == 20 * 20
    assert any("by the file's Cryptomatte" in note for note in source.notes)


def test_a_number_beyond_all_indexes_is_not_in_the_picture(tmp_path: Path) -> None:
    data = write_exr(tmp_path, box_planes() | {"IndexOB.X": np.ones((64, 64), np.float32)})
    with pytest.raises(ObjectNotFound, match=r"no object '9{400}'"):
        cut(data, "9" * 400)


def test_only_such_files_say_what_is_what(tmp_path: Path) -> None:
    with pytest.raises(ObjectNotFound, match="neither Cryptomatte nor object indexes"):
        cut(write_exr(tmp_path, box_planes()), "mug")


@pytest.mark.parametrize(
    "manifest", ["", "[1, 2]", "{broken", '{"mug": "no hex"}', '{"mug": null}']
)
def test_a_manifest_that_cannot_be_read_is_none(manifest: str) -> None:
    told = header() | {"cryptomatte/1a2b3c4/manifest": manifest}
    (layer,) = layers_in([told], [list(crypto())])
    assert layer.names == {}


def test_a_layer_without_its_channels_is_none() -> None:
    assert layers_in([header()], [["R", "G", "B", "Other00.r"]]) == ()
    (layer,) = layers_in([header()], [[key for key in crypto() if not key.endswith("a")]])
    assert len(layer.pairs) == 1
