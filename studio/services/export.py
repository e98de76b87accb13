"""Results as files in a folder that the user named: whole or not at all."""

import json
import os
import re
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

import assets
from studio.services.errors import OutputBusy, OutputUnwritable

_LOCK = ".packshot.lock"
_PART = ".packshot-part-"
_UNSAFE = re.compile(r"[^\w.\-]+")


@contextmanager
def claimed_folder(folder: Path) -> Iterator[Path]:
    """Make the folder and hold it against a second run for as long as the block lasts.

    Raises
    ------
    OutputUnwritable, OutputBusy
    """
    lock = FileLock(folder / _LOCK)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock.acquire(timeout=0)
    except Timeout:
        raise OutputBusy(path=str(folder)) from None
    except OSError as fault:
        raise OutputUnwritable(path=str(folder), why=fault.strerror or str(fault)) from fault
    for part in folder.glob(f"{_PART}*"):
        part.unlink(missing_ok=True)  # left by a run that was killed: the lock says nobody writes
    try:
        yield folder
    finally:
        lock.release()
        (folder / _LOCK).unlink(missing_ok=True)


class StemRegister:
    """File names for results: the source's own, made unique and safe.

    >>> stems = StemRegister(); stems.take("a b.jpg"), stems.take("a b.png")
    ('a_b', 'a_b-2')
    """

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def take(self, name: str, *, suffix: str = "") -> str:
        """Return a stem that no earlier call returned."""
        base = (_UNSAFE.sub("_", Path(name).stem).strip("._") or "image") + suffix
        stem, number = base, 2
        while stem.lower() in self._taken:
            stem, number = f"{base}-{number}", number + 1
        self._taken.add(stem.lower())
        return stem


def export(store: assets.AssetStore, result: Mapping[str, Any], *, folder: Path, stem: str) -> Path:
    """Write a job's image and, beside it, its report.

    Raises
    ------
    OutputUnwritable, assets.BlobError
    """
    image = folder / f"{stem}{result['suffix']}"
    write_whole(image, store.read(result["asset"]))
    report = json.dumps(result["report"], ensure_ascii=False, indent=2)
    write_whole(folder / f"{stem}.report.json", report.encode() + b"\n")
    return image


def write_whole(path: Path, data: bytes) -> None:
    """Write a file under its final name only once all its bytes are on the disk.

    Raises
    ------
    OutputUnwritable
    """
    part: str | None = None
    try:
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=_PART, delete=False) as file:
            part = file.name
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(part).chmod(0o644)
        Path(part).replace(path)
    except OSError as fault:
        if part is not None:
            Path(part).unlink(missing_ok=True)
        raise OutputUnwritable(path=str(path), why=fault.strerror or str(fault)) from fault
