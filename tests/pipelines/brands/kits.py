"""Brand kits for tests, with a Latin font that Pillow carries."""

from pathlib import Path

from PIL import ImageFont


def write_kit(folder: Path, more: str = "", *, name: str = "acorn") -> Path:
    """Write a kit whose text font lies beside it; `more` is added to its text."""
    font = ImageFont.load_default(16)
    assert isinstance(font, ImageFont.FreeTypeFont)
    (folder / "text.ttf").write_bytes(font.font_bytes)
    path = folder / f"{name}.toml"
    path.write_text(f'schema = 1\n[fonts]\ntext = "text.ttf"\n{more}\n', encoding="utf-8")
    return path
