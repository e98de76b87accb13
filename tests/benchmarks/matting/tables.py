"""From rows to what is reported: means, the worst pictures, and how the goals stand."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tests.benchmarks.matting.measure import Row
from tests.benchmarks.matting.methods import GLASS, OURS

LEAST_MEAN_IOU, LEAST_IOU = 0.97, 0.90
MOST_MAE_SHARE, MOST_HALO_SHARE = 1 / 2, 1 / 3
"""Of the best rembg setting's."""
_WORST = 3
_HEAD = ("method", "IoU", "least IoU", "MAE x1000", "SAD k", "gradient k", "connect. k",
         "halo black", "halo magenta", "s", "CPU s", "MB")  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Mean:
    """A method's means over pictures; halos over those whose true colours are known."""

    method: str
    pictures: int
    iou: float
    least_iou: float
    mae: float
    sad: float
    gradient: float
    connectivity: float
    halo_black: float
    halo_magenta: float
    seconds: float
    cpu_seconds: float
    peak_mb: float


def mean_of(method: str, rows: Sequence[Row]) -> Mean:
    """Means over ``rows``, all of one method.

    Raises
    ------
        ValueError: there are none
    """
    if not rows:
        raise ValueError(f"no rows of {method}")
    scores = [row.scores for row in rows]
    return Mean(
        method=method,
        pictures=len(rows),
        iou=_mean(one.iou for one in scores),
        least_iou=min(one.iou for one in scores),
        mae=_mean(one.mae for one in scores),
        sad=_mean(one.sad for one in scores),
        gradient=_mean(one.gradient for one in scores),
        connectivity=_mean(one.connectivity for one in scores),
        halo_black=_mean(one.halo_black for one in scores if one.halo_black is not None),
        halo_magenta=_mean(one.halo_magenta for one in scores if one.halo_magenta is not None),
        seconds=_mean(row.seconds for row in rows),
        cpu_seconds=_mean(row.cpu_seconds for row in rows),
        peak_mb=max((row.peak_bytes or 0) for row in rows) / 1e6,
    )


def means(rows: Sequence[Row], *, opaque: bool) -> list[Mean]:
    """Each method's means over the pictures that all methods have seen."""
    chosen = shared([row for row in rows if row.opaque == opaque])
    methods = dict.fromkeys(row.method for row in chosen)
    return [mean_of(name, [row for row in chosen if row.method == name]) for name in methods]


def shared(rows: Sequence[Row]) -> list[Row]:
    """Rows of pictures that every method has seen, so that means compare like with like."""
    methods = {row.method for row in rows}
    seen: dict[str, set[str]] = {}
    for row in rows:
        seen.setdefault(row.picture, set()).add(row.method)
    return [row for row in rows if seen[row.picture] == methods]


def markdown(found: Sequence[Mean]) -> str:
    """A table for people."""
    lines = ["| " + " | ".join(_HEAD) + " |", "|" + "---|" * len(_HEAD)]
    for one in found:
        cells = (
            one.method, f"{one.iou:.4f}", f"{one.least_iou:.3f}", f"{one.mae * 1000:.2f}",
            f"{one.sad:.2f}", f"{one.gradient:.2f}", f"{one.connectivity:.2f}",
            f"{one.halo_black:.1f}", f"{one.halo_magenta:.1f}", f"{one.seconds:.2f}",
            f"{one.cpu_seconds:.2f}", f"{one.peak_mb:.0f}",
        )  # fmt: skip
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def worst(rows: Sequence[Row], method: str) -> list[Row]:
    """The method's opaque pictures with the least IoU, the worst first."""
    own = [row for row in rows if row.method == method and row.opaque]
    return sorted(own, key=lambda row: row.scores.iou)[:_WORST]


def by_trait(rows: Sequence[Row]) -> str:
    """Mean IoU of each method on the pictures of each trait, as a table; empty without traits."""
    chosen = shared([row for row in rows if row.method != GLASS])
    methods = list(dict.fromkeys(row.method for row in chosen))
    traits = sorted({trait for row in chosen for trait in row.traits})
    if not traits:
        return ""
    lines = [
        "| trait | pictures | " + " | ".join(methods) + " |",
        "|" + "---|" * (len(methods) + 2),
    ]
    for trait in traits:
        own = [row for row in chosen if trait in row.traits]
        cells = [_mean(row.scores.iou for row in own if row.method == name) for name in methods]
        count = len({row.picture for row in own})
        lines.append(f"| {trait} | {count} | " + " | ".join(f"{one:.3f}" for one in cells) + " |")
    return "\n".join(lines)


def goals(found: Sequence[Mean]) -> list[str]:
    """A sentence for each of our methods and goals: reached or missed, and by how much."""
    peers = [one for one in found if one.method not in OURS]
    lines: list[str] = []
    for one in (one for one in found if one.method in OURS):
        lines += [_verdict(one.method, "mean IoU", one.iou, at_least=LEAST_MEAN_IOU),
                  _verdict(one.method, "least IoU", one.least_iou, at_least=LEAST_IOU)]  # fmt: skip
        if not peers:
            continue
        for label, field, share in (
            ("MAE", "mae", MOST_MAE_SHARE),
            ("halo on black", "halo_black", MOST_HALO_SHARE),
            ("halo on magenta", "halo_magenta", MOST_HALO_SHARE),
        ):
            best = min(peers, key=lambda peer: float(getattr(peer, field)))
            ratio = float(getattr(one, field)) / max(float(getattr(best, field)), 1e-12)
            state = "reached" if ratio <= share else "missed"
            lines.append(
                f"{state}: {one.method}, {label} is {ratio:.2f} of {best.method}'s, "
                f"goal at most {share:.2f}"
            )
    return lines


def _verdict(method: str, label: str, value: float, *, at_least: float) -> str:
    state = "reached" if value >= at_least else "missed"
    return f"{state}: {method}, {label} {value:.4f}, goal at least {at_least:.2f}"


def _mean(values: Iterable[float]) -> float:
    """Mean, 0 of nothing."""
    listed = list(values)
    return sum(listed) / len(listed) if listed else 0.0
