"""Maps of one channel, enlarged and added up by matrices: the same answer in less time."""

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from pipelines.matting.single_maps import ease_single_maps, linear_steps

openvino = pytest.importorskip("openvino", reason="the extra 'fast' is not installed")
Floats = npt.NDArray[np.float32]
_SIDE = 24


def _answering_from_depths(channels: int = 1) -> Any:
    """A network as U²-Net ends: maps of three depths, enlarged to one size, joined and weighed."""
    from openvino import Model, opset13

    random = np.random.default_rng(3)
    maps = [
        opset13.parameter([1, channels, side, side], dtype=np.float32, name=f"depth{side}")
        for side in (_SIDE, _SIDE // 2, _SIDE // 8)
    ]
    sizes = opset13.constant(np.array([_SIDE, _SIDE], np.int64))
    axes = opset13.constant(np.array([2, 3], np.int64))
    large = [maps[0]] + [
        opset13.interpolate(
            one, sizes, mode="linear_onnx", shape_calculation_mode="sizes", axes=axes,
            coordinate_transformation_mode="pytorch_half_pixel",
        )
        for one in maps[1:]
    ]  # fmt: skip
    weights = random.normal(size=(1, 3 * channels, 1, 1)).astype(np.float32)
    joined = opset13.convolution(
        opset13.concat(large, axis=1), opset13.constant(weights), [1, 1], [0, 0], [0, 0], [1, 1]
    )
    return Model([opset13.sigmoid(joined)], maps)


def _answer(model: Any, maps: list[Floats]) -> Floats:
    compiled = openvino.Core().compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    return np.asarray(compiled(maps)[0], np.float32)


def _kinds(model: Any) -> list[str]:
    return [one.get_type_name() for one in model.get_ops()]


def test_the_answer_is_the_same_without_enlarging_by_blocks() -> None:
    random = np.random.default_rng(5)
    maps = [
        random.normal(size=(1, 1, side, side)).astype(np.float32)
        for side in (_SIDE, _SIDE // 2, _SIDE // 8)
    ]
    model = _answering_from_depths()
    before = _answer(model, maps)
    ease_single_maps(model)
    assert not {"Interpolate", "Convolution", "Concat"} & set(_kinds(model))
    np.testing.assert_allclose(_answer(model, maps), before, atol=1e-5)
    assert np.ptp(before) > 0.5


def _making_one_map(*, seen: int = 12, window: int = 3, **asked: Any) -> Any:
    """A convolution as U²-Net has before each of its answers: many maps in, one out."""
    from openvino import Model, opset13

    maps = opset13.parameter([1, seen, _SIDE, _SIDE], dtype=np.float32)
    weights = np.random.default_rng(2).normal(size=(1, seen, window, window)).astype(np.float32)
    pads = asked.get("pads", [window // 2] * 2)
    strides, dilations = asked.get("strides", [1, 1]), asked.get("dilations", [1, 1])
    made = opset13.convolution(maps, opset13.constant(weights), strides, pads, pads, dilations)
    return Model([made], [maps])


def test_a_map_is_the_same_made_by_single_pixels() -> None:
    maps = [np.random.default_rng(6).normal(size=(1, 12, _SIDE, _SIDE)).astype(np.float32)]
    model = _making_one_map()
    before = _answer(model, maps)
    ease_single_maps(model)
    assert [one.get_shape() for one in _weights(model)] == [[9, 12, 1, 1], [1, 9, 3, 3]]
    np.testing.assert_allclose(_answer(model, maps), before, atol=1e-4)
    assert np.ptp(before) > 10


def _weights(model: Any) -> list[Any]:
    return [one.input(1) for one in model.get_ordered_ops() if one.get_type_name() == "Convolution"]


@pytest.mark.parametrize(
    "asked",
    [
        {"seen": 8},
        {"window": 1},
        {"pads": [0, 0]},
        {"strides": [2, 2]},
        {"pads": [2, 2], "dilations": [2, 2]},
    ],
)
def test_other_convolutions_to_one_map_stay_as_they_are(asked: dict[str, Any]) -> None:
    model = _making_one_map(**asked)
    ease_single_maps(model)
    assert len(_weights(model)) == 1


def test_maps_of_several_channels_stay_as_they_are() -> None:
    model = _answering_from_depths(channels=4)
    before = _kinds(model)
    ease_single_maps(model)
    assert _kinds(model) == before


@pytest.mark.parametrize(("many", "few"), [(12, 4), (9, 6), (5, 5)])
def test_the_steps_are_those_of_a_picture_enlarged(many: int, few: int) -> None:
    small = np.random.default_rng(many).random((few, few), dtype=np.float32)
    steps = linear_steps(many, few)
    large = cv2.resize(small, (many, many), interpolation=cv2.INTER_LINEAR)
    np.testing.assert_allclose(steps @ small @ steps.T, large, atol=1e-5)
