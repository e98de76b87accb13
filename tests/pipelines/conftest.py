"""A studio without downloads, and the real one where its weights are."""

import os
from pathlib import Path

import pytest

from pipelines import TemplateLibrary, WeightStore
from tests.pipelines.making import TinyStudio, write_template


@pytest.fixture
def studio(tmp_path: Path) -> TinyStudio:
    """A studio with one template, ``table``."""
    root = tmp_path / "templates"
    write_template(root, "table")
    return TinyStudio(TemplateLibrary(root))


@pytest.fixture(scope="session")
def weights() -> WeightStore:
    """The pulled weights; `make test` pulls them before it starts."""
    store = WeightStore(
        Path(os.environ.get("PACKSHOT_MODELS_DIR", "~/.packshot/models")).expanduser()
    )
    for name in ("u2netp", "text-reader", "safety"):
        if not store.has(name):
            pytest.skip(f"model {name} is not here; run `packshot models pull {name}`")
    return store
