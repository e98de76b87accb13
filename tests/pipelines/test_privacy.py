"""What the runtimes leave behind, in a process of their own with a home of its own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pipelines import WeightStore

_RUN = """
import sys
from pathlib import Path
import numpy as np
import pipelines
from pipelines.matting.engines import OnnxRuntimeEngine, OpenVinoEngine

engine = {"onnxruntime": OnnxRuntimeEngine, "openvino": OpenVinoEngine}[sys.argv[1]]
found = engine(Path(sys.argv[2])).run(np.zeros((1, 3, 320, 320), np.float32))
print(found.shape, *(name for name in sys.modules if "telemetry" in name))
"""
# Runtimes keep quiet where they are tested, and would seem to keep quiet everywhere.
_OF_TESTS = {"CI", "TF_BUILD", "JENKINS_URL", "GITHUB_ACTIONS", "ORT_DISABLE_TELEMETRY"}


@pytest.mark.parametrize("runtime", ["onnxruntime", "openvino"])
def test_nobody_is_told_that_a_model_ran(
    runtime: str, weights: WeightStore, tmp_path: Path
) -> None:
    outside = {name: value for name, value in os.environ.items() if name not in _OF_TESTS}
    homes = {"HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    done = subprocess.run(
        [sys.executable, "-c", _RUN, runtime, str(weights.path("u2netp"))],
        env=outside | homes, capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    assert done.stdout == "(320, 320)\n"
    assert list(tmp_path.iterdir()) == []
