"""Pictures whose true alpha is known, from four places."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from pipelines.render.products.matting_set.index import read_index
from tests.benchmarks.matting.metrics import Alpha, Colour

SAMPLES = Path(__file__).parents[3] / "studio" / "samples"
_CLEAR_INSIDE = 0.02
"""Share of a product's inside that is partly covered, above which it counts as clear."""
_SAME_LIGHT = 5.0
"""Mean difference in 8-bit steps up to which photo and truth show the product in one light."""
_EDGE_SHARE = 0.05
"""Of the picture's longer side: how deep an edge may reach, fur and blur included."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A photo file and the file of its truth.

    Attributes
    ----------
    truth
        Straight RGBA, or an alpha alone in grey.
    opaque
        False for clear glass, whose numbers are told apart.
    """

    name: str
    photo: Path
    truth: Path
    opaque: bool
    traits: tuple[str, ...] = ()

    def load_truth(self) -> tuple[Colour | None, Alpha]:
        """True colour in [0, 255], None where only alpha is known, and true alpha in [0, 1].

        A truth that was rendered in another light than the photo's tells no edge colour, either.
        """
        colour, alpha = _load(self.truth)
        if colour is None or not self.opaque:
            return colour, alpha
        with Image.open(self.photo) as image:
            photo = np.asarray(image.convert("RGB"), np.float32)
        inside = alpha > 0.999
        apart = np.abs(photo - colour)[inside].mean() if inside.any() else 0.0
        return (colour if apart < _SAME_LIGHT else None), alpha


def pictures(*, photos: Sequence[Path], sets: Sequence[Path]) -> list[Picture]:
    """The bundled samples, what lies in ``photos``, and the rendered ``sets``, in this order."""
    found = [_plain(folder.name, folder / "photo.webp", folder / "cutout.webp")
             for folder in sorted(SAMPLES.glob("*/")) if (folder / "cutout.webp").exists()]  # fmt: skip
    for folder in photos:
        found += _in_folder(folder)
    for folder in sets:
        found += [
            Picture(name=entry.name, photo=folder / entry.photo, truth=folder / entry.cutout,
                    opaque=entry.opaque, traits=entry.traits)
            for entry in read_index(folder)
        ]  # fmt: skip
    return found


def _in_folder(folder: Path) -> list[Picture]:
    """``NAME_scene.png`` with ``NAME_cutout.png``, ``NAME.png`` with ``NAME_alpha_gt.png``."""
    scenes = [
        _plain(cutout.stem.removesuffix("_cutout"), scene, cutout)
        for cutout in sorted(folder.glob("*_cutout.png"))
        if (scene := folder / cutout.name.replace("_cutout", "_scene")).exists()
    ]
    alphas = [
        _plain(truth.stem.removesuffix("_alpha_gt"), photo, truth)
        for truth in sorted(folder.glob("*_alpha_gt.png"))
        if (photo := folder / truth.name.replace("_alpha_gt", "")).exists()
    ]
    return scenes + alphas


def _plain(name: str, photo: Path, truth: Path) -> Picture:
    return Picture(name=name, photo=photo, truth=truth, opaque=is_opaque(_load(truth)[1]))


def _load(path: Path) -> tuple[Colour | None, Alpha]:
    with Image.open(path) as image:
        if "A" not in image.getbands():
            return None, np.asarray(image.convert("L"), np.float32) / np.float32(255)
        rgba = np.asarray(image.convert("RGBA"), np.float32)
    return rgba[..., :3], rgba[..., 3] / np.float32(255)


def is_opaque(alpha: Alpha) -> bool:
    """Whether the product is covered throughout, but for an edge that may be wide and furry."""
    depth_px = max(1, round(_EDGE_SHARE * max(alpha.shape)))
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * depth_px + 1, 2 * depth_px + 1))
    inside = cv2.erode((alpha > 0.02).astype(np.uint8), disc) == 1
    if not inside.any():
        return True
    return bool((alpha[inside] < 0.98).mean() < _CLEAR_INSIDE)
