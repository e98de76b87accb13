"""Judge what a model answered, and take from it what it was asked to change."""

from dataclasses import dataclass, replace
from functools import cached_property

import cv2
import numpy as np
import numpy.typing as npt

from pipelines.checks.drift import Drift, DriftLimits, drift_check, find_drift, register
from pipelines.checks.painted import Painting, blank_check, noise_check, size_check
from pipelines.editing.blend import blend
from pipelines.editing.cast import cast_check, find_cast
from pipelines.editing.change import find_change, within
from pipelines.editing.original import Original
from pipelines.editing.told import change_check, in_place_check, told_of_change
from pipelines.imaging.cutout import OPAQUE
from pipelines.painting.bucket import Fit, nearest_bucket
from pipelines.report import Check

Rgb = npt.NDArray[np.uint8]
Map = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]

_GUARD_PX = 4.0
"""How far a model's own rendering of the product bleeds over its outline, in the model's pixels."""
_AREA_FADE_PX = 6.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """The edited picture that came of one answer.

    Attributes
    ----------
    raster
        uint8 (H, W, 3): the original's bytes wherever `share` is 0.
    share
        float32 (H, W) in [0, 1]: how much of each pixel is the model's.
    checks
        What was looked at.
    usable
        Whether anything could be taken: not of noise, of another picture or of one that moved far.
    """

    raster: Rgb
    share: Map
    checks: tuple[Check, ...]
    usable: bool = True

    @property
    def passed(self) -> bool:
        """Whether nothing failed."""
        return not self.failures

    @property
    def failures(self) -> tuple[Check, ...]:
        """The checks that failed."""
        return tuple(one for one in self.checks if one.outcome == "fail")


@dataclass(frozen=True, kw_only=True)
class Question:
    """An original as a model is shown it, and what its answers are compared with."""

    original: Original
    fit: Fit

    @classmethod
    def of(cls, original: Original, buckets: tuple[tuple[int, int], ...]) -> "Question":
        """Fit an original into the bucket that it fills best."""
        height, width = original.rgb.shape[:2]
        return cls(original=original, fit=nearest_bucket((width, height), buckets))

    @cached_property
    def picture(self) -> Rgb:
        """uint8 (h, w, 3), of the bucket's size."""
        return self.fit.into(self.original.rgb, self.original.rgb)

    @cached_property
    def mask(self) -> Map:
        """float32 (h, w): 1 where the edit may happen."""
        if self.original.area is None:
            return np.ones(self.picture.shape[:2], np.float32)
        return (self.fit.plane(self.original.area.astype(np.float32)) > 0.5).astype(np.float32)

    @cached_property
    def inside(self) -> Mask:
        """Where the bucket shows the picture, not its continued edge, bool (h, w)."""
        inside = np.zeros(self.picture.shape[:2], np.bool_)
        left, top = self.fit.corner_px
        inside[top : top + self.fit.inner_px[1], left : left + self.fit.inner_px[0]] = True
        return inside

    @cached_property
    def product(self) -> Mask:
        """The product's inside, away from its edge, bool (h, w)."""
        if self.original.alpha is None:
            return np.zeros(self.picture.shape[:2], np.bool_)
        solid = (self.fit.plane(self.original.alpha) >= OPAQUE).astype(np.uint8)
        return np.asarray(cv2.erode(solid, np.ones((5, 5), np.uint8)) > 0)

    @property
    def stays(self) -> Mask:
        """What should be found again in an answer, bool (h, w)."""
        if self.original.area is None:
            return self.inside
        return self.inside & (self.mask < 0.5) | (self.product if self.original.locked else False)

    def enlarged(self, plane: Map) -> Map:
        """A map of the bucket at the original's size and place."""
        left, top = self.fit.corner_px
        width, height = self.fit.inner_px
        window = np.ascontiguousarray(plane[top : top + height, left : left + width])
        return np.asarray(
            cv2.resize(window, self.fit.frame_px, interpolation=cv2.INTER_LINEAR), np.float32
        )


def take(question: Question, answer: Rgb) -> Taken:
    """Judge one answer; what fails early is not taken from at all.

    Parameters
    ----------
    answer : what the model gave, of any shape: it is looked at before it is used
    """
    size = size_check(question.picture, answer)
    if size.outcome == "fail":
        return _nothing(question, (size,))
    nothing = np.zeros(answer.shape[:2], np.bool_)
    painting = Painting(
        before=question.picture, after=answer, kept=nothing, product=question.product
    )
    checks: tuple[Check, ...] = (blank_check(painting), noise_check(painting))
    if any(one.outcome == "fail" for one in checks):
        return _nothing(question, checks)
    drift = _drift(question, answer)
    checks = (drift_check(drift),)
    if checks[0].outcome == "fail":
        return _nothing(question, checks)
    return _taken(question, answer, drift, checks)


def _taken(question: Question, answer: Rgb, drift: Drift, checks: tuple[Check, ...]) -> Taken:
    original = question.original
    back = register(answer, drift)
    valid = question.inside & back.covered
    cast = find_cast(question.picture, back.rgb, question.stays & valid, question.product)
    painted = cast.undone(back.rgb, question.picture)
    checks += (cast_check(cast),)
    if original.lock is not None:
        again = find_drift(question.picture, painted, question.product & valid)
        checks += (in_place_check(again),)
    change = find_change(question.picture, painted, valid)
    raster, share = _blended(question, painted, change.taken)
    core = question.enlarged(change.core.astype(np.float32)) > 0.5
    checks += (change_check(original, core, raster), *told_of_change(original, raster))
    return Taken(raster=raster, share=share, checks=checks)


def _blended(question: Question, painted: Rgb, taken: Map) -> tuple[Rgb, Map]:
    """The edited picture, and how much of each of its pixels is the model's."""
    original, fit = question.original, question.fit
    share = question.enlarged(taken)
    share[share < 1 / 255] = 0
    if original.area is not None:
        share = within(share, original.area, fade_px=_AREA_FADE_PX / fit.scale)
    raster, share = blend(
        original.rgb, fit.back(painted), share, lock=original.lock, guard_px=_GUARD_PX / fit.scale
    )
    if original.area is None:
        return raster, share
    # Near a product a share is carried inwards, over the area's edge where that is aslant.
    inside = original.area
    return np.where(inside[..., None], raster, original.rgb), np.where(inside, share, np.float32(0))


def _drift(question: Question, answer: Rgb) -> Drift:
    """By all that should stay; where most of that was painted anew, by the product alone."""
    limits = DriftLimits()
    whole = find_drift(question.picture, answer, question.stays)
    if whole.told and not limits.refuse(whole):
        return whole
    product = find_drift(question.picture, answer, question.product)
    return product if product.told and not limits.refuse(product) else whole


def _nothing(question: Question, checks: tuple[Check, ...]) -> Taken:
    original = question.original
    none = np.zeros(original.rgb.shape[:2], np.float32)
    return Taken(raster=original.rgb, share=none, checks=checks, usable=False)


def with_check(taken: Taken, check: Check) -> Taken:
    """The same with one more check."""
    return replace(taken, checks=(*taken.checks, check))
