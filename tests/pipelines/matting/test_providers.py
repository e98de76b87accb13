"""Where models run: what is demanded is there or refused, and nothing is replaced in silence."""

import onnxruntime
import pytest

from pipelines import WeightStore, model_card
from pipelines.errors import DeviceMissing
from pipelines.matting.providers import DeviceWish, providers_for, refuse_fallback
from pipelines.matting.rembg_session import RembgMatter

CPU, CUDA = "CPUExecutionProvider", "CUDAExecutionProvider"


@pytest.mark.parametrize(
    ("here", "device", "asked"),
    [
        ([CPU], "auto", [CPU]),
        ([CUDA, CPU], "auto", [CUDA, CPU]),
        (["AzureExecutionProvider", CPU], "auto", [CPU]),
        (["ROCMExecutionProvider", CPU], "auto", ["ROCMExecutionProvider", CPU]),
        ([CUDA, CPU], "cpu", [CPU]),
        ([CUDA, CPU], "cuda", [CUDA, CPU]),
    ],
)
def test_an_accelerator_is_taken_where_the_runtime_has_one(
    monkeypatch: pytest.MonkeyPatch, here: list[str], device: DeviceWish, asked: list[str]
) -> None:
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: here)
    assert providers_for(device) == asked


def test_a_demand_that_cannot_be_met_is_refused_with_the_reason(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(
        onnxruntime, "get_available_providers", lambda: ["AzureExecutionProvider", CPU]
    )
    with pytest.raises(DeviceMissing, match=r"can use only CPU here; .*onnxruntime-gpu"):
        providers_for("cuda")


def test_a_provider_whose_libraries_do_not_load_is_refused_only_if_it_was_demanded() -> None:
    with pytest.raises(DeviceMissing, match="libraries do not load"):
        refuse_fallback("cuda", [CPU])
    refuse_fallback("cuda", [CUDA, CPU])
    refuse_fallback("auto", [CPU])


def test_a_session_that_fell_back_is_not_used(
    monkeypatch: pytest.MonkeyPatch, weights: WeightStore
) -> None:
    """The runtime claims CUDA, as it does where the wheel is right and the driver is not."""
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: [CUDA, CPU])
    monkeypatch.setattr(onnxruntime, "InferenceSession", lambda *_, **__: Fallen())
    card = model_card("u2netp")
    with pytest.raises(DeviceMissing, match="libraries do not load"):
        RembgMatter(card, weights.folder / card.file, device="cuda")
    assert "libraries do not load" in RembgMatter(card, weights.folder / card.file).device


class Fallen:
    """A session that was asked for CUDA and runs on the processor."""

    def get_providers(self) -> list[str]:
        return [CPU]

    def get_inputs(self) -> list["Fallen"]:
        return [self]

    shape = (1, 3, 320, 320)
