"""The same garment on another person, on nobody, or on somebody without a face."""

from dataclasses import dataclass
from typing import Literal

from pipelines.errors import RecipeInvalid
from pipelines.spec.checks import CheckParams
from pipelines.spec.declare import option
from pipelines.spec.enlarge import EnlargeParams
from pipelines.spec.frame import FrameParams
from pipelines.spec.matting import MattingParams
from pipelines.spec.origin import OriginParams
from pipelines.spec.output import OutputParams
from pipelines.spec.painting import PaintingParams, refuse_unreadable
from pipelines.spec.shadow import ShadowParams

Way = Literal["ghost", "faceless", "painted"]
Piece = Literal["all", "upper", "lower"]
Parser = Literal["auto", "none"]
Facelessness = Literal["nose", "chin", "blur"]
KEEP, WHITE = "keep", "white"
_GROUP = "The person"


@dataclass(frozen=True, kw_only=True)
class SwapParams(
    PaintingParams,
    OutputParams,
    OriginParams,
    CheckParams,
    ShadowParams,
    EnlargeParams,
    FrameParams,
    MattingParams,
):
    """Who wears it, where the garment is, and before what."""

    person: str = option(
        "", "Who shall wear it: ghost for nobody, faceless for the same body without a face, the "
        "name of a person in your library, or words: 'woman in her thirties, dark skin, short "
        "curly hair, smiling'.", group=_GROUP,
    )  # fmt: skip
    reference: str = option(
        "", "Picture of the person who shall wear it; needs that person's consent.",
        group=_GROUP, names_asset=True,
    )  # fmt: skip
    i_have_consent: bool = option(
        False, "Say that the person in the reference agreed to be shown; it is recorded.",
        group=_GROUP,
    )  # fmt: skip
    garment: str = option(
        "", "Picture of the photo's size, white on the garment: wins over what is found.",
        group=_GROUP, names_asset=True,
    )  # fmt: skip
    piece: Piece = option(
        "all", "What is sold of what is worn: upper (shirt, jacket, dress), lower (trousers, "
        "skirt), or all.", group=_GROUP,
    )  # fmt: skip
    parser: Parser = option(
        "auto", "Who tells the garment from its wearer: auto takes the clothes parser that your "
        "settings name (PACKSHOT_CLOTHES_PARSER) where there is one; none goes by colours and "
        "pose.", group=_GROUP,
    )  # fmt: skip
    faceless: Facelessness = option(
        "nose", "How a faceless picture is made: nose and chin cut the photo off below them, blur "
        "makes the face unrecognisable.", group=_GROUP,
    )  # fmt: skip
    background: str = option(
        "", "keep, white, or a template's name. Default: keep, and white for a ghost.",
        group="Frame",
    )  # fmt: skip
    spec: str = option("", "Marketplace preset to satisfy, before white; such as amazon-main.")
    spec_revision: str = option(
        "", "Digest of the preset's rules: an edited preset makes a new image.", by_us=True
    )
    template_revision: str = option(
        "", "Digest of the template's folder: an edited template makes a new image.", by_us=True
    )
    persona: str = option("", "The person in words, as the library says.", by_us=True)
    persona_seed: int = option(
        0, "The person's own seed in the library.", low=0, high=2**31 - 1, by_us=True
    )
    finder: str = option("", "Model that finds people, by revision.", by_us=True)
    face_judge: str = option("", "Model that compares faces, by revision.", by_us=True)
    clothes_parser: str = option(
        "", "Model that tells garments from their wearer, by revision.", by_us=True
    )

    def __post_init__(self) -> None:
        """Refuse wishes that contradict each other.

        Raises
        ------
        RecipeInvalid
        """
        super().__post_init__()
        refuse_unreadable("person", self.person)
        if not self.person and not self.reference:
            limit = "say who shall wear it: words, a name, ghost or faceless, or give reference"
            raise RecipeInvalid(field="person", value="", limit=limit)
        if self.reference:
            self._refuse_reference()
        if self.way == "painted" and not self.model:
            limit = "needs a model that paints: give model; ghost and faceless need none"
            raise RecipeInvalid(field="person", value=self.person, limit=limit)
        if self.way == "ghost" and self.background == KEEP:
            limit = "a ghost has no background to keep: white, or a template's name"
            raise RecipeInvalid(field="background", value=KEEP, limit=limit)
        if self.spec and self.before != WHITE:
            limit = "marketplaces' rules are for white: give background white"
            raise RecipeInvalid(field="spec", value=self.spec, limit=limit)

    def _refuse_reference(self) -> None:
        if not self.i_have_consent:
            limit = "a picture of a person needs that person's consent: say i_have_consent"
            raise RecipeInvalid(field="reference", value=self.reference, limit=limit)
        if self.way != "painted":
            limit = f"{self.person} shows nobody; leave reference out"
            raise RecipeInvalid(field="reference", value=self.reference, limit=limit)

    @property
    def way(self) -> Way:
        """How the swap is made."""
        if self.person in ("ghost", "faceless"):
            return self.person  # type: ignore[return-value]  # one of the two, as just compared
        return "painted"

    @property
    def is_retouched(self) -> bool:
        """Whether pixels are reckoned that no camera saw: insides of ghosts, blurred faces."""
        return self.way == "ghost" or (self.way == "faceless" and self.faceless == "blur")

    @property
    def before(self) -> str:
        """What it is shown before: keep, white, or a template's name."""
        return self.background or (WHITE if self.way == "ghost" else KEEP)

    @property
    def template(self) -> str:
        """The template's name; "" where none is used."""
        return "" if self.before in (KEEP, WHITE) else self.before
