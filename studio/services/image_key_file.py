"""What the database last said of the keys of signed image addresses, for a start without it.

A server whose database is away starts from the snapshot of before. The addresses in that are
signed, and its images must open with the keys that signed them.
"""

from __future__ import annotations

import json
import logging
import os
import secrets
from dataclasses import asdict
from pathlib import Path
from typing import Any

from studio.db.records import ImageKeyRecord

_LOG = logging.getLogger(__name__)


class KeyFile:
    """One file, which its owner alone may read.

    A file that cannot be written or read is told of in the log, and is as good as none: the
    database has what it says.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> tuple[ImageKeyRecord, ...]:
        """The keys, newest first; none where there is no such file."""
        try:
            return tuple(_key(told) for told in json.loads(self._path.read_bytes()))
        except FileNotFoundError:
            return ()
        except (OSError, ValueError, TypeError, KeyError) as fault:
            self._refuse("image_key_file_damaged", fault)
            return ()

    def write(self, keys: tuple[ImageKeyRecord, ...]) -> None:
        """Replace what the file says, whole or not at all."""
        told = [{**asdict(key), "secret": key.secret.hex()} for key in keys]
        part = self._path.with_name(f".{self._path.name}-{secrets.token_hex(8)}")
        try:
            descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            try:
                with os.fdopen(descriptor, "w", encoding="ascii") as stream:
                    json.dump(told, stream)
                part.replace(self._path)
            finally:
                part.unlink(missing_ok=True)
        except OSError as fault:
            self._refuse("image_key_file_unwritable", fault)

    def _refuse(self, event: str, fault: Exception) -> None:
        # Of a damaged one the class alone: its text might be a secret.
        why = fault.strerror if isinstance(fault, OSError) else type(fault).__name__
        _LOG.error(event, extra={"file": self._path.name, "why": why})


def _key(told: dict[str, Any]) -> ImageKeyRecord:
    until_s = told["until_s"]
    return ImageKeyRecord(
        number=int(told["number"]),
        secret=bytes.fromhex(told["secret"]),
        made_s=float(told["made_s"]),
        from_s=float(told["from_s"]),
        until_s=None if until_s is None else float(until_s),
    )
