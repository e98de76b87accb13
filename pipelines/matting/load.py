"""A matting model by its description, on whatever runs it best here."""

from pathlib import Path

from pipelines.matting.birefnet.matter import FAMILY, BiRefNetMatter
from pipelines.matting.consensus import Matter
from pipelines.matting.engines import open_engine
from pipelines.matting.network import NetworkMatter
from pipelines.matting.providers import DeviceWish
from pipelines.matting.rembg_session import RembgMatter
from pipelines.weights import ModelCard, WeightStore, model_cards, sha256_of


def load_matter(
    card: ModelCard,
    weights: Path,
    *,
    threads: int = 0,
    device: DeviceWish = "auto",
    compiled: Path | None = None,
) -> Matter:
    """Load a model: those that we describe and BiRefNet by themselves, others by rembg's session.

    Parameters
    ----------
    threads
        For one picture; 0 takes all cores.
    device
        Where it shall run; auto takes an accelerator where the runtime has one.
    compiled
        Folder in which an engine that compiles keeps what it compiled for the next process.

    Raises
    ------
    DeviceMissing : it does not run where it was asked to
    ModelCorrupt, ModelMissing : the file is another one than was described, or only a part of it
    ExtraMissing, CheckpointUnusable, OutOfMemory : of BiRefNet
    """
    if card.name in FAMILY:
        return BiRefNetMatter(card, weights, device=device)
    if card.name not in model_cards():
        return RembgMatter(card, weights, threads=threads, device=device)
    store = WeightStore(weights.parent)
    # An engine that is given garbage says so in its own words, a dozen lines of them, on stderr.
    if not store.has(card.name) or sha256_of(weights) != card.files[0].sha256:
        store.verify(card.name)
    return NetworkMatter(
        card, open_engine(weights, threads=threads, device=device, compiled=compiled)
    )
