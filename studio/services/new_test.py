"""A new test as a merchant asks for it, checked before it is written."""

from __future__ import annotations

from dataclasses import dataclass, field

from abtest import SLOTS, AbtestError, Segment, check_segments
from studio.services.errors import TestInvalid
from studio.services.experiment_options import TestOptions

MAX_IMAGE_CHARS = 2048
MAX_NAME_CHARS = 64
MAX_ITEM_CHARS = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class NewVariant:
    """A variant of a new test: a name, and the image's digest, URL or path."""

    name: str
    image: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTest:
    """What a merchant asks for.

    Parameters
    ----------
        item          : id of the product in the merchant's shop
        variants      : 2 to 20
        control       : variant that is shown today; None takes the first
        default_image : shown where no test decides; None takes the control's image
        segments      : in order of priority
        options       : how it is run and judged
        accept_failed : whether images that failed a check were let in on purpose, for the audit
    Raises              TestInvalid
    """

    item: str
    variants: tuple[NewVariant, ...]
    control: str | None = None
    default_image: str | None = None
    segments: tuple[Segment, ...] = ()
    options: TestOptions = field(default_factory=TestOptions)
    accept_failed: bool = False

    def __post_init__(self) -> None:
        _check_text("item", self.item, MAX_ITEM_CHARS)
        if not 2 <= len(self.variants) <= SLOTS:
            raise TestInvalid(
                field="variants", why=f"{len(self.variants)} given; a test has 2 to {SLOTS}"
            )
        names = [variant.name for variant in self.variants]
        for i, variant in enumerate(self.variants):
            _check_text(f"variants[{i}].name", variant.name, MAX_NAME_CHARS)
            _check_text(f"variants[{i}].image", variant.image, MAX_IMAGE_CHARS)
            if names.count(variant.name) > 1:
                raise TestInvalid(field=f"variants[{i}].name", why=f"{variant.name!r} occurs twice")
        if self.control is not None and self.control not in names:
            raise TestInvalid(field="control", why=f"not one of {', '.join(names)}")
        if self.default_image is not None:
            _check_text("default_image", self.default_image, MAX_IMAGE_CHARS)
        self._check_options(len(names))

    def _check_options(self, arms: int) -> None:
        try:
            check_segments(self.segments)
        except AbtestError as error:
            raise TestInvalid(field="segments", why=str(error)) from error
        try:
            self.options.allocation.floor_for(arms)
        except AbtestError as error:
            raise TestInvalid(field="options.allocation.floor", why=str(error)) from error


def _check_text(name: str, value: str, limit: int) -> None:
    if not value.strip():
        raise TestInvalid(field=name, why="a text is needed")
    if len(value) > limit:
        raise TestInvalid(field=name, why=f"{len(value)} characters; at most {limit}")
    if not value.isprintable():
        raise TestInvalid(field=name, why="it holds characters that cannot be printed")
