"""What lies behind the products of a scene, out of focus where that is asked for."""

from dataclasses import replace

from pipelines.imaging.focus import defocused
from pipelines.imaging.grain import regrained
from pipelines.library import Backdrop
from pipelines.stages.staging import Staged


def backdrop(staged: Staged, blur: float) -> Backdrop:
    """The staged part of the plate; `blur` is that of `SceneParams.backdrop_blur`."""
    template = staged.template
    scene = template.backdrop(staged.view, staged.size_px)
    if not blur:
        return scene
    distance = template.distance_cm(staged.view, staged.size_px)
    focus_cm = template.focal_px / staged.spot.px_per_cm
    plate, kept = defocused(scene.rgb, distance, focus_cm=focus_cm, blur=blur)
    return replace(scene, rgb=regrained(plate, kept, scene.grain))
