"""From bytes to digest, from digest to the place where a store keeps them."""

from __future__ import annotations

import hashlib
import re
from pathlib import PurePosixPath

from assets.errors import DigestInvalid

_DIGEST = re.compile(r"[0-9a-f]{64}")


def digest_of(data: bytes) -> str:
    """SHA-256 of the bytes, 64 lower-case hexadecimal digits.

    >>> digest_of(b"")[:16]
    'e3b0c44298fc1c14'
    """
    return hashlib.sha256(data).hexdigest()


def check_digest(digest: str) -> str:
    """Return the digest unchanged.

    Every path and key is built from a checked digest, so that no request can name another file.

    Raises         DigestInvalid: not 64 lower-case hexadecimal digits
    """
    if _DIGEST.fullmatch(digest) is None:
        raise DigestInvalid(value=digest)
    return digest


def blob_key(digest: str) -> PurePosixPath:
    """Where the bytes lie, relative to the store; 65,536 folders keep each of them short.

    >>> str(blob_key("ab" * 32))[:14]
    'ab/ab/abababab'
    """
    check_digest(digest)
    return PurePosixPath(digest[:2], digest[2:4], digest)
