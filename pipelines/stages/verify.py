"""Check the finished picture, and the marketplace's rules on the very bytes that are kept."""

from dataclasses import dataclass, replace

from pipelines.checks.detail import detail_check
from pipelines.checks.edge import halo, halo_check
from pipelines.checks.lock import placed_lock, source_lock
from pipelines.checks.purity import purity_check
from pipelines.checks.text import View, overlaid_text_check, text_check, views
from pipelines.imaging.cutout import Cutout
from pipelines.imaging.decode import SourceImage
from pipelines.imaging.encode import SUFFIX
from pipelines.reading.reader import TextReader
from pipelines.report import Check, noted
from pipelines.rules import rule_checks
from pipelines.spec import CheckParams, SceneParams, WhiteParams
from pipelines.stages.company import named
from pipelines.stages.decency import decency
from pipelines.stages.shot import Shot, Studio, present

_WHITE = 255.0
_ALL_SEEN = 0.995
"""Of a product's pixels: below it, what it shows cannot be laid upon its photo."""


@dataclass(frozen=True, slots=True)
class Verify:
    """Product lock, edge, detail, white purity, and the marketplace's rules."""

    name: str = "check"
    photographed: bool = True
    """False where some of the cutout was reckoned or painted: no photo has its pixels."""

    def run(self, shot: Shot, studio: Studio) -> Shot:
        """Add what was checked to the report."""
        product = _product(shot, photographed=self.photographed)
        checks = [*product, *_white(shot), *_on_request(shot, studio)]
        return replace(shot, checks=(*shot.checks, *checks))


def _product(shot: Shot, *, photographed: bool) -> list[Check]:
    """What became of the merchant's products on the way into the picture."""
    if shot.company:
        return _products(shot)
    source, cutout, raster = present(shot.source), present(shot.cutout), present(shot.raster)
    checks: list[Check] = []
    if shot.placed is not None:
        checks.append(placed_lock(shot.placed, raster))
    checks += _of_source(shot, source, cutout, photographed=photographed)
    if shot.placed is not None:
        detail = detail_check(cutout, shot.placed, raster, source.rgb)
        checks += [detail] if detail is not None else []
    return checks


def _products(shot: Shot) -> list[Check]:
    """The same of each of several; what a nearer one covers is not looked at."""
    raster = present(shot.raster)
    checks: list[Check] = []
    for number, one in enumerate(shot.company):
        own = [placed_lock(present(one.seen), raster), *_of_source(shot, one.source, one.cutout)]
        if one.share_seen > _ALL_SEEN:
            detail = detail_check(one.cutout, present(one.placed), raster, one.source.rgb)
            own += [detail] if detail is not None else []
        checks += own if number == 0 else named(own, one)
    return checks


def _of_source(
    shot: Shot, source: SourceImage, cutout: Cutout, *, photographed: bool = True
) -> list[Check]:
    """What the cutout shows of its own photo."""
    if cutout.rgb.shape != source.rgb.shape:
        return []
    checks: list[Check] = []
    if photographed and not _tinted(shot):
        checks.append(source_lock(cutout, source.rgb))
    if source.alpha is None or source.mixed is not None:
        onto = _WHITE if isinstance(shot.recipe.params, WhiteParams) else None
        checks.append(halo_check(halo(cutout, source.rgb, onto=onto)))
    return checks


def _tinted(shot: Shot) -> bool:
    """Whether the product's colours were changed on request: that is bounded and judged apart."""
    params = shot.recipe.params
    return isinstance(params, SceneParams) and params.match_colour > 0


def _white(shot: Shot) -> list[Check]:
    params = shot.recipe.params
    if not isinstance(params, WhiteParams):
        return []
    covered = present(shot.placed).mask_in_frame()
    if shot.lettering is not None:
        covered |= shot.lettering
    checks = [purity_check(covered, present(shot.raster), shadow=params.shadow != "none")]
    if shot.rules is not None:
        encoded = present(shot.encoded)
        name = f"result{SUFFIX[encoded.format]}"
        checks += rule_checks(encoded.data, shot.rules, name=name)
    return checks


def _on_request(shot: Shot, studio: Studio) -> list[Check]:
    """What costs seconds, and is looked at only for those who ask."""
    params = shot.recipe.params
    if not isinstance(params, CheckParams):
        return []
    checks: list[Check] = []
    if params.check_text:
        checks += _text(shot, studio, params.text_models)
    return [*checks, *decency(shot, studio, params)]


def _text(shot: Shot, studio: Studio, models: str) -> list[Check]:
    if not models:
        return [noted("text on the product", "not checked: packshot models pull text-reader")]
    placed, raster = present(shot.placed), present(shot.raster)
    with studio.text_reader(models) as reader:
        beside = overlaid_text_check(raster, placed.alpha_in_frame(), shot.rules, reader)
        if not shot.company:
            source, cutout = present(shot.source), present(shot.cutout)
            return [_read_twice(views(source.rgb, cutout, placed, raster), reader), beside]
        checks = []
        for one in shot.company:
            whole = present(one.placed) if one.share_seen > _ALL_SEEN else None
            pair = whole and views(one.source.rgb, one.cutout, whole, raster)
            checks += named([_read_twice(pair or None, reader)], one)
        return [*checks, beside]


def _read_twice(pair: tuple[View, View] | None, reader: TextReader) -> Check:
    if pair is None:
        return noted(
            "text on the product", "not compared: the frame, or another product, cuts it off"
        )
    return text_check(*pair, reader)
