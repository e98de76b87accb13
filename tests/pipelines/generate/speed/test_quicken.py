import importlib.util
import os
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from torch._inductor.runtime.cache_dir_utils import default_cache_dir

from pipelines.generate.speed import SpeedOptions, Switch, quicken
from tests.pipelines.generate.speed.models import (
    decoded,
    drift,
    step,
    transformer_pipe,
    unet_pipe,
)

ROUNDING = 1e-5


def quickened(pipe: Any, *switches: Switch) -> Any:
    options = SpeedOptions(switches=frozenset(switches), compile_backend="eager")
    return quicken({"Any": pipe}, options)


@pytest.mark.parametrize("switch", ["channels_last", "fused_qkv", "compile"])
def test_a_lossless_switch_changes_a_unet_by_rounding_only(switch: Switch) -> None:
    pipe = unet_pipe()
    expected = step(pipe)
    assert quickened(pipe, switch).done == (switch,)
    assert drift(step(pipe), expected) < ROUNDING


@pytest.mark.parametrize("switch", ["channels_last", "sliced_vae", "compile_vae"])
def test_a_lossless_switch_changes_a_vae_by_rounding_only(switch: Switch) -> None:
    pipe = unet_pipe()
    expected = decoded(pipe)
    assert quickened(pipe, switch).done == (switch,)
    assert drift(decoded(pipe), expected) < ROUNDING


def test_blocks_compiled_for_any_length_take_prompts_of_several() -> None:
    plain, pipe = transformer_pipe(layers=1), transformer_pipe(layers=1)
    quickened(pipe, "compile_any_length", "fp8_weights")
    quickened(plain, "fp8_weights")
    for words in (7, 9):
        assert drift(step(pipe, words=words), step(plain, words=words)) < ROUNDING


@pytest.mark.parametrize("switch", ["fp8_weights", "fp8_matrices"])
def test_eight_bits_stay_close_and_halve_the_memory(switch: Switch) -> None:
    pipe = transformer_pipe()
    expected, before = step(pipe), held_bytes(pipe.transformer)
    assert quickened(pipe, switch).done == (switch,)
    assert 0 < drift(step(pipe), expected) < 0.02
    assert held_bytes(pipe.transformer) < before / 2


def held_bytes(model: torch.nn.Module) -> int:
    return sum(one.nbytes for one in (*model.parameters(), *model.buffers()))


def test_a_step_that_changes_little_takes_over_the_last_one() -> None:
    pipe = transformer_pipe()
    ran: list[bool] = []
    last = pipe.transformer.transformer_blocks[-1]
    last.attn.register_forward_pre_hook(lambda *_call: ran.append(True))
    first = step(pipe)
    found = quickened(pipe, "first_block_cache")
    assert found.done == ("first_block_cache",)
    for seed in (0, 0, 5):
        again = step(pipe, seed=seed)
        if seed == 0:
            assert drift(again, first) < ROUNDING
    assert len(ran) == 3, "first alone, then cached: computed, taken over, computed anew"


def test_what_a_model_cannot_is_left_out_with_the_reason() -> None:
    pipe = unet_pipe()
    expected = step(pipe)
    found = quickened(pipe, "first_block_cache", "fp8_weights")
    assert found.done == ("fp8_weights",)
    assert found.left_out == {"first_block_cache": "UNet2DConditionModel cannot"}
    assert drift(step(pipe), expected) < 0.02


def test_flash_attention_without_its_card_or_package_is_left_out() -> None:
    pipe = transformer_pipe()
    found = quickened(pipe, "flash_attention")
    if torch.cuda.is_available():
        assert found.done or "flash" in found.left_out["flash_attention"].lower()
    else:
        assert found.left_out == {"flash_attention": "needs a CUDA card"}


@pytest.mark.parametrize("lacking", ["triton", "gcc"])
def test_without_a_compiler_nothing_is_compiled(
    lacking: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = lacking == "gcc"
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: object() if there else None)
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    found = quicken({"Any": unet_pipe()}, SpeedOptions(switches=frozenset({"compile"})))
    assert found.done == ()
    assert lacking in found.left_out["compile"]


@pytest.mark.parametrize("chosen", ["nobody", "torch", "the user"])
def test_compiled_code_is_kept_where_it_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chosen: str
) -> None:
    before = {"nobody": "", "torch": default_cache_dir(), "the user": str(tmp_path / "theirs")}
    monkeypatch.setenv("TORCHINDUCTOR_CACHE_DIR", before[chosen])
    ours = tmp_path / "ours" / "code"
    options = SpeedOptions(
        switches=frozenset({"compile"}), compile_backend="eager", compile_cache=ours
    )
    assert quicken({"Any": unet_pipe()}, options).done == ("compile",)
    kept = tmp_path / "theirs" if chosen == "the user" else ours
    assert os.environ["TORCHINDUCTOR_CACHE_DIR"] == str(kept)
    assert ours.is_dir() is (kept == ours)
