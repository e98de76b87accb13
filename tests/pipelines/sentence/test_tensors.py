"""Reading safetensors: whole, and damaged in every way a file can be."""

import json
from pathlib import Path

import numpy as np
import pytest

from pipelines.sentence import TensorsUnreadable, read_tensors


def write(path: Path, header: object, data: bytes) -> Path:
    text = json.dumps(header).encode()
    path.write_bytes(len(text).to_bytes(8, "little") + text + data)
    return path


def entry(shape: list[int], begin: int, end: int, dtype: str = "F32") -> dict[str, object]:
    return {"dtype": dtype, "shape": shape, "data_offsets": [begin, end]}


def test_tensors_come_back_as_they_were(tmp_path: Path) -> None:
    first, second = np.arange(6, dtype="<f4").reshape(2, 3), np.ones(4, "<f2")
    header = {"a": entry([2, 3], 0, 24), "b": entry([4], 24, 32, "F16"), "__metadata__": {"x": "y"}}
    tensors = read_tensors(write(tmp_path / "t", header, first.tobytes() + second.tobytes()))
    np.testing.assert_array_equal(tensors["a"], first)
    np.testing.assert_array_equal(tensors["b"], second)
    assert set(tensors) == {"a", "b"}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x05\x00",
        (1 << 40).to_bytes(8, "little") + b"{}",
        (4).to_bytes(8, "little") + b"????" + b"data",
    ],
    ids=["empty", "cut off", "endless header", "no JSON"],
)
def test_a_file_without_a_header_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "t").write_bytes(content)
    with pytest.raises(TensorsUnreadable):
        read_tensors(tmp_path / "t")


@pytest.mark.parametrize(
    "bad",
    [
        entry([9], 0, 16),
        entry([4], 0, 16, "F8"),
        {"dtype": "F32", "shape": [4]},
        entry([4], 0, 99),
    ],
    ids=["shape", "type", "no place", "beyond the end"],
)
def test_a_tensor_that_contradicts_its_bytes_is_refused(tmp_path: Path, bad: object) -> None:
    with pytest.raises(TensorsUnreadable, match="tensor a"):
        read_tensors(write(tmp_path / "t", {"a": bad}, bytes(16)))
