import json
from pathlib import Path

import pytest
import torch

from tests.benchmarks.gpu.__main__ import main
from tests.benchmarks.gpu.architectures import full_size, names, small
from tests.benchmarks.gpu.speed import LOSSY, OURS, STOCK


def test_tiny_models_are_timed_as_large_ones_are(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, table = tmp_path / "results.json", tmp_path / "results.md"
    asked = ["--tiny", "--models", "z-image-inpaint", "--parts", "speed", "--repeat", "0",
             "--batches", "2", "--out", str(out), "--table", str(table)]  # fmt: skip
    assert main(asked) == 0
    rows = json.loads(out.read_text(encoding="utf-8"))["speed"]
    assert [(row["how"].partition(" (")[0], row["batch"]) for row in rows] == [
        (STOCK, 1), (OURS, 2), (LOSSY, 2)
    ]  # fmt: skip
    assert all(row["images_per_s"] > 0 and row["rate_share"] > 0 for row in rows)
    assert all(row["drift_db"] is None or row["drift_db"] > 40 for row in rows)
    assert table.read_text(encoding="utf-8") in capsys.readouterr().out


def test_many_jobs_over_two_models_load_each_once_and_lose_none(tmp_path: Path) -> None:
    out = tmp_path / "results.json"
    assert main(["--tiny", "--parts", "mixed", "memory", "--jobs", "12", "--out", str(out)]) == 0
    done, loads, busy, divided = json.loads(out.read_text(encoding="utf-8"))["facts"]
    assert done["measured"].startswith("12 of 12")
    assert loads["measured"] == "sdxl-inpaint 1, z-image-inpaint 1"
    assert busy["measured"].endswith("%")
    assert divided["measured"].startswith("3 of 3")
    assert (done["reached"], loads["reached"], divided["reached"]) == (True, True, True)


def test_the_unmeasured_tables_name_every_way(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--unmeasured"]) == 0
    said = capsys.readouterr().out
    assert said.count("stock diffusers") == len(names())
    assert "over 90%" in said


def test_without_a_card_large_models_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    if torch.cuda.is_available():
        pytest.skip("no CUDA device is what this is about")
    assert main([]) == 2
    assert "no CUDA card here" in capsys.readouterr().err


@pytest.mark.parametrize("name", names())
def test_architectures_are_as_large_as_the_real_ones(name: str) -> None:
    expected = {"sdxl-inpaint": 2.567e9, "z-image-inpaint": 6.155e9}
    with torch.device("meta"):
        pipe = full_size(name).build()
    steps = pipe.unet if hasattr(pipe, "unet") else pipe.transformer
    assert steps.num_parameters() == pytest.approx(expected[name], rel=0.002)
    assert small(name).profile.pipeline == full_size(name).profile.pipeline
