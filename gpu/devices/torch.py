"""The devices that torch sees, or the processor where there is no torch."""

from __future__ import annotations

import gc
import importlib.util
import os
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

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

    @property
    def best(self) -> Device:
        """The device with the most free memory of the fastest kind."""
        fastest = [device for device in self.found if device.kind == self.found[0].kind]
        return max(fastest, key=lambda device: device.free_bytes or 0)


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
