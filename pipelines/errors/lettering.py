"""What keeps words off a picture."""

from collections.abc import Iterable

from pipelines.errors.base import PipelineError


class TextForbidden(PipelineError):
    """The channel allows no text on the image."""

    def __init__(self, *, preset: str, field: str) -> None:
        self.preset, self.field = preset, field
        super().__init__(
            f"{field}: preset '{preset}' forbids text on the image; "
            f"leave {field} out, or make a second image without --spec"
        )


class TextUnplaceable(PipelineError):
    """No free space holds the text at a readable size."""

    def __init__(self, *, part: str, text: str, fix: str) -> None:
        shown = text if len(text) <= 40 else f"{text[:39]}…"
        super().__init__(f"{part} '{shown}': no free space holds it at a readable size; {fix}")
        self.part, self.text, self.fix = part, text, fix


class GlyphsMissing(PipelineError):
    """No font at hand draws some of the text's characters."""

    def __init__(self, *, characters: str, fonts: Iterable[str]) -> None:
        self.characters, self.fonts = characters, tuple(fonts)
        shown = " ".join(f"'{one}' (U+{ord(one):04X})" for one in characters[:8])
        more = f" and {len(characters) - 8} more" if len(characters) > 8 else ""
        super().__init__(
            f"no font draws {shown}{more}; looked in {', '.join(self.fonts) or 'no font'}; "
            "leave them out, or name a font that has them in a brand kit"
        )


class FontMissing(PipelineError):
    """The font for text is not on this machine."""

    def __init__(self, *, name: str, why: str = "it is not on this machine") -> None:
        self.name, self.why = name, why
        super().__init__(f"font '{name}': {why}; run `packshot brands font`, or use a brand kit's")


class FontUnusable(PipelineError):
    """A file that should be a font is none, or is damaged."""

    def __init__(self, *, file: str, fact: str) -> None:
        super().__init__(f"font '{file}': {fact}; name a .ttf, .otf or .ttc file")
        self.file, self.fact = file, fact
