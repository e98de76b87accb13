"""The one place that knows rembg: a session over weights that we pulled and verified."""

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from pipelines.weights import ModelCard


class RembgMatter:
    """A matting model: a picture in, how sure the model is of product at each pixel out.

    rembg's own ``predict`` stretches every result to the full range, so an empty table becomes
    a product; we take the model's probabilities as they are.
    """

    def __init__(self, card: ModelCard, weights: Path) -> None:
        import onnxruntime
        from rembg.sessions import sessions_class

        base = next(kind for kind in sessions_class if kind.name() == card.rembg)

        class Local(base):  # type: ignore[misc, valid-type]
            @classmethod
            def download_models(cls, *_: Any, **__: Any) -> str:
                return str(weights)

        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        self.card = card
        self._session = Local(card.rembg, options)

    @property
    def device(self) -> str:
        """Where the model really runs, such as ``cpu`` or ``cuda``."""
        first: str = self._session.inner_session.get_providers()[0]
        return first.removesuffix("ExecutionProvider").lower()

    def probability(self, rgb: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        """Probability of product, float32 of the model's own square input size.

        Parameters
        ----------
        rgb : uint8 (H, W, 3), sRGB
        """
        size = (self.card.input_px, self.card.input_px)
        shrinking = max(rgb.shape[:2]) > self.card.input_px
        how = cv2.INTER_AREA if shrinking else cv2.INTER_CUBIC
        picture = cv2.resize(rgb, size, interpolation=how).astype(np.float32)
        picture /= max(float(picture.max()), 1e-6)  # as the models were trained: brightest is 1
        picture -= np.asarray(self.card.mean, np.float32)
        picture /= np.asarray(self.card.std, np.float32)
        session = self._session.inner_session
        feed = {session.get_inputs()[0].name: picture.transpose(2, 0, 1)[None]}
        # The other outputs are the same answer at earlier layers, used only in training.
        output = session.run([session.get_outputs()[0].name], feed)[0]
        return np.asarray(output[0, 0], dtype=np.float32).clip(0, 1)
