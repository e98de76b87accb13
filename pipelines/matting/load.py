"""A matting model by its description, on whatever runs it best here."""

from pathlib import Path

from pipelines.matting.consensus import Matter
from pipelines.matting.engines import open_engine
from pipelines.matting.network import NetworkMatter
from pipelines.matting.providers import DeviceWish
from pipelines.matting.rembg_session import RembgMatter
from pipelines.weights import ModelCard, model_cards


def load_matter(
    card: ModelCard, weights: Path, *, threads: int = 0, device: DeviceWish = "auto"
) -> Matter:
    """Load a model: those that we describe by themselves, others through rembg's session.

    Parameters
    ----------
    threads
        For one picture; 0 takes all cores.
    device
        Where it shall run; auto takes an accelerator where the runtime has one.

    Raises
    ------
    DeviceMissing : it does not run where it was asked to
    """
    if card.name in model_cards():
        return NetworkMatter(card, open_engine(weights, threads=threads, device=device))
    return RembgMatter(card, weights, threads=threads, device=device)
