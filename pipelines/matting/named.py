"""Matting models by name: those we describe, BiRefNet's family, and all that rembg knows."""

from pathlib import Path

from pipelines.errors import ModelUnknown
from pipelines.matting.birefnet.matter import FAMILY, describe, weights_of
from pipelines.matting.rembg_models import rembg_model, rembg_names
from pipelines.weights import ModelCard, model_cards


def matting_model(name: str, folder: Path) -> ModelCard:
    """Describe a matting model by our name or by rembg's.

    BiRefNet's family runs by torch under our names, and by rembg's own under its names.

    Parameters
    ----------
    folder
        Where weights lie; what rembg alone can fetch goes there too.

    Raises
    ------
    ModelUnknown : the sentence names the nearest name
    ModelMissing : rembg could not fetch its weights
    CheckpointUnusable : the user has not brought its weights yet
    """
    ours = {card.name: card for card in model_cards().values() if card.rembg}
    by_rembg = {card.rembg: card for card in ours.values()}
    if name in ours or name in by_rembg:
        return ours.get(name) or by_rembg[name]
    if name in FAMILY:
        return describe(name, weights_of(name, folder))
    if name in rembg_names():
        return rembg_model(name, folder)
    raise ModelUnknown(name=name, known={*ours, *FAMILY, *rembg_names()})
