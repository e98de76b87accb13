import importlib.util
import sys
import weakref
from pathlib import Path

import pytest

from gpu.devices.torch import find_devices, give_back, use_of


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
    first = find_devices().found[0]
    assert (first.kind, first.name) == ("cuda", "cuda:0")
    assert first.free_bytes is not None
    assert 0 < first.free_bytes <= (first.total_bytes or 0)


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
