"""A picture with a product, and painters that answer as models do: well, or wrong on purpose."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import cv2
import numpy as np
import numpy.typing as npt

from pipelines.checks.similarity import Similarity
from pipelines.editing import Original
from pipelines.generate import Ability, Ask, Profile
from pipelines.imaging.cutout import Cutout
from tests.pipelines.painting.painters import PROFILE

Rgb = npt.NDArray[np.uint8]
Painting = Callable[[Rgb], Rgb]
WIDTH, HEIGHT = 264, 220
BUCKET = (264, 240)
BOX = np.s_[58:176, 88:190]
"""Where the product is."""
SPOT = (44, 36)
"""Where the edit paints, in the picture."""


def texture(height: int, width: int, *, seed: int, contrast: float = 14) -> Rgb:
    """Detail at every scale, as photos have it."""
    random = np.random.default_rng(seed)
    total = np.zeros((height, width, 3), np.float32)
    for step in (4, 12, 40, 120):
        layer = random.normal(0, contrast, (height // step + 2, width // step + 2, 3))
        total += cv2.resize(
            layer.astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC
        )
    return np.asarray(np.clip(total + 150, 20, 250), dtype=np.uint8)


def original(*, locked: bool = True, area: npt.NDArray[np.bool_] | None = None) -> Original:
    """A textured box with a soft outline before a textured wall."""
    rgb = texture(HEIGHT, WIDTH, seed=1, contrast=8)
    alpha = np.zeros((HEIGHT, WIDTH), np.float32)
    alpha[BOX] = 1
    alpha = np.asarray(cv2.GaussianBlur(alpha, (5, 5), 1), dtype=np.float32)
    own = np.asarray(texture(HEIGHT, WIDTH, seed=2, contrast=20) // 2, dtype=np.uint8)
    mixed = own * alpha[..., None] + rgb * (1 - alpha[..., None])
    photo = np.asarray(np.rint(mixed), dtype=np.uint8)
    return Original(rgb=photo, cutout=Cutout(rgb=own, alpha=alpha), locked=locked, area=area)


def profile(ability: Ability = "edit", *, bucket: tuple[int, int] = BUCKET) -> Profile:
    """A model with one bucket that tests can afford."""
    return replace(PROFILE, abilities=frozenset({ability}), buckets=(bucket,), multiple_px=4)


def product_in(bucket: Rgb) -> tuple[slice, slice]:
    """Where the product is in what a model is shown."""
    top = (bucket.shape[0] - HEIGHT) // 2
    return slice(58 + top, 176 + top), slice(88, 190)


def dotted(bucket: Rgb) -> Rgb:
    """What was asked for: a red dot beside the product."""
    painted = bucket.copy()
    cv2.circle(painted, (SPOT[0], SPOT[1] + (bucket.shape[0] - HEIGHT) // 2), 13, (200, 30, 40), -1)
    return painted


def through_autoencoder(bucket: Rgb) -> Rgb:
    """Softness, a slight cast, noise."""
    soft = cv2.GaussianBlur(bucket, (0, 0), 0.6).astype(np.float32)
    noise = cv2.GaussianBlur(np.random.default_rng(3).normal(0, 5, soft.shape), (0, 0), 1)
    return np.asarray(np.clip(soft * [1.03, 1.0, 0.97] + noise, 0, 255), dtype=np.uint8)


def well(bucket: Rgb) -> Rgb:
    """The edit, as a good model paints it."""
    return through_autoencoder(dotted(bucket))


def moved(bucket: Rgb, mapping: Similarity) -> Rgb:
    """The edit, somewhere else."""
    painted = well(bucket)
    height, width = painted.shape[:2]
    how = {"flags": cv2.INTER_LANCZOS4, "borderMode": cv2.BORDER_REFLECT_101}
    result = cv2.warpAffine(painted, mapping.matrix(width, height), (width, height), **how)
    return np.asarray(result, dtype=np.uint8)


def repainted(bucket: Rgb) -> Rgb:
    """The edit, and another product where the product was."""
    painted = well(bucket)
    where = product_in(bucket)
    painted[where] = texture(HEIGHT, WIDTH, seed=9, contrast=20)[BOX]
    return painted


def product_moved(bucket: Rgb) -> Rgb:
    """The edit, and the product beside its place."""
    painted = well(bucket)
    rows, columns = product_in(bucket)
    painted[rows, columns.start + 15 : columns.stop + 15] = well(bucket)[rows, columns]
    return painted


def retouched(bucket: Rgb) -> Rgb:
    """A change on the product alone."""
    painted = bucket.copy()
    where = product_in(bucket)
    painted[where][14:46, 14:46] = (240, 240, 30)
    return painted


def another_world(bucket: Rgb) -> Rgb:
    """All but the product painted anew."""
    painted = texture(bucket.shape[0], bucket.shape[1], seed=30)
    where = product_in(bucket)
    painted[where] = bucket[where]
    return painted


class Painter:
    """Answers with what it is told, one painting after another, and remembers what it was asked."""

    def __init__(self, *paintings: Painting, profile: Profile) -> None:
        self.paintings = list(paintings)
        self.profile = profile
        self.asked: list[Ask] = []

    def paint(self, asks: Sequence[Ask], *, cancelled: Callable[[], bool]) -> list[Rgb]:
        """Paint every ask."""
        answers = []
        for ask in asks:
            self.asked.append(ask)
            painting = self.paintings[min(len(self.asked), len(self.paintings)) - 1]
            answers.append(painting(ask.picture))
        return answers
