"""Results as files in a folder that the user named: whole or not at all."""

import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

import assets
import pipelines
from pipelines.provenance.credentials import CredentialsSigner, credentials_in
from pipelines.report import SCHEMA
from studio.services.errors import CredentialsTooLarge, OutputBusy, OutputUnwritable

FAILED = "failed"
"""Folder inside the folder of results: what failed a check is never mixed with what passed."""
REPORT = ".report.json"
DIFFERENCE = ".difference.jpg"
"""Ending of the map that shows what an edit changed, beside its image."""
_LOCK = ".packshot.lock"
_PART = ".packshot-part-"


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
    for inside in (folder, folder / FAILED):
        for part in inside.glob(f"{_PART}*"):
            part.unlink(missing_ok=True)  # of a killed run: the lock says that nobody writes
    try:
        yield folder
    finally:
        lock.release()
        (folder / _LOCK).unlink(missing_ok=True)


def export(
    store: assets.AssetStore,
    result: Mapping[str, Any],
    *,
    folder: Path,
    stem: str,
    name: str = "",
    signer: CredentialsSigner | None = None,
    presets: pipelines.PresetRegistry | None = None,
) -> Path:
    """Write a job's image and, beside it, its report; what failed a check goes to ``failed``.

    Beside an edit lies a map of what differs from its source, too.

    What an earlier run left under the same stem in the other place is taken away, so that an image
    never lies in both. A signer adds content credentials to the file, not to the stored asset,
    and within the bytes that its preset allows, where presets are given.
    Returns where the image lies.

    Raises
    ------
    OutputUnwritable, assets.BlobError, CredentialsTooLarge, SigningKeyUnusable
    """
    report = {"name": name, **result["report"]}
    data = store.read(result["asset"])
    if signer is not None:
        unsigned_bytes = len(data)
        data = _signed(store, data, str(result["media_type"]), report, signer)
        _refuse_too_large(report, presets, unsigned=unsigned_bytes, signed=len(data))
    place, other = folder, folder / FAILED
    if not report["passed"]:
        place, other = other, place
    image = place / f"{stem}{result['suffix']}"
    make_folder(place)
    kind = str(report.get("kind", ""))
    _forget(place, stem, kind=kind, keep=image.name)
    write_whole(image, data)
    if kind == "edit":
        from pipelines.editing import difference_picture  # no other kind needs the editor

        before = store.read(str(report["source"]))
        write_whole(place / f"{stem}{DIFFERENCE}", difference_picture(before, data))
    write_report(place, stem, {**report, "file": image.name})
    _forget(other, stem, kind=kind)
    _drop_empty(folder / FAILED)
    return image


def _signed(
    store: assets.AssetStore,
    data: bytes,
    media_type: str,
    report: dict[str, Any],
    signer: CredentialsSigner,
) -> bytes:
    try:
        source = store.read(report["source"])
    except assets.AssetError:
        source = None  # the manifest still names its digest
    signed = signer.sign(data, media_type=media_type, report=report, source=source)
    found = credentials_in(signed, media_type)
    report["provenance"] = {
        **report.get("provenance", {}), "credentials": found.signer if found else ""
    }  # fmt: skip
    return signed


def _refuse_too_large(
    report: Mapping[str, Any],
    presets: pipelines.PresetRegistry | None,
    *,
    unsigned: int,
    signed: int,
) -> None:
    spec = str(report.get("settings", {}).get("spec", ""))
    rules = presets.all().get(spec) if presets is not None else None
    limit = rules.max_bytes if rules is not None else None
    if limit is not None and unsigned <= limit < signed:
        raise CredentialsTooLarge(spec=spec, limit_bytes=limit, signed_bytes=signed)


def export_refusal(
    *, folder: Path, stem: str, name: str, kind: str, source: str, error: str
) -> None:
    """Write why no image could be made, where the image would have been kept apart.

    Raises
    ------
    OutputUnwritable
    """
    make_folder(folder / FAILED)
    _forget(folder, stem, kind=kind)
    _forget(folder / FAILED, stem, kind=kind)
    told = {"name": name, "file": "", "passed": False, "error": error, "kind": kind,
            "source": source, "checks": []}  # fmt: skip
    try:
        write_report(folder / FAILED, stem, {"schema": SCHEMA, **told})
    finally:
        _drop_empty(folder / FAILED)


def write_report(folder: Path, stem: str, report: Mapping[str, Any]) -> None:
    """Write a report beside its image.

    Raises
    ------
    OutputUnwritable
    """
    text = json.dumps(report, ensure_ascii=False, indent=2)
    write_whole(folder / f"{stem}{REPORT}", text.encode() + b"\n")


def read_report(path: Path) -> dict[str, Any] | None:
    """Read a report that some run wrote; None if it is none, or of a schema we do not know."""
    try:
        report = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    known = isinstance(report, dict) and report.get("schema") == SCHEMA
    return report if known and isinstance(report.get("checks"), list) else None


def _forget(folder: Path, stem: str, *, kind: str, keep: str = "") -> None:
    """Take away the report of a stem and the image of this kind that it names.

    Nothing that we did not write is touched, and no image of another kind.
    """
    path = folder / f"{stem}{REPORT}"
    report = read_report(path)
    if report is None:
        return
    file = Path(str(report.get("file", ""))).name
    if file and file != keep and report.get("kind") == kind:
        (folder / file).unlink(missing_ok=True)
    if report.get("kind") == "edit":
        (folder / f"{stem}{DIFFERENCE}").unlink(missing_ok=True)
    path.unlink(missing_ok=True)


def _drop_empty(folder: Path) -> None:
    """Take away the folder of failures once nothing lies there."""
    with suppress(OSError):  # something lies there, or it never was
        folder.rmdir()


def make_folder(folder: Path) -> None:
    """Make a folder, and those above it.

    Raises
    ------
    OutputUnwritable
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as fault:
        raise OutputUnwritable(path=str(folder), why=fault.strerror or str(fault)) from fault


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
