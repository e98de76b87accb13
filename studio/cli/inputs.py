"""Paths that a user gave: files, and folders of images."""

from collections.abc import Iterable
from pathlib import Path

from studio.services.errors import InputMissing

_IMAGE_ENDINGS = frozenset(
    {".jpg", ".jpeg", ".mpo", ".png", ".webp", ".avif", ".heic", ".heif"}
    | {".tif", ".tiff", ".bmp", ".gif", ".exr", ".glb", ".gltf"}
)


def find_inputs(paths: Iterable[Path]) -> list[Path]:
    """Expand folders into the images directly inside them; files are taken as they are.

    Raises
    ------
    InputMissing : a folder that cannot be read or holds no images
    """
    found: list[Path] = []
    for path in paths:
        found.extend(_in_folder(path) if path.is_dir() else [path])
    return found


def _in_folder(folder: Path) -> list[Path]:
    try:
        inside = sorted(
            path for path in folder.iterdir()
            if path.suffix.lower() in _IMAGE_ENDINGS and not path.name.startswith(".")
        )  # fmt: skip
    except OSError as fault:
        raise InputMissing(
            path=str(folder),
            fact=f"the folder cannot be read ({fault.strerror})",
            fix="check its permissions",
        ) from fault
    if not inside:
        raise InputMissing(path=str(folder), fact="holds no images", fix="pass a folder of photos")
    return inside


def read_input(path: Path) -> bytes:
    """Read a file whole.

    Raises
    ------
    InputMissing
    """
    try:
        return path.read_bytes()
    except OSError as fault:
        raise InputMissing(
            path=str(path),
            fact=f"cannot be read ({fault.strerror})",
            fix="check the path and its permissions",
        ) from fault
