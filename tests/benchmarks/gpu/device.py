"""What a device can do, and what a call takes on it."""

import gc
import statistics
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import diffusers
import torch
from torch.utils.flop_counter import FlopCounterMode

ROOT = Path(__file__).parents[3]


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What calls took: seconds of the first and the median of the others, and peak bytes."""

    first_s: float
    usual_s: float
    peak_bytes: int | None


def default_device() -> str:
    """The first CUDA card, else the processor."""
    return "cuda:0" if torch.cuda.is_available() else "cpu"


def label(device: str) -> str:
    """What it is, and by which software it was measured."""
    card = torch.cuda.get_device_name(device) if device != "cpu" else "processor, no card"
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, check=False,
                            capture_output=True, text=True).stdout.strip()  # fmt: skip
    versions = f"torch {torch.__version__}, diffusers {diffusers.__version__}"
    return f"{card}, commit {commit or 'unknown'}, {versions}"


def matrix_rate(device: str) -> float:
    """Operations a second of one large bf16 matrix product, random numbers, median of ten."""
    side = 8192 if device != "cpu" else 512
    numbers = torch.bfloat16 if device != "cpu" else torch.float32
    left, right = (torch.randn(side, side, device=device, dtype=numbers) for _ in range(2))
    taken = timed(lambda: left @ right, device=device, repeat=10)
    return 2 * side**3 / taken.usual_s


def operations(call: Callable[[], Any]) -> int:
    """Floating-point operations of the matrix products, convolutions and attentions of a call."""
    with FlopCounterMode(display=False) as counted:
        call()
    return int(counted.get_total_flops())


def timed(call: Callable[[], Any], *, device: str, repeat: int) -> Taken:
    """Run a call once and then `repeat` times more; each is over when the device is idle."""
    on_card = device != "cpu"
    if on_card:
        torch.cuda.synchronize()
        torch.cuda.reset_peak_memory_stats()
    seconds = []
    for _ in range(repeat + 1):
        began = time.perf_counter()
        call()
        if on_card:
            torch.cuda.synchronize()
        seconds.append(time.perf_counter() - began)
    peak_bytes = torch.cuda.max_memory_allocated() if on_card else None
    return Taken(
        first_s=seconds[0],
        usual_s=statistics.median(seconds[1:] or seconds),
        peak_bytes=peak_bytes,
    )


def empty(device: str) -> None:
    """Give back what the last model held."""
    gc.collect()
    if device != "cpu":
        torch.cuda.empty_cache()
