"""All sample products that there are, found by their modules' names."""

from __future__ import annotations

import importlib
import pkgutil

from pipelines.render.products import items
from pipelines.render.products.sample import Sample


def sample_names() -> list[str]:
    """All sample products, by name."""
    modules = (module.name for module in pkgutil.iter_modules(items.__path__))
    return sorted(name.replace("_", "-") for name in modules)


def load_sample(name: str) -> Sample:
    """The sample of that name.

    Raises
    ------
        KeyError: there is none
    """
    if name not in sample_names():
        raise KeyError(name)
    module = importlib.import_module(f"{items.__name__}.{name.replace('-', '_')}")
    sample: Sample = module.SAMPLE
    return sample
