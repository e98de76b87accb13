"""Sets of pictures: which files belong together, and what they measure."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pipelines.imaging.angles import Member, fineness, shared_extents
from pipelines.imaging.cutout import Box
from pipelines.spec import CutoutParams, parameters
from pipelines.spec.angles import words_of
from pipelines.stages.measure import measure
from studio.services.export import make_folder, write_whole
from studio.services.images import Images

_NUMBERED = re.compile(r"^(?P<name>.*?)[-_ .(]*\d+(?:deg)?\)?$", re.IGNORECASE)
_ANGLES = frozenset(
    {"front", "back", "left", "right", "side", "top", "above", "bottom", "quarter", "threequarter"}
)
_BETWEEN = re.compile(r"[-_ .]+")


def set_of(path: Path) -> str:
    """Name the set that a file belongs to, by its folder and by its name without the angle.

    Files whose names say nothing of an angle belong to their folder's set.

    >>> set_of(Path("a/shoe_01.png")) == set_of(Path("a/shoe_12.png"))
    True
    >>> set_of(Path("a/shoe_01.png")) == set_of(Path("a/bag_01.png"))
    False
    >>> set_of(Path("a/shoe-front-left.png")) == set_of(Path("a/shoe-back.png"))
    True
    """
    numbered = _NUMBERED.match(path.stem)
    if numbered is not None:
        return f"{path.parent}/{numbered['name']}"
    words = _BETWEEN.split(path.stem)
    kept = [word for word in words if word.lower() not in _ANGLES]
    return f"{path.parent}/{' '.join(kept) if len(kept) < len(words) else ''}"


def measured(
    images: Images, source: str, params: Mapping[str, Any], *, name: str, kept: Path
) -> Member:
    """Measure the product of a stored source; what was measured once is read from its file.

    Parameters
    ----------
    params
        Of any kind of image; only those that say how the product is found count.
    kept
        Folder of what was measured.

    Raises
    ------
    What completing and making a cutout raise; OutputUnwritable
    """
    known = {one.name for one in parameters(CutoutParams) if not one.meaning.by_us}
    finding = {key: value for key, value in params.items() if key in known}
    recipe = images.recipes.complete(kind="cutout", source=source, params=finding)
    file = kept / f"{recipe.digest}.json"
    found = _read(file)
    if found is None:
        found = measure(recipe, images.store.read(source), name=name, studio=images.supplies)
        make_folder(kept)
        write_whole(file, json.dumps(asdict(found)).encode())
    return found


def set_params(members: Sequence[Member], *, fixed_camera: bool) -> list[dict[str, Any]]:
    """Return what each picture's recipe says of its set."""
    extents = shared_extents(members, fixed_camera=fixed_camera)
    return [
        {"set_box": words_of(extent), "set_size": len(members), "set_finer": round(finer, 4)}
        for extent, finer in zip(extents, fineness(members), strict=True)
    ]


def _read(file: Path) -> Member | None:
    try:
        told = json.loads(file.read_bytes())
        width, height = told["size_px"]
        return Member(size_px=(width, height), box=Box(**told["box"]), foot_x=told["foot_x"])
    except (OSError, ValueError, KeyError, TypeError):
        return None  # measured anew
