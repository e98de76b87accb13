"""The one place that runs rembg: a session of a model that we do not describe."""

import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image

from pipelines.errors import CheckpointUnusable
from pipelines.matting.consensus import QuickMatter
from pipelines.matting.providers import DeviceWish, providers_for, refuse_fallback
from pipelines.matting.rembg_models import session_class
from pipelines.session import engine_faults
from pipelines.weights import ModelCard


class RembgMatter:
    """A matting model that rembg knows: a picture in, rembg's own mask of it out."""

    quick: QuickMatter | None = None

    def __init__(
        self, card: ModelCard, weights: Path, *, threads: int = 0, device: DeviceWish = "auto"
    ) -> None:
        """Load a model.

        Parameters
        ----------
        threads
            That it may use for one picture; 0 takes all cores.
        device
            Where it shall run; auto takes an accelerator where the runtime has one.

        Raises
        ------
        DeviceMissing : it does not run where it was asked to
        CheckpointUnusable : the file is no network
        """
        import onnxruntime

        providers = providers_for(device)

        class Local(session_class(card.rembg, weights.parent)):  # type: ignore[misc]
            @classmethod
            def download_models(cls, *_: Any, **__: Any) -> str:
                return str(weights)

        options = onnxruntime.SessionOptions()
        options.log_severity_level = 4  # what is wrong is told by us
        options.intra_op_num_threads = threads
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            try:
                self._session = Local(card.rembg, options, providers=providers)
            except engine_faults() as fault:
                fact = f"{weights} is spoilt: no network can be read from it"
                fix = "delete the file, and rembg fetches it anew"
                raise CheckpointUnusable(name=card.name, fact=fact, fix=fix) from fault
        refuse_fallback(device, self._session.inner_session.get_providers())
        self._fell_back = any("is running on CPU" in str(one.message) for one in told)
        side = self._session.inner_session.get_inputs()[0].shape[-1]
        self.card = replace(card, input_px=side) if isinstance(side, int) else card

    @property
    def device(self) -> str:
        """Where the model really runs, such as ``cpu`` or ``cuda``, and if not where it should."""
        first: str = self._session.inner_session.get_providers()[0]
        name = first.removesuffix("ExecutionProvider").lower()
        return f"{name}, as the accelerator's libraries do not load" if self._fell_back else name

    def probability(self, rgb: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        """Mask as rembg makes it, stretched to [0, 1]; float32 of the model's own square input.

        Parameters
        ----------
        rgb : uint8 (H, W, 3), sRGB
        """
        side = self.card.input_px
        how = cv2.INTER_AREA if max(rgb.shape[:2]) > side else cv2.INTER_CUBIC
        small = np.asarray(cv2.resize(rgb, (side, side), interpolation=how), dtype=np.uint8)
        mask = self._session.predict(Image.fromarray(small))[0].convert("L")
        resized = mask.resize(small.shape[1::-1])
        return np.asarray(resized, dtype=np.float32) / np.float32(255)
