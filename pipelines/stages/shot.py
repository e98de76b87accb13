"""What stages hand to each other, and what they may ask for."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

import numpy as np
import numpy.typing as npt

from pipelines.brands import BrandLibrary
from pipelines.errors import Interrupted
from pipelines.generate.port import Generator
from pipelines.imaging.company import share_seen
from pipelines.imaging.cutout import Cutout
from pipelines.imaging.decode import SourceImage
from pipelines.imaging.encode import Encoded
from pipelines.imaging.placement import Placed
from pipelines.library import Template
from pipelines.matting.consensus import Matter
from pipelines.person import ClothesParser, FaceJudge, PersonFinder
from pipelines.presets import Preset
from pipelines.provenance.marks import Marks
from pipelines.reading.reader import TextReader
from pipelines.report import Check
from pipelines.safety import SafetyJudge
from pipelines.spec import Recipe
from pipelines.upscale import Upscaler

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A cutout, and what was checked while it was made."""

    cutout: Cutout
    checks: tuple[Check, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Companion:
    """One of several products in a picture.

    Attributes
    ----------
    name
        The source as messages name it.
    placed, seen
        Where it is, and of that what no nearer product covers.
    """

    name: str
    source: SourceImage
    cutout: Cutout
    placed: Placed | None = None
    seen: Placed | None = None

    @property
    def share_seen(self) -> float:
        """Share of the product that the picture shows, [0, 1]."""
        return share_seen(present(self.placed), present(self.seen))


class Control(Protocol):
    """What a running job hears and says."""

    def cancelled(self) -> bool:
        """Whether to stop at the next chance."""
        ...

    def progress(self, fraction: float) -> None:
        """Say how far the job is, 0 to 1."""
        ...


class Unheard:
    """The control of a call that nobody watches or stops."""

    def cancelled(self) -> bool:
        """Nobody cancels."""
        return False

    def progress(self, fraction: float) -> None:
        """Nobody listens."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """One image on its way; a stage fills in what comes next with `dataclasses.replace`.

    Attributes
    ----------
    name
        The source's file name, for messages only.
    rules
        The channel's, where the recipe names one.
    raster
        uint8 (H, W, 3) or (H, W, 4), sRGB: the finished picture before encoding.
    company
        All products of a picture that shows several, this shot's own first; else empty. They are
        `placed` as one.
    lettering
        bool (H, W): pixels that words, label or logo changed.
    control
        What the running job hears and says; a stage that takes long asks it.
    """

    recipe: Recipe
    name: str
    data: bytes
    source: SourceImage | None = None
    cutout: Cutout | None = None
    placed: Placed | None = None
    company: tuple[Companion, ...] = ()
    rules: Preset | None = None
    raster: npt.NDArray[np.uint8] | None = None
    lettering: npt.NDArray[np.bool_] | None = None
    encoded: Encoded | None = None
    marks: Marks = field(default_factory=Marks)
    checks: tuple[Check, ...] = ()
    control: Control = field(default_factory=Unheard)


def present(value: T | None) -> T:
    """Return what an earlier stage must have made."""
    if value is None:
        msg = "a stage ran before the one that makes what it needs"
        raise RuntimeError(msg)
    return value


class Studio(Protocol):
    """What stages may ask for: leased models and templates."""

    def matters(self, names: Sequence[str]) -> AbstractContextManager[Sequence[Matter]]:
        """Lease matting models by ``name@revision``; they are read-only and shared."""
        ...

    def generator(self, name: str) -> AbstractContextManager[Generator]:
        """Lease a large model that paints, by ``profile@revision``."""
        ...

    def upscaler(self, name: str) -> AbstractContextManager[Upscaler]:
        """Lease a network that enlarges, by ``name@revision``."""
        ...

    def text_reader(self, name: str) -> AbstractContextManager[TextReader]:
        """Lease what reads text, by ``name@revision``."""
        ...

    def safety_judge(self, name: str) -> AbstractContextManager[SafetyJudge]:
        """Lease what scores pictures, by ``name@revision``."""
        ...

    def person_finder(self, name: str) -> AbstractContextManager[PersonFinder]:
        """Lease what finds people, by ``name@revision``."""
        ...

    def face_judge(self, name: str) -> AbstractContextManager[FaceJudge]:
        """Lease what compares faces, by ``name@revision``."""
        ...

    def clothes_parser(self, name: str) -> AbstractContextManager[ClothesParser]:
        """Lease what tells garments from who wears them, by ``family@revision``."""
        ...

    def asset(self, digest: str) -> bytes:
        """Read the bytes of an image that a parameter names."""
        ...

    @property
    def brands(self) -> BrandLibrary:
        """Brand kits, and the fonts that set text."""
        ...

    def preset(self, name: str) -> Preset:
        """Look up a channel's rules."""
        ...

    def template(self, name: str) -> Template:
        """Load a scene template."""
        ...

    def cutout(self, key: str, find: Callable[[], Found]) -> Found:
        """Return what was found under this key before, or find it now: many recipes share one."""
        ...


class Stage(Protocol):
    """One step."""

    @property
    def name(self) -> str:
        """What the step is called in messages."""
        ...

    def run(self, shot: Shot, studio: Studio) -> Shot:
        """Map the state to the next."""
        ...


def run_stages(stages: Sequence[Stage], shot: Shot, *, studio: Studio) -> Shot:
    """Run stages in order, listening for cancellation between them.

    Raises
    ------
    Interrupted, and whatever a stage raises
    """
    for done, stage in enumerate(stages):
        if shot.control.cancelled():
            raise Interrupted(f"{shot.name}: cancelled before {stage.name}")
        shot.control.progress(done / len(stages))
        shot = stage.run(shot, studio)
    return shot
