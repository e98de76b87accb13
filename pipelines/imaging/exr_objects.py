"""The product among the things in a render: its alpha, by the names or ids that a user gives."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from pipelines.errors import ObjectNotFound, nearest
from pipelines.imaging.cryptomatte import Layer

Plane = npt.NDArray[np.float32]
_MOST_NAMED = 24
_SOFT_PX = 0.7
"""Blur of an object index's hard edge, where the file's own alpha has no softer one."""
_OPAQUE = 1 - 0.5 / 255
"""The file's own alpha from which on a pixel without an index shows something, such as a floor."""
_NUMBER = re.compile(r"\d{1,9}", re.ASCII)
_LEAST_SHARE = 0.02
"""Share of a pixel that belongs to other things before its colour counts as a mixture."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """What the chosen things cover.

    Attributes
    ----------
    alpha
        float32 (H, W) in [0, 1].
    mixed
        bool (H, W): partly covered pixels whose colour holds other things as well.
    note
        What a user should know.
    """

    alpha: Plane
    mixed: npt.NDArray[np.bool_]
    note: str


def choose(
    wanted: Sequence[str],
    *,
    name: str,
    layers: Sequence[Layer],
    planes: Mapping[str, Plane],
    index: Plane | None,
    film: Plane | None,
) -> Chosen:
    """Find things by name or id in the first layer that has them, or by object index.

    Parameters
    ----------
    index
        The pass of object indexes, where the file has one.
    film
        The file's own alpha, where it has one.

    Raises
    ------
    ObjectNotFound : one of them is nowhere in the picture
    """
    whole: Plane | None = None
    by: dict[str, None] = {}
    for one in wanted:
        part = _by_index(one, index, film)
        by["object index, which has hard edges" if part is not None else "Cryptomatte"] = None
        part = _by_name(one, layers, planes) if part is None else part
        if part is None or not part.any():
            raise _not_found(one, name=name, layers=layers, planes=planes, index=index)
        whole = part if whole is None else np.minimum(whole + part, np.float32(1))
    if whole is None:
        raise ValueError("nothing was asked for")
    others = (np.ones_like(whole) if film is None else film) - whole
    partly = (whole > 0) & (whole < 1)
    return Chosen(
        alpha=whole,
        mixed=partly & (others > _LEAST_SHARE),
        note=f"the product is {', '.join(wanted)}, by the file's {' and '.join(by)}",
    )


def _by_name(wanted: str, layers: Sequence[Layer], planes: Mapping[str, Plane]) -> Plane | None:
    for layer in layers:
        ids = layer.ids_of(wanted)
        if ids and (covered := layer.coverage(planes, ids)).any():
            return covered
    return None


def _by_index(wanted: str, index: Plane | None, film: Plane | None) -> Plane | None:
    """What a number covers; None where no pixel has it, for it may be a name as well."""
    if index is None or not _NUMBER.fullmatch(wanted):
        return None
    numbers = np.nan_to_num(index)
    inside = np.abs(numbers - np.float32(int(wanted))) < 0.5
    if not inside.any():
        return None
    whole = np.ones_like(index) if film is None else film
    # Ids have hard edges. Beside the sky, the film's own soft one lies within a pixel of them; what
    # shares an edge with something that can be seen gets a blurred one, for the film is 1 on both.
    others = ~inside & ((whole >= _OPAQUE) | (numbers >= 0.5))
    near = cv2.dilate(inside.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    own, other = _blurred(inside), _blurred(others)
    share = own / np.maximum(own + other, np.float32(1e-6))
    return np.where(near | others, whole * share, np.float32(0)).astype(np.float32)


def _blurred(mask: npt.NDArray[np.bool_]) -> Plane:
    return np.asarray(cv2.GaussianBlur(mask.astype(np.float32), (0, 0), _SOFT_PX), np.float32)


def _not_found(
    wanted: str,
    *,
    name: str,
    layers: Sequence[Layer],
    planes: Mapping[str, Plane],
    index: Plane | None,
) -> ObjectNotFound:
    known = list(dict.fromkeys(one for layer in layers for one in layer.seen(planes)))
    numbers = [] if index is None else _numbers(index)
    if not known and not numbers:
        return ObjectNotFound(
            name=name,
            fact=f"no object '{wanted}': the file has neither Cryptomatte nor object indexes",
            fix="render it with a Cryptomatte pass, or leave --object out",
        )
    held = [f"names {_listed(known)}"] if known else []
    held += [f"indexes {_listed(numbers)}"] if numbers else []
    return ObjectNotFound(
        name=name,
        fact=f"no object '{wanted}' in the picture{nearest(wanted, known)}",
        fix=f"it shows the {' and the '.join(held)}",
    )


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return ", ".join(names[:_MOST_NAMED]) + more


def _numbers(index: Plane) -> list[str]:
    found: Iterable[float] = np.unique(np.rint(np.nan_to_num(index)))
    return [f"{one:.0f}" for one in found if one > 0]
