"""Models that rembg knows and we do not describe: found by name, fetched by rembg itself."""

from functools import cache
from pathlib import Path
from typing import Any

from pipelines.errors import ModelMissing
from pipelines.weights import ModelCard, sha256_of

_NOT_OFFERED = frozenset({
    "ben_custom", "dis_custom", "u2net_custom",  # a path to weights, not a name
    "sam",                                       # answers clicks, not pictures
    "bria-rmbg",                                 # its licence forbids commercial use
})  # fmt: skip
_USUAL_INPUT_PX = 1024
"""Of those models whose file does not say the size of its input."""


def rembg_model(name: str, folder: Path) -> ModelCard:
    """Describe a model of rembg's, fetching weights that only rembg can fetch.

    Parameters
    ----------
    folder
        Where weights lie; rembg's own download goes there too.

    Raises
    ------
    ModelMissing : rembg could not fetch its weights
    """
    path = _fetched(name, folder)
    return ModelCard(
        name=name,
        title=f"rembg's {name}",
        purpose="matting",
        licence="see rembg",
        rembg=name,
        file=str(path.relative_to(folder)),
        sha256=sha256_of(path),
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
