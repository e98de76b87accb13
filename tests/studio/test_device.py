"""Demanding a device: by option or by setting, for small models and for those that paint."""

from pathlib import Path

import pytest

from gpu.devices import torch as devices
from gpu.devices.torch import Device, Devices
from pipelines.errors import DeviceMissing
from studio.bootstrap.generators import generator_room
from studio.settings import Settings
from tests.studio.commanding import Commands, picture

PROCESSOR = Device(name="cpu", kind="cpu", label="processor", free_bytes=None, total_bytes=1 << 33)
CARD = Device(name="cuda:0", kind="cuda", label="a card", free_bytes=1, total_bytes=1 << 34)


@pytest.fixture
def no_card(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make this machine one on which nothing has CUDA, whatever it is."""
    import onnxruntime
    import torch

    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: ["CPUExecutionProvider"])


@pytest.mark.usefixtures("no_card")
def test_a_card_that_is_not_there_is_refused_before_anything_is_made(
    packshot: Commands, tmp_path: Path
) -> None:
    photo = picture(tmp_path / "a.png", "red")
    (tmp_path / "list.csv").write_text("source\na.png\n")
    for words in (("white", photo), ("cutout", photo), ("batch", "run", tmp_path / "list.csv")):
        ran = packshot(*words, "--out", "shots", "--device", "cuda")
        assert ran.code == 1
        assert "device cuda was asked for: ONNX Runtime" in ran.error
    assert not Path("shots").exists()
    packshot.set("PACKSHOT_DEVICE", "cuda")
    assert "device cuda was asked for" in packshot("white", photo, "--out", "shots").error
    assert packshot("white", photo, "--out", "shots", "--device", "tpu").code == 2


@pytest.mark.usefixtures("no_card")
def test_a_card_that_torch_alone_can_use_is_for_its_models_to_judge(
    packshot: Commands, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    packshot.set("PACKSHOT_DEVICE", "cuda")
    with pytest.raises(DeviceMissing):
        packshot.shell().images.supplies.refuse_missing_device()
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    packshot.shell().images.supplies.refuse_missing_device()


def test_an_option_overrules_the_setting_for_one_command(
    packshot: Commands, tmp_path: Path
) -> None:
    packshot.set("PACKSHOT_DEVICE", "cuda")
    photo = picture(tmp_path / "a.png", "red")
    ran = packshot("cutout", photo, "--out", "cut", "--device", "cpu", "--box", "nonsense")
    assert "device" not in ran.err
    assert packshot.shell().settings.device == "cpu"
    packshot("brands", "list")
    assert packshot.shell().settings.device == "cuda"


@pytest.mark.parametrize(
    ("found", "device", "runs_on"),
    [((CARD, PROCESSOR), "auto", "cuda:0"), ((CARD, PROCESSOR), "cpu", "cpu"),
     ((PROCESSOR,), "auto", "cpu"), ((CARD, PROCESSOR), "cuda", "cuda:0")],
)  # fmt: skip
def test_large_models_run_where_they_are_told(
    monkeypatch: pytest.MonkeyPatch, found: tuple[Device, ...], device: str, runs_on: str
) -> None:
    monkeypatch.setattr(devices, "find_devices", lambda: Devices(found=found, note="as told"))
    assert generator_room(Settings(device=device)).device == runs_on


def test_large_models_are_not_moved_to_the_processor_in_silence(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    none = Devices(found=(PROCESSOR,), note="torch sees no GPU")
    monkeypatch.setattr(devices, "find_devices", lambda: none)
    with pytest.raises(DeviceMissing, match="torch sees no GPU; check the driver"):
        generator_room(Settings(device="cuda"))
