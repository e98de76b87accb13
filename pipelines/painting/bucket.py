"""Between the picture that is wanted and the sizes that a model knows well."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from pipelines.imaging.crop import Size

Rgb = npt.NDArray[np.uint8]
Plane = npt.NDArray[np.float32]
_ALIKE = 0.03
"""Buckets that waste less than this more than the best one fit as well."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """A frame inside a bucket: scaled alike on both axes, in the middle, with a border around it.

    Attributes
    ----------
    frame_px, bucket_px
        Width and height of the picture that is wanted, and of the one that is painted.
    inner_px
        Width and height of the frame inside the bucket.
    """

    frame_px: Size
    bucket_px: Size
    inner_px: Size

    @property
    def scale(self) -> float:
        """Bucket pixels per frame pixel; below 1 the painting is enlarged afterwards."""
        return min(self.bucket_px[0] / self.frame_px[0], self.bucket_px[1] / self.frame_px[1])

    @property
    def corner_px(self) -> tuple[int, int]:
        """Left and top of the frame inside the bucket."""
        return tuple((whole - part) // 2 for whole, part in self._sides)  # type: ignore[return-value]

    def into(self, picture: Rgb, beside: Rgb) -> Rgb:
        """Scale a picture into the bucket; what mirrors in the border is another one.

        Parameters
        ----------
        picture, beside
            uint8 (H, W, 3) of the frame's size. `beside` shows the scene without the product: a
            border that mirrored a product would ask for a second one.
        """
        whole = self._bordered(self._inner(beside), cv2.BORDER_REFLECT_101)
        whole[self._window] = self._inner(picture)
        return np.asarray(whole, np.uint8)

    def plane(self, values: Plane, *, mirrored: bool = False) -> Plane:
        """Scale float32 (H, W) into the bucket; the border is 0, or mirrors."""
        how = cv2.BORDER_REFLECT_101 if mirrored else cv2.BORDER_CONSTANT
        scaled = cv2.resize(values, self.inner_px, interpolation=self._how)
        return np.asarray(self._bordered(scaled, how), np.float32)

    def back(self, painted: Rgb) -> Rgb:
        """Cut the frame out of a painted bucket and bring it to its own size."""
        inner = np.ascontiguousarray(painted[self._window])
        if self.inner_px == self.frame_px:
            return inner
        how = cv2.INTER_AREA if self.scale > 1 else cv2.INTER_LANCZOS4
        return np.asarray(cv2.resize(inner, self.frame_px, interpolation=how), np.uint8)

    @property
    def _sides(self) -> tuple[tuple[int, int], ...]:
        return tuple(zip(self.bucket_px, self.inner_px, strict=True))

    @property
    def _window(self) -> tuple[slice, slice]:
        left, top = self.corner_px
        return slice(top, top + self.inner_px[1]), slice(left, left + self.inner_px[0])

    @property
    def _how(self) -> int:
        return int(cv2.INTER_AREA if self.scale < 1 else cv2.INTER_LINEAR)

    def _inner(self, picture: Rgb) -> Rgb:
        if self.inner_px == self.frame_px:
            return picture
        how = cv2.INTER_AREA if self.scale < 1 else cv2.INTER_CUBIC
        return np.asarray(cv2.resize(picture, self.inner_px, interpolation=how), np.uint8)

    def _bordered(self, inner: npt.NDArray[np.generic], how: int) -> npt.NDArray[np.generic]:
        left, top = self.corner_px
        right = self.bucket_px[0] - self.inner_px[0] - left
        bottom = self.bucket_px[1] - self.inner_px[1] - top
        return np.asarray(cv2.copyMakeBorder(inner, top, bottom, left, right, how))


def nearest_bucket(frame_px: Size, buckets: Sequence[Size]) -> Fit:
    """Choose the bucket that a frame fills best.

    Of those that it fills alike, the smallest that has all of its pixels; where none has, the
    largest.

    >>> nearest_bucket((1500, 1000), [(1024, 1024), (1216, 832), (832, 1216)]).bucket_px
    (1216, 832)

    Raises
    ------
    ValueError : no buckets
    """
    fits = [_fitted(frame_px, bucket) for bucket in buckets]
    best = max(_filled(one) for one in fits)
    alike = [one for one in fits if _filled(one) >= best - _ALIKE]
    enough = [one for one in alike if one.scale >= 1]
    area = lambda one: one.bucket_px[0] * one.bucket_px[1]  # noqa: E731 - a key, used twice
    return min(enough, key=area) if enough else max(alike, key=area)


def _fitted(frame_px: Size, bucket: Size) -> Fit:
    scale = Fit(frame_px=frame_px, bucket_px=bucket, inner_px=bucket).scale
    inner = tuple(
        min(most, max(1, round(side * scale))) for side, most in zip(frame_px, bucket, strict=True)
    )
    return Fit(frame_px=frame_px, bucket_px=bucket, inner_px=inner)  # type: ignore[arg-type]


def _filled(fit: Fit) -> float:
    return fit.inner_px[0] * fit.inner_px[1] / (fit.bucket_px[0] * fit.bucket_px[1])
