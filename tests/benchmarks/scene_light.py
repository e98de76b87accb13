"""How near a scene's light comes to a path-traced product in the same set.

    python -m pipelines.render truth light-luxury-marble --out FOLDER
    python -m tests.benchmarks.scene_light FOLDER/light-luxury-marble ...

A folder is named after its template and holds ``with.png``, ``without.png`` and ``cutout.png``.
Prints, over the surface around the product, the mean colour difference (CIE76) that a viewer would
see if nothing were painted, and the one that is left; and the share of the true shadow that ours
covers, and of ours that is true.
"""

import argparse
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from pipelines import TemplateLibrary, decode
from pipelines.imaging.colour import delta_e, to_linear
from pipelines.imaging.compose import in_scene
from pipelines.imaging.cutout import box_of
from pipelines.imaging.placement import Placed

Rgb = npt.NDArray[np.uint8]
_SHADED = 0.9
"""Linear light left below which a pixel counts as shadow."""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path)
    for folder in parser.parse_args().folders:
        print(folder.name, measured(folder))


def measured(folder: Path) -> str:
    """Compare our picture of a set's bottle with the path tracer's."""
    bare, true = _picture(folder / "without.png"), _picture(folder / "with.png")
    template = TemplateLibrary().get(folder.name)
    placed, size = _bottle(folder / "cutout.png"), (bare.shape[1], bare.shape[0])
    zoom = size[0] / template.width_px
    surface = template.surface_at(template.anchor())
    receiving = cv2.resize(template.receiving(), size).astype(np.float32)
    ours = in_scene(
        placed,
        bare,
        light=template.light,
        surface=replace(
            surface, distance_px=surface.distance_px * zoom, axis_px=surface.axis_px * zoom
        ),
        receiving=receiving,
    )
    ground = (placed.alpha_in_frame() < 0.01) & (receiving > 0.9)
    shaded = [_light(picture, bare) < _SHADED for picture in (true, ours)]
    both, one, other = (
        int((mask & ground).sum()) for mask in (shaded[0] & shaded[1], shaded[0], shaded[1])
    )
    changed = ground & (shaded[0] | shaded[1])
    return (
        f"surface: ΔE {delta_e(bare, true)[ground].mean():.2f} unpainted, "
        f"{delta_e(ours, true)[ground].mean():.2f} painted; "
        f"in shadow {delta_e(bare, true)[changed].mean():.1f} and "
        f"{delta_e(ours, true)[changed].mean():.1f}; "
        f"shadow covered {both / max(one, 1):.0%}, true {both / max(other, 1):.0%}"
    )


def _picture(path: Path) -> Rgb:
    return decode(path.read_bytes(), name=path.name).rgb


def _light(picture: Rgb, bare: Rgb) -> npt.NDArray[np.float32]:
    luminance = np.array([0.2126, 0.7152, 0.0722], np.float32)
    share = to_linear(picture) @ luminance / np.maximum(to_linear(bare) @ luminance, 1e-3)
    return np.asarray(cv2.GaussianBlur(share, (0, 0), 1.2), dtype=np.float32)


def _bottle(path: Path) -> Placed:
    source = decode(path.read_bytes(), name=path.name)
    if source.alpha is None:
        raise SystemExit(f"{path} has no alpha")
    box = box_of(source.alpha)
    if box is None:
        raise SystemExit(f"{path} is empty")
    window = np.s_[box.top : box.bottom, box.left : box.right]
    return Placed(
        rgb=source.rgb[window],
        alpha=source.alpha[window],
        left_px=box.left,
        top_px=box.top,
        frame_width_px=source.width_px,
        frame_height_px=source.height_px,
        enlargement=1.0,
    )


if __name__ == "__main__":
    main()
