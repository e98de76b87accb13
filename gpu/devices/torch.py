"""The devices that torch sees, or the processor where there is no torch."""

from __future__ import annotations

import gc
import importlib.util
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias, TypeVar

T = TypeVar("T")

DeviceKind: TypeAlias = Literal["cuda", "mps", "cpu"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """A device as torch names it (`cuda:0`), its maker's name, and its memory where known."""

    name: str
    kind: DeviceKind
    label: str
    free_bytes: int | None
    total_bytes: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Devices:
    """All devices, the fastest kind first; `note` says in a sentence why it is these."""

    found: tuple[Device, ...]
    note: str


def find_devices() -> Devices:
    """Look at this machine now. Loads torch where it is installed, which takes a second or two."""
    if importlib.util.find_spec("torch") is None:
        note = "torch is not installed, so work runs on the processor: pip install 'packshot[gpu]'"
        return Devices(found=(_processor(),), note=note)
    import torch

    if torch.cuda.is_available():
        cards = tuple(_card(torch, index) for index in range(torch.cuda.device_count()))
        note = f"torch {torch.__version__} sees {', '.join(card.label for card in cards)}"
        return Devices(found=(*cards, _processor()), note=note)
    if torch.backends.mps.is_available():
        apple = Device(name="mps", kind="mps", label="Apple GPU", free_bytes=None, total_bytes=None)
        return Devices(found=(apple, _processor()), note="torch sees the GPU of this Mac")
    note = f"torch {torch.__version__} sees no GPU, so work runs on the processor"
    return Devices(found=(_processor(),), note=note)


def give_back(name: str) -> None:
    """Give memory that nobody uses any more back to a device, such as after a model was let go."""
    # Compiled modules refer to themselves: only the collector ends them.
    gc.collect()
    if name.startswith("cuda"):
        import torch

        torch.cuda.empty_cache()


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """What a call took: seconds, and how far memory rose above where it stood; None if unknown."""

    seconds: float
    risen_bytes: int | None


def use_of(name: str, call: Callable[[], T]) -> tuple[T, Use]:
    """Run a call on a device and say what it took. Nothing else should run there meanwhile.

    On a card, memory is what torch asked it for; on a processor, what the process held, which only
    Linux tells.
    """
    on_card = name.startswith("cuda")
    before = _card_bytes(name) if on_card else _reset_process_peak()
    began = time.perf_counter()
    result = call()
    after = _card_peak_bytes(name) if on_card else _process_bytes("VmHWM")
    seconds = time.perf_counter() - began
    risen = None if before is None or after is None else max(0, after - before)
    return result, Use(seconds=seconds, risen_bytes=risen)


def _card_bytes(name: str) -> int:
    import torch

    torch.cuda.synchronize(name)
    torch.cuda.reset_peak_memory_stats(name)
    return int(torch.cuda.memory_allocated(name))


def _card_peak_bytes(name: str) -> int:
    import torch

    torch.cuda.synchronize(name)
    return int(torch.cuda.max_memory_allocated(name))


def _reset_process_peak() -> int | None:
    """What this process holds now; its peak counts from here on."""
    try:
        # See proc(5): 5 sets the peak back to what is held.
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    except OSError:
        return None
    return _process_bytes("VmRSS")


def _process_bytes(field: str) -> int | None:
    """A line of ``/proc/self/status``, which counts in kB; None where there is none."""
    try:
        lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    found = [line.split()[1] for line in lines if line.startswith(f"{field}:")]
    return int(found[0]) * 1024 if found else None


def _card(torch: Any, index: int) -> Device:
    free_bytes, total_bytes = torch.cuda.mem_get_info(index)
    return Device(
        name=f"cuda:{index}",
        kind="cuda",
        label=torch.cuda.get_device_name(index),
        free_bytes=free_bytes,
        total_bytes=total_bytes,
    )


def _processor() -> Device:
    label = f"processor with {os.cpu_count() or 1} cores"
    return Device(
        name="cpu",
        kind="cpu",
        label=label,
        free_bytes=_memory_bytes("SC_AVPHYS_PAGES"),
        total_bytes=_memory_bytes("SC_PHYS_PAGES"),
    )


def _memory_bytes(pages: str) -> int | None:
    """Memory by a sysconf name that not every system has."""
    if pages not in getattr(os, "sysconf_names", {}):
        return None
    return os.sysconf(pages) * os.sysconf("SC_PAGE_SIZE")
