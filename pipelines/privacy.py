"""What runs the models tells nobody that, where and on what they were run."""

import os

_UNLESS_SET = {
    # From 1.29 on, ONNX Runtime tells its maker of each process and each model's structure, and
    # keeps a number of the machine under ~/.cache/Microsoft. Its call to stop that comes too late.
    "ORT_DISABLE_TELEMETRY": "1",
    # Which libraries of which versions ask the model hub for a file.
    "HF_HUB_DISABLE_TELEMETRY": "1",
}


def keep_to_ourselves() -> None:
    """Ask runtimes to tell nobody, before any is loaded; who set otherwise has it as they set it.

    OpenVINO knows no such switch: see `pipelines.matting.bindings`.

    References
    ----------
    ONNX Runtime, docs/Privacy.md
    """
    for name, value in _UNLESS_SET.items():
        os.environ.setdefault(name, value)
