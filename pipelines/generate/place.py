"""Where a model runs and in what numbers."""

from dataclasses import dataclass
from typing import Literal

from pipelines.generate.profile import Profile


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A device and what a model computes in on it, for the report.

    Attributes
    ----------
    name
        As torch names it, such as ``cuda:0``.
    kind
        Pictures are the same bytes on the same kind.
    label
        Maker's name of the card, or what the processor is.
    dtype
        Type of the weights.
    """

    name: str
    kind: Literal["cuda", "cpu"]
    label: str
    dtype: str


def find_place(profile: Profile, device: str = "") -> Place:
    """Where a model will run. The processor computes in float32 whatever the profile says."""
    import torch  # seconds: only for those who paint

    name = device or ("cuda:0" if torch.cuda.is_available() else "cpu")
    if not name.startswith("cuda"):
        label = f"processor with {torch.get_num_threads()} threads"
        return Place(name="cpu", kind="cpu", label=label, dtype="float32")
    label = torch.cuda.get_device_name(torch.device(name))
    return Place(name=name, kind="cuda", label=label, dtype=profile.dtype)
