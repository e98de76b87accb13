"""What was measured, as values, as JSON and as tables for the README."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

UNMEASURED = "unmeasured"
_SPEED_HEAD = ("model", "how", "batch", "images/s", "times stock", "first image s", "peak GB",
               "share of matrix rate", "drift PSNR dB")  # fmt: skip
_FACT_HEAD = ("what", "measured", "goal")


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeedRow:
    """One way to run one model.

    Attributes
    ----------
    times_stock
        Images a second over those of stock diffusers, batch 1.
    rate_share
        Of the device's own measured matrix rate.
    drift_db
        PSNR against the picture of stock diffusers of equal seed; None where they are equal.
    """

    model: str
    how: str
    batch: int
    images_per_s: float
    times_stock: float
    first_s: float
    peak_bytes: int | None
    rate_share: float
    drift_db: float | None

    def cells(self) -> tuple[str, ...]:
        """As a table shows it."""
        peak = "not known" if self.peak_bytes is None else f"{self.peak_bytes / 1e9:.1f}"
        drift = "equal" if self.drift_db is None else f"{self.drift_db:.1f}"
        return (self.model, self.how, str(self.batch), f"{self.images_per_s:.2f}",
                f"{self.times_stock:.2f}", f"{self.first_s:.1f}", peak,
                f"{self.rate_share:.0%}", drift)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One number about many jobs, with what it should be."""

    what: str
    measured: str
    goal: str
    reached: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """All of one run on one device."""

    label: str
    speed: tuple[SpeedRow, ...] = ()
    facts: tuple[Fact, ...] = ()

    def save(self, file: Path) -> None:
        """Write as JSON."""
        file.write_text(json.dumps(asdict(self), indent=2) + "\n", encoding="utf-8")

    def markdown(self) -> str:
        """The tables, under a line that says where and with what they were measured."""
        parts = [f"Measured on: {self.label}."]
        if self.speed:
            parts.append(_table(_SPEED_HEAD, [row.cells() for row in self.speed]))
        if self.facts:
            cells = [(one.what, one.measured, one.goal) for one in self.facts]
            parts.append(_table(_FACT_HEAD, cells))
        return "\n\n".join(parts) + "\n"


def unmeasured(ways: Sequence[tuple[str, str, int]], facts: Sequence[tuple[str, str]]) -> str:
    """The same tables before any card was at hand."""
    blank = (UNMEASURED,) * (len(_SPEED_HEAD) - 3)
    rows = [(model, how, str(batch), *blank) for model, how, batch in ways]
    held = [(what, UNMEASURED, goal) for what, goal in facts]
    return (
        f"Measured on: no card yet.\n\n{_table(_SPEED_HEAD, rows)}\n\n{_table(_FACT_HEAD, held)}\n"
    )


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join([*lines, *("| " + " | ".join(row) + " |" for row in rows)])
