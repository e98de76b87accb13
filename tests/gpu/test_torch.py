import importlib.util
import sys
import weakref
from pathlib import Path

import pytest

from gpu.devices.torch import Device, Devices, find_devices, give_back, use_of


def test_there_is_always_a_device_and_a_reason() -> None:
    devices = find_devices()
    assert devices.found[-1].name == "cpu"
    assert devices.found[-1].total_bytes is not None
    assert devices.note


def test_without_torch_the_note_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    devices = find_devices()
    assert [device.name for device in devices.found] == ["cpu"]
    assert "torch is not installed" in devices.note
    assert "pip install 'packshot[gpu]'" in devices.note


@pytest.mark.gpu
def test_a_card_is_named_with_its_free_memory() -> None:
    import torch

    if not torch.cuda.is_available():
        pytest.skip("no CUDA device here")
    best = find_devices().best
    assert (best.kind, best.name) == ("cuda", "cuda:0")
    assert best.free_bytes is not None
    assert 0 < best.free_bytes <= (best.total_bytes or 0)


def test_the_best_device_is_the_emptiest_of_the_fastest_kind() -> None:
    def device(name: str, kind: str, free_bytes: int | None) -> Device:
        return Device(
            name=name,
            kind="cuda" if kind == "cuda" else "cpu",
            label=name,
            free_bytes=free_bytes,
            total_bytes=None,
        )

    found = (device("cuda:0", "cuda", 10), device("cuda:1", "cuda", 20), device("cpu", "cpu", 99))
    assert Devices(found=found, note="").best.name == "cuda:1"


def test_what_refers_to_itself_is_let_go_as_well() -> None:
    class Ring:
        def __init__(self) -> None:
            self.itself = self

    gone = weakref.ref(Ring())
    give_back("cpu")
    assert gone() is None


def test_a_call_is_said_to_have_taken_what_it_held() -> None:
    held, used = use_of("cpu", lambda: len(bytearray(50_000_000)))
    assert held == 50_000_000
    assert used.seconds > 0
    if used.risen_bytes is None:
        assert sys.platform != "linux"
    else:
        assert used.risen_bytes > 40_000_000


def test_memory_that_cannot_be_told_is_said_to_be_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_arguments: object, **_options: object) -> str:
        raise OSError("no such file")

    monkeypatch.setattr(Path, "write_text", refuse)
    assert use_of("cpu", lambda: None)[1].risen_bytes is None
