"""BiRefNet as a matting model: which members of the family are known, and how one runs."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from pipelines.errors import CheckpointUnusable, DeviceMissing, ExtraMissing
from pipelines.generate.memory import unless_full
from pipelines.matting.consensus import QuickMatter
from pipelines.matting.inputs import normalised, squared
from pipelines.matting.providers import DeviceWish
from pipelines.weights import ModelCard, sha256_of

if TYPE_CHECKING:
    from pipelines.matting.birefnet.network import BiRefNet

Rgb = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]

_PICTURES = 8
"""On a card together: at 1,024 px in half precision they take about 8 GB."""
_IMAGENET = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """Where a member of the family is published, and the size of the pictures it learned from."""

    repository: str
    input_px: int = 1024


FAMILY = {
    "birefnet": Published(repository="ZhengPeng7/BiRefNet"),
    "birefnet-lite": Published(repository="ZhengPeng7/BiRefNet_lite"),
    "birefnet-matting": Published(repository="ZhengPeng7/BiRefNet-matting"),
    "birefnet-hr": Published(repository="ZhengPeng7/BiRefNet_HR", input_px=2048),
}
"""All under the MIT licence. Their weights are brought by the user: a file of a model hub."""


def describe(name: str, weights: Path) -> ModelCard:
    """Describe a member whose weights are here."""
    mean, std = _IMAGENET
    return ModelCard(
        name=name,
        title=f"BiRefNet ({FAMILY[name].repository})",
        purpose="matting",
        licence="MIT",
        file=weights.name,
        sha256=sha256_of(weights),
        size_bytes=weights.stat().st_size,
        sources=(),
        input_px=FAMILY[name].input_px,
        mean=mean,
        std=std,
    )


def weights_of(name: str, folder: Path) -> Path:
    """Return where a member's weights lie.

    Raises
    ------
    CheckpointUnusable : they are not here; the sentence says where to get them
    """
    path = folder / f"{name}.safetensors"
    if not path.is_file():
        published = f"huggingface.co/{FAMILY[name].repository}"
        fix = f"put model.safetensors of {published} there as {path.name}"
        raise CheckpointUnusable(name=name, fact=f"its weights are not in {folder}", fix=fix)
    return path


def sees_card() -> bool:
    """Whether torch is here and has a card to run on."""
    try:
        import torch
    except ImportError:
        return False
    return bool(torch.cuda.is_available())


class BiRefNetMatter:
    """BiRefNet on a card in half precision, several pictures together, or on the processor.

    Parameters
    ----------
    device
        Where it shall run; auto takes a card where torch sees one.

    Raises
    ------
    ExtraMissing, DeviceMissing, CheckpointUnusable
    OutOfMemory : the card cannot hold the weights
    """

    quick: QuickMatter | None = None

    def __init__(self, card: ModelCard, weights: Path, *, device: DeviceWish = "auto") -> None:
        try:
            import torch
        except ImportError as fault:
            raise ExtraMissing(what="large matting models", extra="gpu") from fault
        self._on_card = device != "cpu" and sees_card()
        if device == "cuda" and not self._on_card:
            why, fix = "torch sees no card", "install the torch that is built for your card"
            raise DeviceMissing(device=device, why=why, fix=fix)
        self.card = card
        self._dtype = torch.float16 if self._on_card else torch.float32
        network, place = _loaded(card, weights), "cuda" if self._on_card else "cpu"
        self._network = unless_full(
            lambda: network.to(place, self._dtype), name=card.name, device=self.device
        )

    @property
    def device(self) -> str:
        """Where it really runs, and in which precision where that is not float32."""
        import torch

        if not self._on_card:
            return "cpu by torch"
        return f"{torch.cuda.get_device_name()} by torch in float16"

    @property
    def most_pictures(self) -> int:
        """How many pictures it gains from seeing together; a processor is filled by one."""
        return _PICTURES if self._on_card else 1

    def probability(self, rgb: Rgb) -> Floats:
        """Probability of product, float32 of the network's own square input size.

        Parameters
        ----------
        rgb : uint8 (H, W, 3), sRGB
        """
        return self.probabilities([rgb])[0]

    def probabilities(self, pictures: Sequence[Rgb]) -> list[Floats]:
        """Probabilities for each of several pictures, of any sizes.

        Raises
        ------
        OutOfMemory : the card cannot hold as many at once
        """
        import torch

        inputs = torch.from_numpy(np.stack([self._prepared(one) for one in pictures]))

        def look() -> list[Floats]:
            with torch.inference_mode():
                seen = self._network(inputs.to(next(self._network.parameters())))
                return list(seen.cpu().numpy())

        return unless_full(look, name=self.card.name, device=self.device, pictures=len(pictures))

    def _prepared(self, rgb: Rgb) -> Floats:
        return normalised(squared(rgb, self.card.input_px) / np.float32(255), self.card)


def _loaded(card: ModelCard, weights: Path) -> "BiRefNet":
    import safetensors
    from safetensors.torch import load_file

    from pipelines.matting.birefnet.network import build

    fix = f"fetch model.safetensors of huggingface.co/{FAMILY[card.name].repository} again"
    try:
        tensors = load_file(weights)
        return build({name: value.float() for name, value in tensors.items()})
    except safetensors.SafetensorError as fault:
        fact = f"{weights.name} is no whole safetensors file ({fault})"
        raise CheckpointUnusable(name=card.name, fact=fact, fix=fix) from fault
    except KeyError as fault:
        fact = f"{weights.name} is no BiRefNet in its published form: {fault.args[0]}"
        raise CheckpointUnusable(name=card.name, fact=fact, fix=fix) from fault
    except RuntimeError as fault:
        fact = f"{weights.name} is no BiRefNet in its published form: {fault}".splitlines()[0]
        raise CheckpointUnusable(name=card.name, fact=fact, fix=fix) from fault
