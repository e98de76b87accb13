"""What large models took when they were tried on this machine, kept for the budget."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """One try of one model on one device.

    Attributes
    ----------
    model
        ``profile@revision``, as recipes name it.
    device, label
        By torch's name, such as ``cuda:0``, and by its maker's.
    resident_bytes, working_bytes
        What the weights hold there, and what one picture takes besides; None where it cannot be
        told.
    load_s, picture_s
        Seconds to load the model, and to paint one picture of `size_px` in `steps` once it is warm.
    """

    model: str
    device: str
    label: str
    resident_bytes: int
    working_bytes: int | None
    load_s: float
    picture_s: float
    size_px: tuple[int, int]
    steps: int
    torch: str

    def __post_init__(self) -> None:
        if min(self.resident_bytes, self.working_bytes or 0) < 0:
            raise ValueError("bytes are 0 or more")
        if min(self.load_s, self.picture_s) < 0:
            raise ValueError("seconds are 0 or more")


class Measurements:
    """The newest measurement of each model and device, one file each.

    A file that cannot be read counts as not there: the model is then taken to need what its
    profile says.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def of(self, model: str, *, device: str) -> Measurement | None:
        """What a model took on a device, if it was tried there."""
        found = _read(self._file(model, device))
        return found if found and (found.model, found.device) == (model, device) else None

    def newest(self, profile: str, *, device: str) -> Measurement | None:
        """What a profile's model took on a device when it was last tried, whatever its revision."""
        files = [file for file in self._folder.glob(f"{profile}.*.json") if file.is_file()]
        found = [_read(file) for file in sorted(files, key=lambda file: -file.stat().st_mtime_ns)]
        mine = (one for one in found if one and one.device == device)
        return next((one for one in mine if one.model.partition("@")[0] == profile), None)

    def keep(self, measured: Measurement) -> Path:
        """Write a measurement down, and return where."""
        file = self._file(measured.model, measured.device)
        file.parent.mkdir(parents=True, exist_ok=True)
        scratch = file.with_suffix(".new")
        scratch.write_text(json.dumps(asdict(measured), indent=2) + "\n", encoding="utf-8")
        scratch.replace(file)
        return file

    def _file(self, model: str, device: str) -> Path:
        profile, _, revision = model.partition("@")
        return self._folder / f"{profile}.{revision}.{device.replace(':', '-')}.json"


def _read(file: Path) -> Measurement | None:
    try:
        values = json.loads(file.read_text(encoding="utf-8"))
        return Measurement(**{**values, "size_px": tuple(values["size_px"])})
    except (OSError, ValueError, TypeError, KeyError):
        return None
