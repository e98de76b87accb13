"""Previews: one variant of a test for whoever holds a signed token, until it expires.

A token says item, image, variant and test, so that a draft can be looked at that no snapshot has
yet, and is signed with a secret of this installation, kept in its home folder. What a preview
shows has the reason ``forced`` and no propensity, and is never counted.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from abtest.decisions import Shown
from studio.db.records import TestRecord
from studio.services.errors import VariantNotFound

MAX_TOKENS: Final = 20
"""Most tokens of one request; more are left out."""
_MAX_TOKEN_CHARS: Final = 8192
_SECRET_BYTES: Final = 32


def local_secret(path: Path) -> bytes:
    """The secret of an installation, made when it is first asked for, readable to its owner alone.

    Raises
    ------
        OSError: it can be neither read nor made
    """
    try:
        return _whole(path)
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
    # Written whole beside it first: of two processes at once, one links its own and both read it.
    part = path.with_name(f".{path.name}-{secrets.token_hex(8)}")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(secrets.token_bytes(_SECRET_BYTES))
            stream.flush()
            os.fsync(stream.fileno())
        with contextlib.suppress(FileExistsError):
            path.hardlink_to(part)
    finally:
        part.unlink(missing_ok=True)
    return _whole(path)


def _whole(path: Path) -> bytes:
    secret = path.read_bytes()
    if len(secret) < _SECRET_BYTES:  # signatures by an empty one could be forged by anybody
        raise OSError(f"{path.name} is damaged; remove it to get a new one")
    return secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """What a token opens besides the decision: its image, as the test names it, until a moment."""

    image: str
    until_s: float


class Previews:
    """Signs and reads tokens.

    Parameters
    ----------
        secret    : gives the key of the signatures; asked for at the first token
        clock     : seconds since the epoch
        image_url : from what a test names, and the token that shows it, to what a client can load
    """

    def __init__(
        self,
        secret: Callable[[], bytes],
        *,
        clock: Callable[[], float],
        image_url: Callable[[str, str], str],
    ) -> None:
        self._secret = secret
        self._clock = clock
        self._image_url = image_url
        self._key: bytes | None = None

    def token(self, test: TestRecord, variant: str, *, valid_s: float) -> str:
        """A token that shows a variant of a test from now on.

        Raises
        ------
            VariantNotFound
        """
        images = {each.name: each.image for each in test.variants}
        if variant not in images:
            raise VariantNotFound(test_id=test.id, variant=variant, variants=tuple(images))
        told = {
            "test": test.id,
            "item": test.item,
            "variant": variant,
            "image": images[variant],
            "until_s": round(self._clock() + valid_s),
        }
        content = json.dumps(told, separators=(",", ":"), sort_keys=True).encode("ascii")
        return f"{_text(content)}.{_text(self._signature(content))}"

    def shown(self, tokens: object) -> Mapping[str, Shown]:
        """What tokens show, by item; whatever is not a valid token is left out.

        Parameters
        ----------
            tokens : a token, or a list of tokens
        """
        listed = tokens if type(tokens) is list else [tokens]
        found = (self._read(token) for token in listed[:MAX_TOKENS])
        return {shown.item: shown for shown in found if shown is not None}

    def opened(self, token: object) -> Opened | None:
        """What a token opens, None for what is not one of ours; it may have expired."""
        told = self._told(token)
        return None if told is None else Opened(image=told["image"], until_s=told["until_s"])

    def _read(self, token: object) -> Shown | None:
        told = self._told(token)
        if told is None or told["until_s"] < self._clock():
            return None
        image = self._image_url(told["image"], str(token))
        return Shown(told["item"], image, variant=told["variant"], test=told["test"])

    def _told(self, token: object) -> dict[str, Any] | None:
        if type(token) is not str or len(token) > _MAX_TOKEN_CHARS:
            return None
        try:
            content, signature = (_bytes(part) for part in token.split("."))
            if not hmac.compare_digest(signature, self._signature(content)):
                return None
            # What bears our signature was written by us, in this form.
            told: dict[str, Any] = json.loads(content)
        except (ValueError, OSError):
            return None
        return told

    def _signature(self, content: bytes) -> bytes:
        if self._key is None:
            self._key = self._secret()
        return hmac.digest(self._key, b"packshot preview\0" + content, hashlib.sha256)


def _text(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode("ascii")


def _bytes(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
