"""Complete what a request leaves open about brand and words, and refuse what is not allowed."""

from dataclasses import replace
from typing import TypeVar

from pipelines.brands.kit import LABEL_TEXT, Brand
from pipelines.brands.library import BrandLibrary
from pipelines.errors import TextForbidden
from pipelines.presets import Preset
from pipelines.spec.overlay import OverlayParams

P = TypeVar("P", bound=OverlayParams)


def allows_text(rules: Preset | None) -> bool:
    """Whether text, logos and labels may stand on an image for a channel."""
    return rules is None or rules.text_allowed


def settle(params: P, library: BrandLibrary, *, rules: Preset | None, template: str = "") -> P:
    """Fill in the revisions of brand and fonts, and hold the request against brand and channel.

    Raises
    ------
    BrandNotFound, BrandInvalid, BrandForbids, TextForbidden, FontMissing, GlyphsMissing
    """
    brand = library.get(params.brand)
    if template:
        brand.allow(template)
    if rules is not None and params.asked_words and not allows_text(rules):
        raise TextForbidden(preset=rules.name, field=params.asked_words[0])
    settled = replace(params, brand_revision=brand.revision)
    texts = _texts(params, brand, rules)
    if not texts:
        return settled
    setter = library.typesetter(brand)
    for text, heading in texts:
        setter.refuse_missing(text, heading=heading)
    return replace(settled, text_fonts=setter.digest)


def label_of(params: OverlayParams, brand: Brand, rules: Preset | None) -> str:
    """The visible label's text: as asked for, else as the brand wants it where text is allowed."""
    if params.label:
        return LABEL_TEXT[params.label]
    return LABEL_TEXT[brand.label] if allows_text(rules) else ""


def _texts(params: OverlayParams, brand: Brand, rules: Preset | None) -> list[tuple[str, bool]]:
    """Every text that will be drawn, and whether the heading's fonts set it."""
    texts = [(params.headline_lines, True), (params.badge_lines, True)]
    texts += [(one, False) for one in params.selling_points]
    texts.append((label_of(params, brand, rules), False))
    return [one for one in texts if one[0]]
