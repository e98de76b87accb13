"""The digest by which a template's state is known."""

import hashlib
from functools import lru_cache
from pathlib import Path


def revision_of(*files: Path) -> str:
    """Digest of a template's files, 16 hexadecimal digits; files unchanged are not read."""
    return _digest(tuple((file, file.stat().st_mtime_ns) for file in files))


@lru_cache(maxsize=4096)
def _digest(states: tuple[tuple[Path, int], ...]) -> str:
    return hashlib.sha256(b"".join(file.read_bytes() for file, _ in states)).hexdigest()[:16]
