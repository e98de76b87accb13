"""Matting models by name: ours, BiRefNet's family, and those that rembg knows and fetches."""

import hashlib
from functools import cache
from pathlib import Path
from typing import Any

from pipelines.errors import ModelMissing, ModelUnknown
from pipelines.matting.birefnet.matter import FAMILY, describe, weights_of
from pipelines.weights import ModelCard, model_cards

_NOT_OFFERED = frozenset({
    "ben_custom", "dis_custom", "u2net_custom",  # a path to weights, not a name
    "sam",                                       # answers clicks, not pictures
    "bria-rmbg",                                 # its licence forbids commercial use
})  # fmt: skip
_USUAL_INPUT_PX = 1024
"""Of those models whose file does not say the size of its input."""


def matting_model(name: str, folder: Path) -> ModelCard:
    """Describe a matting model by our name or by rembg's, fetching weights only rembg can fetch.

    BiRefNet's family runs by torch under our names, and by rembg's own under its names.

    Parameters
    ----------
    folder
        Where weights lie; rembg's own download goes there too.

    Raises
    ------
    ModelUnknown : the sentence names the nearest name
    ModelMissing : rembg could not fetch its weights
    CheckpointUnusable : the user has not brought its weights yet
    """
    if name in FAMILY:
        path = weights_of(name, folder)
        stamp = path.stat()
        sha256 = _sha256(path, stamp.st_mtime_ns)
        return describe(name, sha256=sha256, size_bytes=stamp.st_size)
    ours = {card.name: card for card in model_cards().values() if card.rembg}
    by_rembg = {card.rembg: card for card in ours.values()}
    if name in ours or name in by_rembg:
        return ours.get(name) or by_rembg[name]
    if name not in rembg_names():
        raise ModelUnknown(name=name, known={*ours, *FAMILY, *rembg_names()})
    path = _fetched(name, folder)
    return ModelCard(
        name=name,
        title=f"rembg's {name}",
        purpose="matting",
        licence="see rembg",
        rembg=name,
        file=str(path.relative_to(folder)),
        sha256=_sha256(path, path.stat().st_mtime_ns),
        size_bytes=path.stat().st_size,
        input_px=_USUAL_INPUT_PX,
        sources=(),
    )


@cache
def rembg_names() -> frozenset[str]:
    """Sessions that run on this machine on weights that may be used commercially."""
    from rembg.sessions import sessions_class

    return frozenset(kind.name() for kind in sessions_class if kind.is_local()) - _NOT_OFFERED


def session_class(name: str, folder: Path) -> Any:
    """Return rembg's session class, keeping its weights in our folder instead of the user's home.

    The folder itself is looked at as well, so that a file put there by hand is found.
    """
    from rembg.sessions import sessions_class

    base = next(kind for kind in sessions_class if kind.name() == name)

    class Local(base):  # type: ignore[misc, valid-type]
        @classmethod
        def rembg_home(cls, *_: Any, **__: Any) -> str:
            return str(folder)

        @classmethod
        def legacy_home(cls, *_: Any, **__: Any) -> str:
            return str(folder)

    return Local


def _fetched(name: str, folder: Path) -> Path:
    try:
        return Path(session_class(name, folder).download_models())
    except (OSError, ValueError) as fault:  # what pooch and its HTTP client raise
        raise ModelMissing(name=name, why=f"rembg could not fetch it ({fault})") from fault


@cache
def _sha256(path: Path, changed_ns: int) -> str:  # noqa: ARG001 - a changed file is hashed again
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
