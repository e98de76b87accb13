"""Compiled networks that are kept: the same answers, read back; anything odd is compiled anew."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipelines import WeightStore
from pipelines.matting import compiled
from pipelines.matting.compiled import CompiledNetworks
from pipelines.matting.engines import OpenVinoEngine

openvino = pytest.importorskip("openvino", reason="the extra 'fast' is not installed")
ABOUT: dict[str, object] = {"weights": "a", "options": {"INFERENCE_PRECISION_HINT": "f32"}}
GIVEN = np.arange(4, dtype=np.float32)


def test_what_was_compiled_is_read_back_and_answers_the_same(tmp_path: Path) -> None:
    kept, core = CompiledNetworks(tmp_path / "new"), openvino.Core()
    first = kept.get(core, ABOUT, lambda: _doubling(core))
    again = kept.get(openvino.Core(), ABOUT, _never)
    assert np.array_equal(first([GIVEN])[0], 2 * GIVEN)
    assert np.array_equal(again([GIVEN])[0], 2 * GIVEN)


def test_another_network_has_another_file(tmp_path: Path) -> None:
    kept, core = CompiledNetworks(tmp_path), openvino.Core()
    kept.get(core, ABOUT, lambda: _doubling(core))
    with pytest.raises(AssertionError, match="compiled anew"):
        kept.get(core, ABOUT | {"weights": "b"}, _never)


@pytest.mark.parametrize("spoil", [lambda data: data[:-9], lambda data: data[:40] + b"x" + data[41:],
                                   lambda _: b""])  # fmt: skip
def test_a_spoilt_file_is_compiled_anew(tmp_path: Path, spoil: Callable[[bytes], bytes]) -> None:
    kept, core = CompiledNetworks(tmp_path), openvino.Core()
    kept.get(core, ABOUT, lambda: _doubling(core))
    (file,) = tmp_path.iterdir()
    file.write_bytes(spoil(file.read_bytes()))
    found = kept.get(core, ABOUT, lambda: _doubling(core))
    assert np.array_equal(found([GIVEN])[0], 2 * GIVEN)
    assert np.array_equal(kept.get(core, ABOUT, _never)([GIVEN])[0], 2 * GIVEN)


def test_a_folder_that_cannot_be_written_costs_nothing_but_time(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("no folder")
    core = openvino.Core()
    found = CompiledNetworks(blocked).get(core, ABOUT, lambda: _doubling(core))
    assert np.array_equal(found([GIVEN])[0], 2 * GIVEN)


def test_what_a_killed_process_left_goes_and_what_is_being_written_stays(tmp_path: Path) -> None:
    left, written = tmp_path / "a.part", tmp_path / "b.part"
    for part in (left, written):
        part.write_bytes(b"half of a network")
    os.utime(left, (1_000, 1_000))
    CompiledNetworks(tmp_path)
    assert list(tmp_path.iterdir()) == [written]


def test_what_was_not_used_for_longest_goes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compiled, "_KEPT", 2)
    kept, core = CompiledNetworks(tmp_path), openvino.Core()
    for second, name in enumerate("ab"):
        kept.get(core, ABOUT | {"weights": name}, lambda: _doubling(core))
        newest = max(tmp_path.iterdir(), key=lambda one: one.stat().st_mtime)
        os.utime(newest, (second, second))
    kept.get(core, ABOUT | {"weights": "a"}, _never)
    kept.get(core, ABOUT | {"weights": "c"}, lambda: _doubling(core))
    assert len(list(tmp_path.iterdir())) == 2
    kept.get(core, ABOUT | {"weights": "a"}, _never)
    with pytest.raises(AssertionError, match="compiled anew"):
        kept.get(core, ABOUT | {"weights": "b"}, _never)


def test_a_glance_by_a_kept_network_is_the_same_to_the_last_digit(
    weights: WeightStore, tmp_path: Path
) -> None:
    file, given = weights.path("u2netp"), np.random.default_rng(4).random((1, 3, 320, 320))
    found = [_glance(file, given.astype(np.float32), kept) for kept in (None, tmp_path, tmp_path)]
    assert len(list(tmp_path.glob("*.blob"))) == 1
    assert np.array_equal(found[0], found[1])
    assert np.array_equal(found[0], found[2])


def _glance(file: Path, given: Any, kept: Path | None) -> Any:
    quick = OpenVinoEngine(file, threads=1, compiled=kept).quick
    assert quick is not None
    return quick.run(given, output=3)


def _doubling(core: Any) -> Any:
    from openvino import Model, opset13

    given = opset13.parameter([4], np.float32)
    model = Model([opset13.multiply(given, np.float32(2))], [given])
    return core.compile_model(model, "CPU", ABOUT["options"])


def _never() -> Any:
    raise AssertionError("compiled anew")
