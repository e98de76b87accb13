"""What simulated shoppers like: the truth that a demonstration's tests have to find out."""

from collections.abc import Mapping, Sequence

import numpy as np

import abtest
from studio.services.demo.samples import Sample

_BUY_RATE = 0.08
_SEGMENT_TASTE = 0.4
"""How far segments' tastes differ, as a share of how far images differ."""
SEGMENT_WORDS = {"returning": "has bought here before", "new": "is here for the first time"}
ATTRIBUTES: Mapping[str, Mapping[str, object]] = {
    "returning": {"returning": True},
    "new": {"returning": False},
}
_SHARES = {"returning": 0.4, "new": 0.6}


def hidden_taste(
    sample: Sample, names: Sequence[str], generator: np.random.Generator
) -> abtest.Population:
    """Draw what simulated shoppers like: a click rate for each image and segment."""
    shared = generator.normal(0, sample.taste, len(names))
    crowds = {}
    for segment, share in _SHARES.items():
        own = generator.normal(0, sample.taste, len(names))
        weight = 1.0 if sample.segments_differ else _SEGMENT_TASTE
        logs = (shared + weight * own) / np.hypot(1, weight)
        rates = np.clip(sample.click_rate * np.exp(logs), 0.002, 0.5)
        crowds[segment] = abtest.Crowd(
            rates={name: float(rate) for name, rate in zip(names, rates, strict=True)},
            share=share,
            attributes=ATTRIBUTES[segment],
            conversion_rate=_BUY_RATE,
        )
    return abtest.Population(crowds=crowds, day_factors=(1, 0.97, 0.96, 0.98, 1.04, 1.12, 1.08))
