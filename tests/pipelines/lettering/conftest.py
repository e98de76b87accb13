"""Fonts for tests: a Latin one that Pillow carries, and the Chinese one where it was pulled."""

import os
from pathlib import Path

import pytest
from PIL import ImageFont

from pipelines.lettering import FontFace, FontStack, FontStore, Typesetter


@pytest.fixture(scope="session")
def latin(tmp_path_factory: pytest.TempPathFactory) -> FontFace:
    """A real font of some hundred Latin glyphs, of one weight."""
    font = ImageFont.load_default(16)
    assert isinstance(font, ImageFont.FreeTypeFont)
    path = tmp_path_factory.mktemp("fonts") / "latin.ttf"
    path.write_bytes(font.font_bytes)
    return FontFace(path=path)


@pytest.fixture(scope="session")
def chinese() -> FontFace:
    """The font that `packshot brands font` pulls; `make test` pulls it before it starts."""
    models = Path(os.environ.get("PACKSHOT_MODELS_DIR", "~/.packshot/models")).expanduser()
    store = FontStore(models / "fonts")
    if not store.has("noto-sans-sc"):
        pytest.skip("font noto-sans-sc is not here; run `packshot brands font`")
    return store.face("noto-sans-sc")


@pytest.fixture
def setter(latin: FontFace) -> Typesetter:
    """Sets Latin text without any download."""
    return Typesetter(stack=FontStack(faces=(latin,)))
