"""A merchant's words on the picture, and the brand kit that says how they look."""

from dataclasses import dataclass
from typing import Literal

from pipelines.errors import RecipeInvalid
from pipelines.spec.declare import Declared, option

BadgeShape = Literal["round", "pill", "ribbon"]
TextSide = Literal["auto", "left", "right", "top", "bottom"]
Label = Literal["none", "zh", "en"]

LINE_MARK = "|"
_GROUP = "Words on the picture"
_MOST_CHARACTERS = {"headline": 120, "points": 400, "badge": 40}
_MOST_POINTS = 6


@dataclass(frozen=True, kw_only=True)
class OverlayParams(Declared):
    """Headline, selling points, badge, label and logo; all left out by default."""

    brand: str = option(
        "", "Brand kit: its colours, fonts, logo and rules; `packshot brands list`.", group=_GROUP
    )
    brand_revision: str = option(
        "", "Digest of the brand kit's files: an edited kit makes a new image.", by_us=True
    )
    headline: str = option(
        "", "Headline as it shall be read, in Chinese or English; | starts a line.", group=_GROUP
    )
    points: str = option("", "Selling points, with | between them.", group=_GROUP)
    badge: str = option("", "Text of a promotion badge; | starts a line.", group=_GROUP)
    badge_shape: BadgeShape | Literal[""] = option(
        "", "Shape of the badge; default: the brand's, or round.", group=_GROUP
    )
    text_side: TextSide = option("auto", "Where headline and points go.", group=_GROUP)
    label: Label | Literal[""] = option(
        "", "Visible AI label (GB 45438-2025); default: as the brand says, or none.", group=_GROUP
    )
    text_fonts: str = option(
        "", "Digest of the fonts that set the text: another font makes a new image.", by_us=True
    )

    def __post_init__(self) -> None:
        """Refuse texts that no picture holds, and characters that are none."""
        super().__post_init__()
        for name, most in _MOST_CHARACTERS.items():
            _refuse_text(name, getattr(self, name), most)
        if len(self.selling_points) > _MOST_POINTS:
            raise RecipeInvalid(
                field="points", value=self.points, limit=f"at most {_MOST_POINTS} points"
            )

    @property
    def headline_lines(self) -> str:
        """The headline with line feeds where the merchant wants lines to end."""
        return _lines(self.headline)

    @property
    def badge_lines(self) -> str:
        """The badge's text with line feeds."""
        return _lines(self.badge)

    @property
    def selling_points(self) -> tuple[str, ...]:
        """The points, one by one."""
        return tuple(one for one in _lines(self.points).splitlines() if one)

    @property
    def asked_words(self) -> tuple[str, ...]:
        """Names of the parameters by which this image asks for text."""
        named = ("headline", "points", "badge")
        asked = tuple(name for name in named if _lines(getattr(self, name)))
        return (*asked, "label") if self.label in {"zh", "en"} else asked


def _lines(text: str) -> str:
    parts = text.replace(LINE_MARK, "\n").splitlines()
    return "\n".join(part.strip() for part in parts if part.strip())


def _refuse_text(name: str, text: str, most: int) -> None:
    if len(text) > most:
        shown = f"{text[:20]}…"
        raise RecipeInvalid(field=name, value=shown, limit=f"at most {most} characters")
    if not all(one.isprintable() or one in "\n\t" for one in text):
        raise RecipeInvalid(field=name, value=text, limit="must hold printable characters only")
