"""A product as a page shows it: before and after, its other images, what was checked on each."""

from dataclasses import dataclass

from studio.services.demo.story import Picture, ProductStory, VariantStory
from studio.services.image_links import named_by
from studio.web.check_view import CheckView
from studio.web.experiment_view import ExperimentView, experiment_view
from studio.web.group_words import group_phrase
from studio.web.palette import variant_colours
from studio.web.pictures import data_uri, smaller
from studio.web.truth import judged_groups, standing_promotions
from studio.web.verdicts import Statement, short_status
from studio.web.wording import counted, percent, probability

_HERO_PX = 640
_THUMB_PX = 176

_REASONS = {
    "promoted": "Promoted winner",
    "test": "Still in the test",
    "holdout": "Held back from the winner, to keep measuring",
    "default": "Default image",
    "outside_layer": "Default image: not in the test's part of its layer",
    "unknown_item": "Unknown item",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageView:
    """A picture with its caption; `passed` is None for a picture that no check was made on."""

    title: str
    label: str
    src: str
    alt: str
    width_px: int
    height_px: int
    colour: str | None = None
    won: bool = False
    passed: bool | None = None
    summary: str = ""
    checks: tuple[CheckView, ...] = ()

    @property
    def failures(self) -> tuple[CheckView, ...]:
        """The checks that failed."""
        return tuple(check for check in self.checks if check.outcome == "fail")

    @property
    def measured(self) -> tuple[CheckView, ...]:
        """The checks that could fail, notes left out."""
        return tuple(check for check in self.checks if check.outcome != "note")


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerView:
    """What the feed said to one shopper."""

    shopper: str
    attributes: tuple[str, ...]
    thumb: str | None
    title: str
    reason: str
    won: bool
    propensity: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductView:
    """All of a product."""

    anchor: str
    title: str
    category: str
    description: str
    status: Statement
    hero: ImageView
    before: ImageView
    afters: tuple[ImageView, ...]
    others: tuple[ImageView, ...]
    thumbs: dict[str, str]
    promotions: tuple[tuple[str, str, str], ...]
    answers: tuple[AnswerView, ...]
    test: ExperimentView

    @property
    def images(self) -> tuple[ImageView, ...]:
        """The images that were made."""
        return (*self.afters, *self.others)


def product_view(product: ProductStory, number: int) -> ProductView:
    """Everything that a page tells of a product; `number` counts from 1."""
    thumbs = {one.name: smaller(one.picture, _THUMB_PX) for one in product.variants}
    winners = _after(product)
    by_name = {one.name: one for one in product.variants}
    first = by_name[next(iter(winners))]
    return ProductView(
        anchor=f"product-{number}",
        title=product.title,
        category=product.category,
        description=product.description,
        status=short_status(product),
        hero=_plain(smaller(first.picture, _HERO_PX), first.picture, alt=_alt(product, first)),
        before=_plain(
            data_uri(product.photo), product.photo, alt=f"{product.title}, the seller’s photo"
        ),
        afters=tuple(_image(product, by_name[name], label) for name, label in winners.items()),
        others=tuple(
            _image(product, one, "") for one in product.variants if one.name not in winners
        ),
        thumbs=thumbs,
        promotions=_promotions(product),
        answers=_answers(product, thumbs),
        test=experiment_view(product),
    )  # fmt: skip


def _plain(src: str, picture: Picture, *, alt: str) -> ImageView:
    return ImageView(
        title=alt, label="", src=src, alt=alt,
        width_px=picture.width_px, height_px=picture.height_px,
    )  # fmt: skip


def _alt(product: ProductStory, one: VariantStory) -> str:
    return f"{product.title}, {one.title}"


def _after(product: ProductStory) -> dict[str, str]:
    """Variant to label of what shoppers see now: the winners, or else the default."""
    standing = standing_promotions(product)
    known = {one.name for one in product.variants}
    labels: dict[str, list[str]] = {}
    for segment, promotion in standing.items():
        if promotion.variant in known:
            labels.setdefault(promotion.variant, []).append(
                group_phrase(segment, list(product.segments))
            )
    if not labels:
        return {product.analysis.control: "After: the default image, no winner was promoted"}
    whole = len(judged_groups(product)) == len(standing) and len(labels) == 1
    return {
        name: "After: the winner" if whole else f"After, for {' and '.join(who)}"
        for name, who in labels.items()
    }


def _image(product: ProductStory, one: VariantStory, label: str) -> ImageView:
    colours = variant_colours([variant.name for variant in product.variants])
    checks = tuple(
        CheckView(
            name=check.get("name", ""),
            value=check.get("value", ""),
            limit=check.get("limit", ""),
            outcome=check.get("outcome", "note"),
            fix=check.get("fix", ""),
        )
        for check in one.checks
    )
    return ImageView(
        title=one.title,
        label=label,
        src=data_uri(one.picture),
        alt=_alt(product, one),
        width_px=one.picture.width_px,
        height_px=one.picture.height_px,
        colour=colours[one.name],
        won=any(p.variant == one.name for p in standing_promotions(product).values()),
        passed=one.passed,
        summary=_summary(checks),
        checks=checks,
    )


def _summary(checks: tuple[CheckView, ...]) -> str:
    measured = [check for check in checks if check.outcome != "note"]
    failed = sum(check.outcome == "fail" for check in measured)
    if failed:
        return f"{failed} of {counted(len(measured), 'check')} failed"
    return f"{counted(len(measured), 'check')} passed"


def _promotions(product: ProductStory) -> tuple[tuple[str, str, str], ...]:
    titles = {one.name: one.title for one in product.variants}
    return tuple(
        (
            f"Day {promotion.day}",
            f"“{titles.get(promotion.variant, promotion.variant)}” for "
            f"{group_phrase(promotion.segment, list(product.segments))}",
            promotion.reason,
        )
        for promotion in product.promotions
    )


def _answers(product: ProductStory, thumbs: dict[str, str]) -> tuple[AnswerView, ...]:
    titles = {one.name: one.title for one in product.variants}
    by_asset = {one.picture.asset: one.name for one in product.variants}
    views = []
    for answer in product.feed:
        decision = answer.decision
        name = decision.variant or by_asset.get(named_by(decision.image or ""))
        views.append(
            AnswerView(
                shopper=answer.shopper,
                attributes=tuple(
                    f"{key}: {_said(said)}" for key, said in answer.attributes.items()
                ),
                thumb=thumbs.get(name or ""),
                title=titles.get(name or "", decision.image or "no image"),
                reason=_REASONS.get(str(decision.reason), str(decision.reason)),
                won=str(decision.reason) == "promoted",
                propensity=_chance(decision.propensity),
            )
        )
    return tuple(views)


def _chance(propensity: float | None) -> str:
    """The share of such shoppers who get this image; only a certain choice reads 100%."""
    if propensity is None:
        return "by hand"
    return probability(propensity) if 0.999 < propensity < 1.0 else percent(propensity)


def _said(value: object) -> str:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)
