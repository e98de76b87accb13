"""A network's maps of one channel, made, enlarged and added without the empty ones beside them.

Networks such as U²-Net answer from several depths, each time with one map that is enlarged to the
picture's size. OpenVINO holds maps by blocks of sixteen channels, so that it makes and enlarges
fifteen empty ones beside each: of 170 ms for one look of U²-Net's small kin 16 to make them, 8 to
enlarge and 3 to add them up. Linear enlarging is a matrix from either side, which takes a tenth of
that. A map that sees nine pixels of each channel is made of nine maps that see one each: those fill
a block, and take a third of the time.
"""

import math
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
_LINEAR = {"linear", "linear_onnx"}
_FROM_PIXEL_CENTRES = {"half_pixel", "pytorch_half_pixel"}


def ease_single_maps(model: Any) -> None:
    """Let an OpenVINO model make maps of one channel by pixels, enlarge them by matrices, and add.

    Answers stay the same, but for what less precision than float32 rounds in between.
    """
    for node in model.get_ops():
        if node.get_type_name() == "Convolution" and _makes_single_map(node):
            _make_by_pixels(node)
    for node in model.get_ops():
        if node.get_type_name() == "Interpolate" and _is_single(node):
            _enlarge_by_matrices(node)
    for node in model.get_ops():
        if node.get_type_name() == "Convolution" and _weighs_single_maps(node):
            _add_up(node)
    model.validate_nodes_and_infer_types()


def linear_steps(many: int, few: int) -> Floats:
    """What each of many places takes of each of few, by straight lines between pixels' centres.

    >>> linear_steps(4, 2)
    array([[1.  , 0.  ],
           [0.75, 0.25],
           [0.25, 0.75],
           [0.  , 1.  ]], dtype=float32)
    """
    places = np.clip((np.arange(many) + 0.5) * few / many - 0.5, 0, few - 1)
    distance = np.abs(places[:, None] - np.arange(few))
    return np.asarray(np.maximum(1 - distance, 0), dtype=np.float32)


def _makes_single_map(node: Any) -> bool:
    """Whether a convolution gives one map, of the size of the many that it sees around a pixel."""
    weights, asked = node.input_value(1).get_node(), node.get_attributes()
    if weights.get_type_name() != "Constant":
        return False
    made, seen, *window = weights.get_output_shape(0)
    margins = [side // 2 for side in window]
    return bool(
        made == 1
        and seen > math.prod(window) > 1
        and all(side % 2 for side in window)
        and list(asked["pads_begin"]) == list(asked["pads_end"]) == margins
        and {*asked["strides"], *asked["dilations"]} == {1}
    )


def _make_by_pixels(node: Any) -> None:
    """Weigh the channels once for each place of the window, then add up what lies there."""
    from openvino import opset13

    weights = node.input_value(1).get_node().data.astype(np.float32)[0]
    seen, *window = weights.shape
    places, ones = math.prod(window), [1, 1]
    each = np.ascontiguousarray(weights.reshape(seen, places).T.reshape(places, seen, 1, 1))
    weighed = opset13.convolution(
        node.input_value(0), opset13.constant(each), ones, [0, 0], [0, 0], ones
    )
    own = np.eye(places, dtype=np.float32).reshape(1, places, *window)
    margins = [side // 2 for side in window]
    total = opset13.convolution(weighed, opset13.constant(own), ones, margins, margins, ones)
    _replace(node, total)


def _is_single(node: Any) -> bool:
    given, made = node.input(0).get_partial_shape(), node.output(0).get_partial_shape()
    if given.is_dynamic or made.is_dynamic or len(given) != 4:
        return False
    asked = node.get_attributes()
    return (
        [one.get_length() for one in given][:2] == [one.get_length() for one in made][:2] == [1, 1]
        and made[2].get_length() >= given[2].get_length()
        and made[3].get_length() >= given[3].get_length()
        and asked["mode"] in _LINEAR
        and asked["coordinate_transformation_mode"] in _FROM_PIXEL_CENTRES
        and not any([*asked["pads_begin"], *asked["pads_end"]])
    )


def _enlarge_by_matrices(node: Any) -> None:
    from openvino import opset13

    few, many = node.input(0).get_shape(), node.output(0).get_shape()
    across = opset13.constant(linear_steps(many[3], few[3]).T.copy())
    down = opset13.constant(linear_steps(many[2], few[2])[None, None])
    wide = opset13.matmul(node.input_value(0), across, transpose_a=False, transpose_b=False)
    whole = opset13.matmul(down, wide, transpose_a=False, transpose_b=False)
    _replace(node, whole)


def _weighs_single_maps(node: Any) -> bool:
    """Whether a convolution gives one map of others of one channel, pixel by pixel."""
    weights, joined = node.input_value(1).get_node(), node.input_value(0).get_node()
    return (
        weights.get_type_name() == "Constant"
        and joined.get_type_name() == "Concat"
        and weights.get_output_shape(0)[0] == 1
        and list(weights.get_output_shape(0)[2:]) == [1, 1]
        and all(one.get_shape()[1] == 1 for one in joined.inputs())
    )


def _add_up(node: Any) -> None:
    from openvino import opset13

    weights = node.input_value(1).get_node().data.astype(np.float32).ravel()
    maps = [one.get_source_output() for one in node.input_value(0).get_node().inputs()]
    total: Any = None
    for weight, one in zip(weights, maps, strict=True):
        part = opset13.multiply(one, opset13.constant(weight.reshape(1, 1, 1, 1)))
        total = part if total is None else opset13.add(total, part)
    _replace(node, total)


def _replace(node: Any, by: Any) -> None:
    for taker in node.output(0).get_target_inputs():
        taker.replace_source_output(by.output(0))
