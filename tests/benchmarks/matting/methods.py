"""What is compared: ours as a user gets it, and rembg on the same weights.

Every method takes a picture's bytes and gives a PNG's, so that decoding and encoding count for
all. Libraries are loaded when a method is made, in the process that measures it.
"""

import hashlib
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Literal

Method = Callable[[bytes], bytes]
"""A picture file's bytes to a straight RGBA PNG's, or to none where no product was found."""

OURS = ("packshot fast", "packshot best")
GLASS = "packshot best, --glass"
"""Measured on clear glass alone, for which it is."""
_PEERS = ("u2netp", "u2net", "isnet")
_SETTINGS: dict[str, dict[str, bool]] = {
    "": {},
    " decontaminated": {"decontaminate": True},
    " alpha matting": {"alpha_matting": True},
}


def method_names() -> tuple[str, ...]:
    """All methods, ours first."""
    peers = (f"rembg {model}{setting}" for model in _PEERS for setting in _SETTINGS)
    return (*OURS, GLASS, *peers)


def models_of(name: str) -> tuple[str, ...]:
    """Which weights a method needs."""
    if name in (*OURS, GLASS):
        from studio.services.recipes import MODELS_OF

        return MODELS_OF[_quality(name)]
    return (name.split()[1],)


def make(name: str) -> Method:
    """Load a method's models.

    Raises
    ------
        KeyError: no method is called so
    """
    if name not in method_names():
        raise KeyError(name)
    if name in (*OURS, GLASS):
        return _ours(models_of(name), quality=_quality(name), glass=name == GLASS)
    model = models_of(name)[0]
    return _rembg(model, _SETTINGS[name.removeprefix(f"rembg {model}")])


def _quality(name: str) -> Literal["fast", "best"]:
    return "fast" if name == OURS[0] else "best"


def weights_folder() -> Path:
    """Where models lie."""
    return Path(os.environ.get("PACKSHOT_MODELS_DIR", "~/.packshot/models")).expanduser()


def _weights() -> Any:
    from pipelines import WeightStore

    return WeightStore(weights_folder())


def _ours(models: tuple[str, ...], *, quality: str, glass: bool) -> Method:
    """The product's whole path of a cutout, from the photo's bytes to the PNG's."""
    from pipelines import BUILT_IN, TemplateLibrary, load_matter, model_card
    from tests.pipelines.making import TinyStudio

    store = _weights()
    loaded = [load_matter(model_card(name), store.path(name)) for name in models]

    class Studio(TinyStudio):
        @contextmanager
        def matters(self, names: Sequence[str]) -> Iterator[Sequence[Any]]:
            yield loaded

    named = tuple(f"{name}@{model_card(name).revision}" for name in models)
    studio = Studio(TemplateLibrary(BUILT_IN))
    params = {"quality": quality, "glass": glass}
    return partial(_cut_out, studio=studio, models=named, params=params)


def _cut_out(data: bytes, *, studio: Any, models: tuple[str, ...], params: dict[str, Any]) -> bytes:
    from pipelines import Recipe, params_from, produce
    from pipelines.errors import ProductNotFound

    recipe = Recipe(
        kind="cutout",
        source=hashlib.sha256(data).hexdigest(),
        params=params_from("cutout", params),
        models=models,
    )
    try:
        return produce(recipe, data, name="photo", studio=studio).data
    except ProductNotFound:
        return b""


def _rembg(model: str, setting: dict[str, bool]) -> Method:
    """rembg's own `remove`, as its command line runs it, on our file of the weights."""
    import onnxruntime
    from rembg import remove
    from rembg.sessions import sessions_class

    from pipelines import model_card

    card, weights = model_card(model), str(_weights().path(model))
    base = next(kind for kind in sessions_class if kind.name() == card.rembg)

    class Local(base):  # type: ignore[misc, valid-type]
        @classmethod
        def download_models(cls, *_: Any, **__: Any) -> str:
            return weights

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = Local(card.rembg, options)

    def cut(data: bytes) -> bytes:
        return bytes(remove(data, session=session, **setting))

    return cut
