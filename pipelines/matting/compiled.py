"""Networks that were compiled before: read back in a third of the time that compiling takes.

OpenVINO's own cache of such files is not used: read back from it, a network in eight bits answers
with other last digits than before, and the same recipe would give other bytes. What is exported
here answers to the last digit as it did when it was compiled.
"""

import contextlib
import hashlib
import io
import json
import os
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

_DIGEST_BYTES = 32
_SCHEME = 3
"""Raised where what is compiled of the same weights and options changes."""
_KEPT = 16
"""Networks, 3 to 4 MB each: eight times what one model's glance and look need."""
_WRITTEN_WITHIN_S = 60.0
"""A file of 4 MB is written in far less: what is unfinished for longer, its writer was killed."""


class CompiledNetworks:
    """A folder of compiled networks, each under all that decides what it is.

    Safe for several threads and processes: a file appears whole or not at all. Files of engines,
    weights or options that nobody asks for any more go when newer ones are written; what a killed
    process left unfinished goes when the next one starts.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        _remove_unfinished(folder)

    def get(self, core: Any, about: Mapping[str, object], compiled: Callable[[], Any]) -> Any:
        """Read a network back, or compile and keep it.

        Parameters
        ----------
        core : openvino.Core
        about
            What the network is made of: weights, size, options. The engine's version and the
            processor are added.
        """
        path = self._folder / f"{_name(core, about)}.blob"
        found = _read(core, path, about)
        if found is not None:
            return found
        made = compiled()
        with contextlib.suppress(OSError):  # a full or read-only disk costs time, nothing else
            _write(path, made)
        return made


def _name(core: Any, about: Mapping[str, object]) -> str:
    import openvino

    made_by = {
        "scheme": _SCHEME,
        "openvino": openvino.__version__,
        "processor": core.get_property("CPU", "FULL_DEVICE_NAME"),
        "capable of": core.get_property("CPU", "OPTIMIZATION_CAPABILITIES"),
    }
    text = json.dumps({**about, **made_by}, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _read(core: Any, path: Path, about: Mapping[str, object]) -> Any:
    """The network in a file; None where there is none, or not all of it, or of another engine."""
    try:
        data = path.read_bytes()
    except OSError:
        return None
    digest, blob = data[:_DIGEST_BYTES], data[_DIGEST_BYTES:]
    if hashlib.sha256(blob).digest() != digest:
        return None
    with contextlib.suppress(OSError):
        os.utime(path)  # what is used last is kept longest
    try:
        return core.import_model(io.BytesIO(blob), "CPU", about["options"])
    except RuntimeError:
        return None


def _write(path: Path, made: Any) -> None:
    out = io.BytesIO()
    made.export_model(out)
    blob = out.getvalue()
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, part = tempfile.mkstemp(dir=path.parent, suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(hashlib.sha256(blob).digest() + blob)
        Path(part).replace(path)
    except OSError:
        Path(part).unlink(missing_ok=True)
        raise
    _forget_oldest(path.parent)


def _forget_oldest(folder: Path) -> None:
    """Remove what was not used for longest; other processes may read it or remove it, too."""
    by_use = sorted(folder.glob("*.blob"), key=_used_at_s, reverse=True)
    for path in by_use[_KEPT:]:
        path.unlink(missing_ok=True)


def _remove_unfinished(folder: Path) -> None:
    """Remove parts of files that nobody will finish; at worst a living writer compiles again."""
    now_s = time.time()
    with contextlib.suppress(OSError):
        for part in folder.glob("*.part"):
            if now_s - _used_at_s(part) > _WRITTEN_WITHIN_S:
                part.unlink(missing_ok=True)


def _used_at_s(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return 0.0
