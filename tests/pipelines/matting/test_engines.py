"""Two engines, one network: the same answer, told apart in the report."""

import importlib.util
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
import pytest

from pipelines import WeightStore, load_matter, model_card
from pipelines.errors import DeviceMissing, ModelCorrupt
from pipelines.imaging.decode import decode
from pipelines.matting import engines
from pipelines.matting.engines import Engine, OnnxRuntimeEngine, OpenVinoEngine, open_engine
from pipelines.matting.network import NetworkMatter

MUG = Path(__file__).parents[3] / "studio" / "samples" / "ceramic-mug" / "photo.webp"


@pytest.fixture(scope="module")
def file(weights: WeightStore) -> Path:
    return weights.path("u2netp")


@pytest.fixture(scope="module")
def openvino(file: Path) -> OpenVinoEngine:
    return OpenVinoEngine(file, threads=1)


@pytest.fixture(scope="module")
def onnxruntime(file: Path) -> OnnxRuntimeEngine:
    return OnnxRuntimeEngine(file, threads=1)


def test_both_engines_find_the_same_product(
    openvino: OpenVinoEngine, onnxruntime: OnnxRuntimeEngine
) -> None:
    rgb = decode(MUG.read_bytes(), name="mug").rgb
    exact, other = (_matter(one).probability(rgb) for one in (openvino, onnxruntime))
    assert np.abs(exact - other).max() < 1e-3
    assert other.mean() > 0.05


def test_a_quick_look_sees_nearly_what_an_exact_one_sees(openvino: OpenVinoEngine) -> None:
    rgb = decode(MUG.read_bytes(), name="mug").rgb
    exact = _matter(openvino)
    assert exact.quick is not None
    quick, resized = exact.quick, exact.quick.resized
    seen = [one.probability(rgb) for one in (exact, quick, resized)] + [quick.glance(rgb)]
    assert [one.shape for one in seen] == [(320, 320), (352, 352), (320, 320), (320, 320)]
    assert resized.device == quick.device != exact.device
    product = [cv2.resize(one, (320, 320)) > 0.5 for one in seen]
    overlaps = [(product[0] & one).sum() / (product[0] | one).sum() for one in product[1:]]
    assert min(overlaps) > 0.97


def test_only_some_models_on_some_engines_can_be_quick(
    openvino: OpenVinoEngine, onnxruntime: OnnxRuntimeEngine
) -> None:
    assert _matter(onnxruntime).quick is None
    assert NetworkMatter(model_card("u2net"), openvino).quick is None  # best is never quick


def test_threads_that_look_at_once_see_their_own_picture(openvino: OpenVinoEngine) -> None:
    random = np.random.default_rng(3)
    pictures = [random.random((1, 3, 64, 64), np.float32) for _ in range(6)]
    alone = [openvino.run(one) for one in pictures]
    with ThreadPoolExecutor(3) as pool:
        together = list(pool.map(openvino.run, pictures))
    assert all(np.array_equal(a, b) for a, b in zip(alone, together, strict=True))
    assert not np.array_equal(alone[0], alone[1])


def test_the_report_can_tell_engine_and_precision(
    openvino: OpenVinoEngine, onnxruntime: OnnxRuntimeEngine
) -> None:
    assert onnxruntime.device in {"cpu", "cuda", "rocm"}
    assert openvino.device == "cpu by openvino"
    assert openvino.quick is not None
    known = ("", " in bfloat16", " in bfloat16 and eight bits")
    assert openvino.quick.device in {f"cpu by openvino{one}" for one in known}


def test_openvino_is_taken_where_it_is_installed(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert isinstance(open_engine(file, threads=1), OpenVinoEngine)
    monkeypatch.setattr(importlib.util, "find_spec", _nothing_is_installed)
    assert isinstance(open_engine(file, threads=1), OnnxRuntimeEngine)


def test_an_accelerator_goes_first_and_tells_that_it_fell_back(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = ["CUDAExecutionProvider", "CPUExecutionProvider"]
    monkeypatch.setattr(engines, "providers_for", lambda _: wanted)
    with pytest.warns(UserWarning, match="CUDAExecutionProvider"):  # ONNX Runtime's own
        engine = open_engine(file, threads=1)
    assert isinstance(engine, OnnxRuntimeEngine)
    assert engine.device == "cpu, as the accelerator's libraries do not load"
    with pytest.warns(UserWarning, match="CUDA"), pytest.raises(DeviceMissing):
        OnnxRuntimeEngine(file, threads=1, device="cuda")


def test_a_described_model_never_loads_rembg(
    weights: WeightStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object, **__: object) -> None:
        raise AssertionError("rembg takes a second to import")

    monkeypatch.setattr("pipelines.matting.rembg_session.session_class", refused)
    matter = load_matter(model_card("u2netp"), weights.path("u2netp"), threads=1)
    assert matter.card.name == "u2netp"


@pytest.mark.parametrize("installed", [True, False])
def test_a_file_that_is_no_network_is_told_as_such(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    *,
    installed: bool,
) -> None:
    card = model_card("u2netp")
    # Not bytes that any format begins with: OpenVINO says on stderr what it thinks of them.
    (tmp_path / card.file).write_bytes(
        (b"\x08\x81not a network\n" * card.size_bytes)[: card.size_bytes]
    )
    if not installed:
        monkeypatch.setattr(importlib.util, "find_spec", _nothing_is_installed)
    with pytest.raises(ModelCorrupt, match="pull u2netp --force"):
        load_matter(card, tmp_path / card.file, threads=1)
    assert capfd.readouterr().err == ""


def _matter(engine: Engine) -> NetworkMatter:
    return NetworkMatter(model_card("u2netp"), engine)


_nothing_is_installed: Callable[[str], None] = lambda _: None  # noqa: E731
