"""How far a matting network's features reach, for the layers that quick looks hold in eight bits.

    python -m tests.benchmarks.matting.ranges > pipelines/matting/ranges/309c8469258d.json

Walks the bundled samples' photos, each whole, with a margin cut off, and mirrored, through u2netp
in float32, and prints the largest input of each channel of its costliest layers. Those are named
whose narrowing moves the answer by no more than 0.0002 on average; of the costly ones ``Conv_787``
(0.045) and ``Conv_920`` (0.0006) reach too far.
"""

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from pipelines import model_card
from pipelines.imaging.decode import decode
from pipelines.matting.eight_bits import convolutions
from pipelines.matting.inputs import normalised, squared
from pipelines.weights import sha256_of
from tests.benchmarks.matting.methods import weights_folder
from tests.benchmarks.matting.pictures import SAMPLES

NETWORK, SIDE_PX = "u2netp", 352
LAYERS = (
    "Conv_810", "Conv_942", "Conv_680", "Conv_132", "Conv_812", "Conv_2", "Conv_136", "Conv_575",
    "Conv_243", "Conv_682", "Conv_247", "Conv_138", "Conv_657", "Conv_495", "Conv_329", "Conv_110",
)  # fmt: skip
_MARGIN = 8
Rgb = npt.NDArray[np.uint8]


def measure(weights: Path, pictures: Sequence[Rgb]) -> dict[str, list[float]]:
    """Largest input of each channel of each layer over all pictures."""
    import openvino

    core = openvino.Core()
    whole = core.read_model(weights)
    layers = {one.get_friendly_name().partition("/")[0]: one for one in convolutions(whole)}
    inputs = [layers[name].input(0).get_source_output() for name in LAYERS]
    model = openvino.Model(inputs, whole.get_parameters())
    model.reshape([1, 3, SIDE_PX, SIDE_PX])
    options = {"INFERENCE_PRECISION_HINT": "f32"}
    request = core.compile_model(model, "CPU", options).create_infer_request()
    found: dict[str, Any] = {}
    for picture in pictures:
        small = squared(picture, SIDE_PX)
        small /= max(float(small.max()), 1e-6)
        request.infer([normalised(small, model_card(NETWORK))[None]])
        for place, name in enumerate(LAYERS):
            most = request.get_output_tensor(place).data[0].max(axis=(1, 2))
            found[name] = np.maximum(found.get(name, most), most)
    return {name: [round(float(one), 4) for one in most] for name, most in found.items()}


def views_of_samples() -> Iterator[Rgb]:
    """Each bundled photo in three views."""
    for path in sorted(SAMPLES.glob("*/photo.webp")):
        rgb = decode(path.read_bytes(), name=path.parent.name).rgb
        down, right = rgb.shape[0] // _MARGIN, rgb.shape[1] // _MARGIN
        yield rgb
        yield rgb[down:-down, right:-right]
        yield cv2.flip(rgb, 1)


def main() -> None:
    """Measure, and print the file."""
    weights = weights_folder() / model_card(NETWORK).file
    layers = measure(weights, list(views_of_samples()))
    found = {"network": NETWORK, "sha256": sha256_of(weights), "layers": layers}
    text = json.dumps(found, indent=1)
    print(re.sub(r"(?<=[\[,\d])\n\s+(?=[\d\]])", " ", text))


if __name__ == "__main__":
    main()
