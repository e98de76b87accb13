"""Colour casts: what a model's autoencoder does to the colour of all that it paints."""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from pipelines.checks.similarity import alike
from pipelines.imaging.colour import delta_e
from pipelines.report import Check, judged, noted

Rgb = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.bool_]
Samples = npt.NDArray[np.float32]

MOST = 12.0
"""ΔE (CIE76) beyond which undoing a cast stretches noise and clipped colours into view."""
_LEAST_SAMPLES = 300
_SAMPLED = 20_000
_NEAR = 14.0
"""8-bit levels: a plain region farther than this from what the rest predicts was repainted."""
_FARTHER = 0.04
"""More of it per level that a colour lies away from those that told: gains are known that well."""
_BLACK, _WHITE = 1, 254
_ROUNDS = 6
_NARROW = 15.0
"""Standard deviation of samples, 8-bit levels, below which they tell an offset rather than a gain:
two colours of which one was repainted would else pass for a cast."""
_LEAST_FITTING = 0.15
"""Of the textured windows: of two unrelated pictures, one window in ten correlates by chance."""
_PLAIN_PX = 15
_PLAIN = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Cast:
    """How to undo a cast: gain * value + offset for each of red, green and blue.

    Attributes
    ----------
    strength
        Mean ΔE (CIE76) that undoing it makes.
    told
        Whether enough was left unchanged to measure it.
    """

    gain: tuple[float, float, float] = (1.0, 1.0, 1.0)
    offset: tuple[float, float, float] = (0.0, 0.0, 0.0)
    strength: float = 0.0
    told: bool = True

    def undone(self, painted: Rgb, before: Rgb) -> Rgb:
        """The painted picture in the original's colours.

        What the cast drove into white or black may have lain beyond: it is the original's, if
        that is. A white wall stays white.
        """
        if self.strength == 0:
            return painted
        result = self.mapped(painted)
        lost = (painted >= _WHITE) & (before > result) | (painted <= _BLACK) & (before < result)
        return np.where(lost, before, result)

    def mapped(self, painted: Rgb) -> Rgb:
        """Gain and offset alone."""
        levels = np.arange(256, dtype=np.float32)[:, None]
        gain, offset = np.array(self.gain, np.float32), np.array(self.offset, np.float32)
        table = levels * gain + offset
        steps = np.clip(np.rint(table), 0, 255).astype(np.uint8)
        return np.stack([steps[painted[..., each], each] for each in range(3)], axis=-1)


def find_cast(before: Rgb, painted: Rgb, stays: Mask, product: Mask | None = None) -> Cast:
    """Measure the cast on what should be unchanged; what was painted anew there does not count.

    Regions that correlate show the same whatever their colour; where a product is known, its own
    are asked first. Plain regions are believed only where they agree with those.

    Parameters
    ----------
    before, painted : uint8 (H, W, 3), one lying on the other
    stays : bool (H, W)
    product : bool (H, W), the inside of a product that must stay
    """
    if int(stays.sum()) < _LEAST_SAMPLES:
        return Cast(told=False)
    if np.array_equal(before[stays], painted[stays]):
        return Cast()
    greys = [cv2.cvtColor(one, cv2.COLOR_RGB2GRAY).astype(np.float32) for one in (before, painted)]
    fits, textured = alike(greys[0], greys[1], stays)
    plain = stays & ~textured & _plain(greys[1])
    smooth = [cv2.GaussianBlur(one, (0, 0), 2.0).astype(np.float32) for one in (before, painted)]
    asked = fits & product if product is not None else fits
    asked = asked if int(asked.sum()) >= _LEAST_SAMPLES else fits
    told = int(asked.sum()) >= max(_LEAST_SAMPLES, _LEAST_FITTING * int(textured.sum()))
    line = _line(_sampled(smooth[0], asked), _sampled(smooth[1], asked))
    middle = _sampled(smooth[1], asked).mean(axis=0) if told else np.float32(128)
    reach = np.abs(smooth[1] - middle).max(axis=2)
    near = _apart(smooth, line) < _NEAR + _FARTHER * reach
    known = near & (fits | plain) if told else _close(smooth, plain)
    if int(known.sum()) < _LEAST_SAMPLES:
        return Cast(told=False)
    gain, offset = _line(_sampled(smooth[0], known), _sampled(smooth[1], known))
    found = Cast(gain=_three(gain), offset=_three(offset), strength=1.0)
    shown = painted[known][:: max(1, int(known.sum()) // _SAMPLED)][None]
    strength = float(delta_e(shown, found.mapped(shown)).mean())
    return Cast(gain=found.gain, offset=found.offset, strength=strength)


def cast_check(cast: Cast) -> Check:
    """Judge a cast; one within the limit is said to have been taken out."""
    if not cast.told:
        return noted("colour cast", "not to be told: too little was left unchanged")
    passed = cast.strength <= MOST
    undone = ", taken out" if passed and cast.strength > 0 else ""
    return judged(
        "colour cast",
        passed=passed,
        value=f"ΔE {cast.strength:.1f}{undone}",
        limit=f"at most ΔE {MOST:g}",
        fix="try another --seed or another model",
    )


def _plain(grey: npt.NDArray[np.float32]) -> Mask:
    window = (_PLAIN_PX, _PLAIN_PX)
    mean = cv2.blur(grey, window)
    return np.asarray(cv2.blur(grey * grey, window) - mean * mean < (3 * _PLAIN) ** 2)


def _close(smooth: list[Samples], plain: Mask) -> Mask:
    """Plain regions that differ little: all there is where nothing has texture."""
    apart = np.abs(smooth[0] - smooth[1]).max(axis=2)
    return np.asarray(plain & (apart < 2 * _NEAR))


def _apart(smooth: list[Samples], line: tuple[Samples, Samples]) -> npt.NDArray[np.float32]:
    undone = smooth[1] * line[0] + line[1]
    return np.asarray(np.abs(smooth[0] - undone).max(axis=2), dtype=np.float32)


def _sampled(picture: Samples, where: Mask) -> Samples:
    found = picture[where]
    return np.asarray(found[:: max(1, len(found) // _SAMPLED)], dtype=np.float32)


def _line(before: Samples, painted: Samples) -> tuple[Samples, Samples]:
    """Gain and offset per channel by least squares, with weights that drop what lies far off."""
    gain, offset = np.ones(3, np.float32), np.zeros(3, np.float32)
    if len(before) < _LEAST_SAMPLES:
        return gain, offset
    offset = np.median(before - painted, axis=0).astype(np.float32)
    for _ in range(_ROUNDS):
        error = before - (painted * gain + offset)
        scale = 2 * np.median(np.abs(error), axis=0) + 1
        weight = 1 / (1 + (error / scale) ** 2) ** 2
        total = weight.sum(axis=0)
        means = [(weight * one).sum(axis=0) / total for one in (before, painted)]
        spread = (weight * (painted - means[1]) ** 2).sum(axis=0) / total
        common = (weight * (painted - means[1]) * (before - means[0])).sum(axis=0) / total
        slope = (common + _NARROW**2) / (spread + _NARROW**2)
        gain = np.clip(slope, 0.7, 1.4).astype(np.float32)
        offset = (means[0] - gain * means[1]).astype(np.float32)
    return gain, offset


def _three(values: Samples) -> tuple[float, float, float]:
    red, green, blue = (float(one) for one in values)
    return red, green, blue
