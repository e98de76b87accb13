"""SHA-256 of large files, remembered as long as their size and time of change stay the same."""

import hashlib
import json
import os
import tempfile
import threading
from pathlib import Path


class DigestMemory:
    """Digests by file, in a JSON file that may be deleted at any time.

    Safe to call from several threads. Two processes that save at the same time keep one of the
    two memories; what is lost is counted again.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._lock = threading.Lock()
        self._known: dict[str, list[object]] | None = None
        self._changed = False

    def sha256(self, file: Path, *, afresh: bool = False) -> str:
        """Hexadecimal digest of a file; `afresh` reads it in any case.

        Raises
        ------
        OSError
        """
        file = file.resolve()
        stat = file.stat()
        stamp = [stat.st_size, stat.st_mtime_ns]
        with self._lock:
            known = self._read().get(str(file), [])
        if not afresh and known[:2] == stamp:
            return str(known[2])
        with file.open("rb") as stream:
            found = hashlib.file_digest(stream, "sha256").hexdigest()
        with self._lock:
            self._read()[str(file)] = [*stamp, found]
            self._changed = True
        return found

    def save(self) -> None:
        """Write down what is new; a folder that cannot be written to only costs time later."""
        with self._lock:
            if not self._changed or self._known is None:
                return
            try:
                self._write(self._known)
            except OSError:
                return
            self._changed = False

    def _read(self) -> dict[str, list[object]]:
        if self._known is None:
            try:
                known = json.loads(self._file.read_text(encoding="utf-8"))
            except (OSError, ValueError):
                known = {}
            self._known = known if isinstance(known, dict) else {}
        return self._known

    def _write(self, known: dict[str, list[object]]) -> None:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=self._file.parent, prefix=".digests-")
        with os.fdopen(handle, "w", encoding="utf-8") as out:
            json.dump(known, out)
        Path(name).replace(self._file)
