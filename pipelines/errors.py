"""What can go wrong while an image is made.

::

    PipelineError
    ├── ImageRefused            an input is not a picture we can work on
    │   ├── ImageUnreadable     empty, cut off, not an image, unknown format
    │   ├── ImageTooLarge       more pixels than may be decoded
    │   ├── ImageTooSmall       too few pixels to find a product in
    │   ├── ImageAnimated       several frames
    │   ├── ModelFileRefused    a 3D model that cannot be read or rendered
    │   ├── ObjectNotFound      a thing that was asked for is not in the render
    │   ├── ImageTransparent    every pixel is transparent
    │   ├── PersonNotFound      nobody wears the garment
    │   ├── PersonsSeveral      more than one person
    │   ├── PersonCutOff        a head without the garment
    │   ├── PersonFromBehind    a back, where a new face should be
    │   ├── GarmentNotFound     a person, but nothing that is worn
    │   └── ProductNotFound     the matting model saw no product
    ├── RecipeInvalid           a parameter is unknown or out of range
    ├── TemplateNotFound        no such scene template
    ├── TemplateInvalid         a template's folder is incomplete or contradicts itself
    ├── TemplateExists          a template of that name is there already
    ├── NoTemplateFits          no template is close to what a prompt asks for
    ├── IndexUnusable           the index of templates cannot be written
    ├── PresetNotFound          no such marketplace preset
    ├── PresetInvalid           a file of presets says what no channel can mean
    ├── PersonUnknown           nobody of that name in the library of persons
    ├── PersonInvalid           a person's file lacks something or contradicts itself
    ├── BrandNotFound           no such brand kit
    ├── BrandInvalid            a brand kit lacks something or contradicts itself
    ├── BrandForbids            a brand kit does not allow this template
    ├── TextForbidden           the channel allows no text on the image
    ├── TextUnplaceable         no free space holds the text at a readable size
    ├── GlyphsMissing           no font at hand draws some of the text's characters
    ├── FontMissing             the font for text is not on this machine
    ├── FontUnusable            a file that should be a font is none
    ├── ByteLimitUnreachable    no quality meets the preset's byte limits
    ├── ModelUnknown            no such model
    ├── ModelMissing            its weights are not on this machine
    ├── ModelCorrupt            its weights are not the ones that were asked for
    ├── DeviceMissing           a device was demanded that is not here, or does not work
    ├── ProfileInvalid          a file that describes a large model says what none can mean
    ├── CheckpointUnusable      a large model's files cannot be loaded or fetched
    ├── LicenceRefused          a model's licence needs the user's explicit word
    ├── OutOfMemory             the device cannot hold what a model needs
    ├── EditorNeeded            an edit without a model that edits
    ├── PaintingFailed          a large model gave no picture
    ├── SigningUnavailable      content credentials need a library that is not installed
    ├── SigningKeyUnusable      the key or certificate for content credentials cannot be used
    ├── RendererMissing         3D models need Blender's module, which is not here
    ├── ExtraMissing            an optional library is not installed
    └── Interrupted             the job was cancelled while it ran
"""

from collections.abc import Iterable
from difflib import get_close_matches


def nearest(name: str, known: Iterable[str]) -> str:
    """Return ", did you mean 'x'?" for the closest known name, or an empty string."""
    close = get_close_matches(name, list(known), n=1, cutoff=0.5)
    return f", did you mean '{close[0]}'?" if close else ""


class PipelineError(Exception):
    """Anything that stops one image from being made."""


class ImageRefused(PipelineError):
    """An input was refused: `name` is the file, `fact` names the limit, `fix` what to do."""

    def __init__(self, *, name: str, fact: str, fix: str) -> None:
        super().__init__(f"{name}: {fact}; {fix}")
        self.name, self.fact, self.fix = name, fact, fix


class ImageUnreadable(ImageRefused):
    """The bytes are no picture that can be decoded."""


class ImageTooLarge(ImageRefused):
    """More pixels than may be decoded."""


class ImageTooSmall(ImageRefused):
    """Too few pixels to find a product in."""


class ImageAnimated(ImageRefused):
    """Several frames where one picture is needed."""


class ImageTransparent(ImageRefused):
    """Every pixel is transparent: there is nothing to show."""


class ModelFileRefused(ImageRefused):
    """A 3D model that cannot be read or rendered."""


class ObjectNotFound(ImageRefused):
    """A thing that was asked for by name or id is not in the render."""


class PersonNotFound(ImageRefused):
    """Nobody wears the garment: there is no person to swap or to take away."""


class PersonsSeveral(ImageRefused):
    """More than one person is in the picture."""


class PersonCutOff(ImageRefused):
    """Only a head is in the picture; the garment is cut off."""


class PersonFromBehind(ImageRefused):
    """The person is seen from behind, so that no new face could be shown."""


class GarmentNotFound(ImageRefused):
    """A person is in the picture, but nothing that is worn."""


class ProductNotFound(ImageRefused):
    """The matting model saw nothing that stands out from the background."""


class RecipeInvalid(PipelineError):
    """A recipe's parameter is unknown or out of its range."""

    def __init__(self, *, field: str, value: object, limit: str) -> None:
        super().__init__(f"{field} = {value!r}: {limit}")
        self.field, self.value, self.limit = field, value, limit


class TemplateNotFound(PipelineError):
    """No folder of that name in any template library."""

    def __init__(self, *, name: str, known: Iterable[str]) -> None:
        self.name = name
        hint = nearest(name, known)
        super().__init__(f"no template '{name}'{hint} (`packshot templates list` shows all)")


class TemplateInvalid(PipelineError):
    """A template's folder is incomplete or contradicts itself."""

    def __init__(self, *, name: str, fact: str) -> None:
        super().__init__(f"template '{name}': {fact}")
        self.name, self.fact = name, fact


class TemplateExists(PipelineError):
    """A template of that name is there already."""

    def __init__(self, *, name: str) -> None:
        super().__init__(f"template '{name}' is there already; give --force to replace it")
        self.name = name


class NoTemplateFits(PipelineError):
    """No template is close to what a prompt asks for; `nearest` names the closest."""

    def __init__(self, *, prompt: str, nearest: Iterable[str], why: str) -> None:
        self.prompt, self.nearest, self.why = prompt, tuple(nearest), why
        closest = f"; the nearest are {', '.join(self.nearest)}" if self.nearest else ""
        super().__init__(
            f"no template fits '{prompt}' ({why}){closest}; use other words, or choose with "
            "--template (`packshot templates list` shows all)"
        )


class IndexUnusable(PipelineError):
    """The index of templates cannot be read or written."""

    def __init__(self, *, path: str, why: str) -> None:
        super().__init__(
            f"index of templates {path}: {why}; free some space, or delete it: it is made anew"
        )
        self.path, self.why = path, why


class PresetNotFound(PipelineError):
    """No marketplace preset of that name."""

    def __init__(self, *, name: str, known: Iterable[str]) -> None:
        known = sorted(known)
        self.name = name
        super().__init__(f"no preset '{name}'{nearest(name, known)} (known: {', '.join(known)})")


class PresetInvalid(PipelineError):
    """A file of presets says what no channel can mean; `line` is 0 where none can be told."""

    def __init__(self, *, file: str, line: int, fact: str, preset: str = "", key: str = "") -> None:
        where = f"{file}, line {line}" if line else file
        what = "".join(
            f" {word}:" for word in (f"preset '{preset}'" if preset else "", key) if word
        )
        super().__init__(f"{where}:{what} {fact}")
        self.file, self.line, self.fact, self.preset, self.key = file, line, fact, preset, key


class PersonUnknown(PipelineError):
    """Nobody of that name in the library of persons."""

    def __init__(self, *, name: str, known: Iterable[str]) -> None:
        known = sorted(known)
        self.name = name
        there = f"known: {', '.join(known)}" if known else "put NAME.toml into the folder persons"
        super().__init__(f"nobody is called '{name}'{nearest(name, known)} ({there})")


class PersonInvalid(PipelineError):
    """A person's file lacks something or contradicts itself; `key` is where."""

    def __init__(self, *, name: str, key: str, fact: str) -> None:
        super().__init__(f"person '{name}': {key}: {fact}")
        self.name, self.key, self.fact = name, key, fact


class BrandNotFound(PipelineError):
    """No brand kit of that name."""

    def __init__(self, *, name: str, known: Iterable[str]) -> None:
        known = sorted(known)
        self.name = name
        there = f"known: {', '.join(known)}" if known else "`packshot brands add FILE` adds one"
        super().__init__(f"no brand '{name}'{nearest(name, known)} ({there})")


class BrandInvalid(PipelineError):
    """A brand kit lacks something or contradicts itself; `key` is where, `fix` what to write."""

    def __init__(self, *, name: str, key: str, fact: str, fix: str) -> None:
        super().__init__(f"brand '{name}': {key}: {fact}; {fix}")
        self.name, self.key, self.fact, self.fix = name, key, fact, fix


class BrandForbids(PipelineError):
    """A brand kit does not allow this template."""

    def __init__(self, *, name: str, template: str, allowed: Iterable[str]) -> None:
        self.name, self.template, self.allowed = name, template, tuple(allowed)
        listed = ", ".join(self.allowed)
        super().__init__(f"brand '{name}' does not allow template '{template}'; it allows {listed}")


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


class ByteLimitUnreachable(PipelineError):
    """No quality that still looks right meets the byte limits."""

    def __init__(self, *, limit: str, reached_bytes: int, fix: str) -> None:
        super().__init__(f"the file has {reached_bytes:,} bytes, {limit}; {fix}")
        self.limit, self.reached_bytes = limit, reached_bytes


class ModelUnknown(PipelineError):
    """No model of that name is described."""

    def __init__(self, *, name: str, known: Iterable[str]) -> None:
        known = sorted(known)
        self.name = name
        super().__init__(f"no model '{name}'{nearest(name, known)} (known: {', '.join(known)})")


class ModelMissing(PipelineError):
    """The model is described, but its weights are not on this machine."""

    def __init__(self, *, name: str, why: str = "its weights are not on this machine") -> None:
        super().__init__(f"model '{name}': {why}; run `packshot models pull {name}`")
        self.name, self.why = name, why


class ModelCorrupt(PipelineError):
    """The file's SHA-256 is not the one recorded for the model, or `fact` says what is wrong."""

    def __init__(self, *, name: str, expected: str = "", found: str = "", fact: str = "") -> None:
        fact = fact or f"SHA-256 is {found[:12]}…, expected {expected[:12]}…"
        super().__init__(f"model '{name}': {fact}; run `packshot models pull {name} --force`")
        self.name, self.expected, self.found = name, expected, found


class ProfileInvalid(PipelineError):
    """A file that describes a large model says what none can mean."""

    def __init__(self, *, file: str, key: str, fact: str) -> None:
        where = f"{key} " if key and not fact.startswith("no such") else f"{key}: " if key else ""
        super().__init__(f"{file}: {where}{fact}")
        self.file, self.key, self.fact = file, key, fact


class CheckpointUnusable(PipelineError):
    """A large model's files cannot be loaded or fetched: `fix` says what to do."""

    def __init__(self, *, name: str, fact: str, fix: str) -> None:
        super().__init__(f"model '{name}': {fact}; {fix}")
        self.name, self.fact, self.fix = name, fact, fix


class LicenceRefused(PipelineError):
    """A model's licence allows no commercial use, and the user has not said that this is none."""

    def __init__(self, *, name: str, licence: str) -> None:
        self.name, self.licence = name, licence
        super().__init__(
            f"model '{name}': its licence ({licence}) forbids commercial use; if yours is none, "
            "say so with PACKSHOT_NONCOMMERCIAL=true or --noncommercial"
        )


class OutOfMemory(PipelineError):
    """The device cannot hold what a model needs for `pictures` pictures at once; 0: to load it."""

    def __init__(self, *, name: str, device: str, pictures: int) -> None:
        self.name, self.device, self.pictures = name, device, pictures
        at_once = f"{pictures} pictures at once" if pictures > 1 else "one picture"
        at_once = at_once if pictures else "its weights"
        super().__init__(f"model '{name}': {device} has too little memory for {at_once}")


class EditorNeeded(PipelineError):
    """An edit needs a model that edits; `instead` is a command that needs none, or ""."""

    def __init__(self, *, models: Iterable[str], instead: str) -> None:
        self.models, self.instead = tuple(models), instead
        known = "; ".join(self.models) or "none is described"
        exactly = f"; without a model, {instead}" if instead else ""
        super().__init__(f"an edit needs a model that edits, give --model: {known}{exactly}")


class PaintingFailed(PipelineError):
    """A large model gave no picture."""

    def __init__(self, *, name: str, why: str) -> None:
        self.name, self.why = name, why
        super().__init__(f"model '{name}' gave no picture: {why}")


class RendererMissing(PipelineError):
    """3D models need Blender's module, which is not here."""

    def __init__(self, *, why: str) -> None:
        self.why = why
        super().__init__(
            f"3D models are rendered by Blender: {why}; pip install 'packshot[render]' brings it "
            "for Python 3.11, or set PACKSHOT_BLENDER_PYTHON to an interpreter that has bpy"
        )


class ExtraMissing(PipelineError):
    """An optional library is not installed: `what` needs it, `extra` brings it."""

    def __init__(self, *, what: str, extra: str) -> None:
        self.what, self.extra = what, extra
        super().__init__(f"{what} need a library; pip install 'packshot[{extra}]' brings it")


class Interrupted(PipelineError):
    """The job was cancelled while it ran."""


class DeviceMissing(PipelineError):
    """A device was demanded that is not here; nothing falls back to another one in silence."""

    def __init__(self, *, device: str, why: str, fix: str) -> None:
        super().__init__(f"device {device} was asked for: {why}; {fix}, or use --device auto")
        self.device, self.why, self.fix = device, why, fix


class SigningUnavailable(PipelineError):
    """Content credentials need a library that is not installed."""

    def __init__(self) -> None:
        super().__init__(
            "content credentials need c2pa-python; pip install 'packshot[c2pa]', or leave "
            "--credentials out"
        )


class SigningKeyUnusable(PipelineError):
    """The key or certificate for content credentials cannot be used."""

    def __init__(self, *, path: str, why: str) -> None:
        super().__init__(f"{path}: {why}")
        self.path = path
