"""Eight bits in the costliest layers: nearly the same answer, from ranges that photos were seen to fill."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipelines import WeightStore, model_card
from pipelines.imaging.decode import decode
from pipelines.matting import eight_bits, engines
from pipelines.matting.eight_bits import (
    convolutions,
    multiplies_eight_bits,
    narrow,
    ranges_of,
)
from pipelines.matting.engines import Engine, OpenVinoEngine
from pipelines.matting.network import NetworkMatter
from tests.benchmarks.matting.ranges import LAYERS, measure

MUG = Path(__file__).parents[3] / "studio" / "samples" / "ceramic-mug" / "photo.webp"
RANGES = Path(eight_bits.__file__).with_name("ranges")
openvino = pytest.importorskip("openvino", reason="the extra 'fast' is not installed")


def test_the_kept_ranges_are_of_models_that_we_describe() -> None:
    known = {model_card(name).revision: name for name in ("u2netp",)}
    for file in RANGES.iterdir():
        kept = json.loads(file.read_text(encoding="utf-8"))
        assert known[file.stem] == kept["network"]
        assert kept["sha256"].startswith(file.stem)
        assert tuple(kept["layers"]) == LAYERS


def test_a_file_that_was_never_measured_has_no_ranges(tmp_path: Path) -> None:
    other = tmp_path / "other.onnx"
    other.write_bytes(b"another network")
    assert ranges_of(other) == {}


@pytest.mark.parametrize(
    ("capable", "machine", "does"),
    [(["FP32", "BF16", "INT8"], "x86_64", True), (["FP32", "INT8"], "x86_64", False),
     (["FP32", "BF16", "INT8"], "aarch64", False)],
)  # fmt: skip
def test_only_processors_that_never_overflow_multiply_eight_bits(
    capable: list[str], machine: str, monkeypatch: pytest.MonkeyPatch, *, does: bool
) -> None:
    monkeypatch.setattr("platform.machine", lambda: machine)
    assert multiplies_eight_bits(capable) is does


def test_a_narrowed_layer_answers_nearly_the_same() -> None:
    model, given = _one_layer(), np.random.default_rng(5).random((1, 3, 24, 24), np.float32)
    given[0] *= np.array([0.01, 1, 30], np.float32)[:, None, None]
    exact = _answer(model, given)
    widest = given[0].max(axis=(1, 2))
    narrow(model, {"layer": widest, "left out": widest})
    kinds = [one.get_type_name() for one in model.get_ops()]
    found = _answer(model, given)
    assert kinds.count("FakeQuantize") == 2
    assert 0 < np.abs(found - exact).max() < 0.02 * np.abs(exact).max()


def test_a_faint_channel_of_large_weights_is_rounded_by_its_own_range() -> None:
    given = np.zeros((1, 3, 8, 8), np.float32)
    given[0, 0] = np.linspace(0, 0.3, 64, dtype=np.float32).reshape(8, 8)
    exact, own, shared = (_one_layer(first=10) for _ in range(3))
    narrow(own, {"layer": np.array([0.3, 1, 3], np.float32)})
    narrow(shared, {"layer": np.array([3, 3, 3], np.float32)})
    errors = [np.abs(_answer(one, given) - _answer(exact, given)).mean() for one in (own, shared)]
    assert errors[0] < errors[1] / 2


def test_a_photo_stays_within_the_kept_ranges(weights: WeightStore) -> None:
    file = weights.path("u2netp")
    kept, seen = ranges_of(file), measure(file, [decode(MUG.read_bytes(), name="mug").rgb])
    assert set(kept) == set(seen)
    beyond = [np.max(np.asarray(seen[name]) / np.maximum(kept[name], 1e-3)) for name in kept]
    assert max(beyond) <= 1.001


def test_quick_looks_in_eight_bits_see_what_those_in_bfloat16_see(
    weights: WeightStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    rgb, file = decode(MUG.read_bytes(), name="mug").rgb, weights.path("u2netp")
    quick, same = (OpenVinoEngine(file, threads=1).quick for _ in range(2))
    monkeypatch.setattr(engines, "ranges_of", lambda _: {})
    plain = OpenVinoEngine(file, threads=1).quick
    found, again, exact = (_glance(engine, rgb) for engine in (quick, same, plain))
    assert quick is not None
    assert np.array_equal(found, again)
    assert np.abs(found - exact).mean() < 1e-3
    assert np.array_equal(found, exact) != ("eight bits" in quick.device)


def _glance(engine: Engine | None, rgb: Any) -> Any:
    assert engine is not None
    return NetworkMatter(model_card("u2netp"), engine, side_px=352).glance(rgb)


def _one_layer(*, first: float = 1.0) -> Any:
    from openvino import Model, opset13

    weights = np.random.default_rng(2).normal(size=(4, 3, 3, 3)).astype(np.float32)
    weights[:, 0] *= first
    given = opset13.parameter([1, 3, -1, -1], np.float32)
    layer = opset13.convolution(given, weights, [1, 1], [1, 1], [1, 1], [1, 1])
    layer.set_friendly_name("layer/WithoutBiases")
    model = Model([layer], [given])
    assert len(convolutions(model)) == 1
    return model


def _answer(model: Any, given: Any) -> Any:
    options = {"INFERENCE_PRECISION_HINT": "f32"}
    compiled = openvino.Core().compile_model(model, "CPU", options)
    return np.array(compiled([given])[0])
