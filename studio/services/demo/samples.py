"""The sample products that come with the package, and what the demonstration does with them."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SAMPLES = Path(__file__).parents[2] / "samples"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A product of our own making: a photo-like render, and its exact cutout.

    Attributes
    ----------
    templates
        Scenes that compete in its demonstration test.
    glass
        Whether they shine through its clear parts.
    taste
        Relative spread of the simulated click rates between images.
    segments_differ
        Whether each segment gets its own allocation and winner.
    """

    name: str
    title: str
    category: str
    description: str
    photo: Path
    cutout: Path
    height_cm: float
    templates: tuple[str, ...] = ()
    glass: bool = False
    taste: float = 0.3
    segments_differ: bool = False
    click_rate: float = 0.05
    visits_per_day: int = 2000


def load_samples(root: Path = SAMPLES) -> list[Sample]:
    """Every sample that the demonstration knows, in its file's order."""
    plans = tomllib.loads((root / "demo.toml").read_text(encoding="utf-8"))
    return [_sample(root / name, plan) for name, plan in plans.items()]


def _sample(folder: Path, plan: dict[str, Any]) -> Sample:
    record = tomllib.loads((folder / "sample.toml").read_text(encoding="utf-8"))
    return Sample(
        name=folder.name,
        title=record["title"],
        category=record["category"],
        description=record["description"],
        photo=folder / record["photo"]["file"],
        cutout=folder / record["cutout"]["file"],
        height_cm=float(record["size_cm"][1]),
        templates=tuple(plan.pop("templates")),
        **plan,
    )
