"""A matting network that we describe: a picture in, how sure it is of product at each pixel out."""

from dataclasses import replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from pipelines.matting.consensus import QuickMatter
from pipelines.matting.engines import Engine
from pipelines.matting.inputs import normalised, squared
from pipelines.weights import ModelCard

Rgb = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]


class NetworkMatter:
    """A described network on an engine.

    rembg's own ``predict`` stretches every result to the full range, so an empty table becomes
    a product; the probabilities are taken as they are.
    """

    def __init__(
        self, card: ModelCard, engine: Engine, *, side_px: int = 0, exact_px: int = 0
    ) -> None:
        """Take an engine; it looks at the size in its file, or where it resizes, at another.

        Parameters
        ----------
        exact_px : of a quick network, the size of exact looks
        """
        self._engine = engine
        self.card = replace(card, input_px=side_px or engine.side_px or card.input_px)
        self._exact_px = exact_px or self.card.input_px

    @cached_property
    def quick(self) -> QuickMatter | None:
        """The same network at the card's sizes for quick looks; None where it cannot be quick."""
        engine = self._engine.quick if self.card.quick_px else None
        if engine is None:
            return None
        exact_px = self.card.input_px
        return NetworkMatter(self.card, engine, side_px=self.card.quick_px, exact_px=exact_px)

    @cached_property
    def resized(self) -> QuickMatter:
        """The same network, as quick, at the size of its exact looks."""
        return NetworkMatter(self.card, self._engine, side_px=self._exact_px)

    def prepare(self) -> None:
        """Do beforehand what the first picture's quick looks would wait for."""
        engine = self._engine.quick if self.card.quick_px else None
        if engine is not None:
            engine.prepare(self.card.glance_px, output=self.card.glance_output)
            engine.prepare(self.card.quick_px)

    @property
    def device(self) -> str:
        """Where the network really runs, and on what."""
        return self._engine.device

    def probability(self, rgb: Rgb) -> Floats:
        """Probability of product, float32 of the network's own square input size.

        Parameters
        ----------
        rgb : uint8 (H, W, 3), sRGB
        """
        return self._seen(rgb, self.card.input_px, output=0)

    def glance(self, rgb: Rgb) -> Floats:
        """Probability of product by the earlier answer that tells where it is."""
        return self._seen(rgb, self.card.glance_px, output=self.card.glance_output)

    def _seen(self, rgb: Rgb, side: int, *, output: int) -> Floats:
        small = squared(rgb, side)
        small /= max(float(small.max()), 1e-6)  # as the models were trained: brightest is 1
        inputs = normalised(small, self.card)[None]
        return self._engine.run(inputs, output=output).clip(0, 1)
