"""What a report says of an edit: how much changed and where, and what became of the product."""

import cv2
import numpy as np
import numpy.typing as npt

from pipelines.checks.drift import Drift, DriftLimits
from pipelines.editing.original import Original
from pipelines.report import Check, judged, noted

Rgb = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.bool_]

_LEAST_CHANGED = 1e-4
"""Share of the picture: 10 x 10 px of a million."""
_NEARLY_ALL = 0.9
_KEPT_IN_PLACE = DriftLimits(shift=0.01, zoom=0.02, turn_deg=1.0, alike=0.35)
"""A product that the model moved against its surroundings leaves its old place behind it."""
_SEEN = 3
"""8-bit levels below which a difference is not counted as a change of the product."""
_ROWS, _COLUMNS = ("top", "middle", "bottom"), ("left", "centre", "right")
_MOSTLY = 0.5


def in_place_check(again: Drift) -> Check:
    """Judge whether the locked product shows again where it was; the model's own is not used."""
    if not again.told:
        return noted("product in place", "not to be told: the product is plain")
    refusal = _KEPT_IN_PLACE.refuse(again)
    shown = f"{again.alike:.0%} of it shows again in the model's picture"
    return judged(
        "product in place",
        passed=not refusal,
        value=f"painted anew: only {shown}" if again.alike < _KEPT_IN_PLACE.alike
        else refusal or shown,
        limit=f"at least {_KEPT_IN_PLACE.alike:.0%}, moved at most "
        f"{_KEPT_IN_PLACE.shift:.0%} of the side",
        fix="try another --seed, say that the product stays as it is, or mark the place with "
        "--area; --allow-product-changes lets the model change it",
    )  # fmt: skip


def change_check(original: Original, core: Mask, raster: Rgb) -> Check:
    """Judge whether what changed is something that may change, and is seen in the result.

    Parameters
    ----------
    core : bool (H, W), all that the model changed, wherever
    raster : uint8 (H, W, 3), what came of it
    """
    least = _LEAST_CHANGED * core.size
    made = core & original.free & (raster != original.rgb).any(axis=2)
    counts = int(made.sum())
    fix, why = _nothing_changed(original, core) if counts < least else ("", "")
    return judged(
        "edit made",
        passed=counts >= least,
        value=why or _how_much(original, core, made),
        limit=f"at least {_LEAST_CHANGED:.2%} of the picture",
        fix=fix,
    )


def told_of_change(original: Original, raster: Rgb) -> tuple[Check, ...]:
    """How much of the product differs from the original, to the last bit where it is locked."""
    if original.cutout is None:
        return (noted("product changed", "not to be told: no product was found"),)
    apart = cv2.absdiff(raster, original.rgb).max(axis=2)
    on_product = np.where(original.opaque, apart, 0)
    largest = int(on_product.max(initial=0))
    if original.locked:
        return (
            judged(
                "product lock",
                passed=largest == 0,
                value=f"largest difference {largest}",
                limit="0 inside the opaque area",
                fix="do not use it; keep the photo and report this image, it is a fault of ours",
            ),
        )
    differs = on_product > _SEEN
    share = float(differs.sum() / max(int(original.opaque.sum()), 1))
    where = _where(differs, original.opaque)
    words = f"{share:.1%} of it" + (f", mostly {where}" if where else "")
    return (noted("product changed", f"{words}; largest difference {largest}, as allowed"),)


def _how_much(original: Original, core: Mask, made: Mask) -> str:
    free = original.free
    left_out = int((core & ~free).sum())
    words = f"{made.mean():.1%} of the picture changed"
    if int(made.sum()) >= _NEARLY_ALL * max(int(free.sum()), 1):
        locked = original.lock is not None
        words += ", nearly all but the product" if locked and original.area is None else (
            ", nearly all of the area" if original.area is not None else ", nearly all of it"
        )  # fmt: skip
    elif where := _where(made, np.ones_like(made)):
        words += f", mostly {where}"
    if left_out > 5 * _LEAST_CHANGED * made.size:
        words += f"; another {left_out / made.size:.1%} was not taken"
    return words


def _nothing_changed(original: Original, core: Mask) -> tuple[str, str]:
    """What to do, and what happened."""
    if not core.any():
        return "say it in other words, or try another --seed or model", "the model changed nothing"
    on_lock = original.lock is not None and bool((core & original.opaque).sum() * 2 > core.sum())
    if on_lock:
        return (
            "give --allow-product-changes if the product may change",
            f"all that the model changed ({core.mean():.1%} of the picture) is on the locked "
            "product",
        )
    near = int((core & original.free).sum()) >= _LEAST_CHANGED * core.size
    if original.lock is not None and near:
        larger = "" if original.area is None else "make --area larger, or "
        return (
            f"{larger}give --allow-product-changes if the product may change",
            "what the model changed is too near the locked product to be taken",
        )
    return (
        "make --area larger, or leave it out",
        f"all that the model changed ({core.mean():.1%} of the picture) is outside the area",
    )


def _where(changed: Mask, whole: Mask) -> str:
    """The ninth of a whole's box that holds most of it; "" where it is spread out."""
    rows, columns = np.nonzero(changed)
    if rows.size == 0:
        return ""
    left, top, width, height = cv2.boundingRect(whole.astype(np.uint8))
    down = np.clip((rows - top) * 3 // max(1, height), 0, 2)
    across = np.clip((columns - left) * 3 // max(1, width), 0, 2)
    counts = np.bincount(down * 3 + across, minlength=9)
    most = int(counts.argmax())
    if counts[most] < _MOSTLY * rows.size:
        return ""
    return "centre" if most == 4 else f"{_ROWS[most // 3]} {_COLUMNS[most % 3]}"
