"""Whether the photo was taken from where the scene's camera looks."""

from pipelines.imaging.cutout import Cutout
from pipelines.imaging.decode import SourceImage
from pipelines.imaging.viewpoint import Viewpoint, viewpoint_of
from pipelines.library import Template
from pipelines.library.fitting import fits, seen_from
from pipelines.report import Check, judged, noted
from pipelines.spec import SceneParams

_GUESS = 0.35
"""Confidence below which an answer is not worth telling."""
_FROM = {"side": "from the side", "above": "from above, or laid flat"}


def find_viewpoint(cutout: Cutout, source: SourceImage | None, params: SceneParams) -> Viewpoint:
    """Take the user's word for it, else what cutout and photo tell."""
    if params.shot_from != "auto":
        return Viewpoint(side=params.shot_from, confidence=1.0, why="as you said")
    photo = source.rgb if source is not None and source.alpha is None else None
    return viewpoint_of(cutout, photo)


def check_viewpoint(template: Template, viewpoint: Viewpoint) -> Check:
    """Judge whether photo and scene agree; what is not sure, and what can be laid, is only told.

    A thing shot from the side looks natural lying in a flat lay; a thing shot from above never
    looks natural standing upright.
    """
    scene = seen_from(template)
    if viewpoint.confidence < _GUESS:
        return noted("viewpoint", f"not told by the picture; scene seen from {_the(scene)}")
    value = f"product shot {_FROM[viewpoint.side]} ({_told(viewpoint)})"
    if viewpoint.side == scene:
        return noted("viewpoint", f"{value}; scene seen from {_the(scene)}")
    if fits(template, viewpoint) and viewpoint.side == "above":
        return noted("viewpoint", f"{value}; if so, a scene seen from above suits it better")
    if viewpoint.side == "side":
        return noted("viewpoint", f"{value}; in this scene it lies on its back")
    return judged(
        "viewpoint",
        passed=False,
        value=value,
        limit=f"a scene seen from {_the(scene)} needs a product that stands",
        fix="choose a scene seen from above, or say --shot-from side if it does stand",
    )


def _told(viewpoint: Viewpoint) -> str:
    sure = f"{viewpoint.confidence:.0%} sure" if viewpoint.confidence < 1 else ""
    most = viewpoint.most_pitch_deg
    pitch = f"camera at most {most:.0f}° down" if most is not None else ""
    return ", ".join(part for part in (sure, viewpoint.why, pitch) if part)


def _the(scene: str) -> str:
    return "the side" if scene == "side" else scene
