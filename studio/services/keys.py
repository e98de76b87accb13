"""API keys: made once, shown once, stored as a hash.

::

    keys = Keys(engine, clock=time.time, new_id=new_id)
    made = keys.create(name="shop feed", scopes=("decide", "events"))
    made.secret                                 # the only time that it can be seen
    key = keys.authenticate(secret)             # KeyRefused
    key.require("manage")                       # ScopeMissing
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from studio.db import keys as rows
from studio.db.engine import Engine, reading, writing
from studio.db.records import KeyRecord
from studio.services.experiment_errors import (
    KeyNotFound,
    KeyRefused,
    ScopeMissing,
    ScopeUnknown,
    TestInvalid,
)

SCOPES = ("decide", "events", "manage")
"""decide: ask for images; events: send events; manage: everything else."""

_PREFIX = "packshot"
_SECRET_BYTES = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A key without its secret; `revoked_s` is None while it is in force."""

    id: str
    name: str
    scopes: tuple[str, ...]
    created_s: float
    revoked_s: float | None

    def require(self, scope: str) -> None:
        """Refuse if the key was not made for this.

        Raises
        ------
            ScopeMissing
        """
        if scope not in self.scopes:
            raise ScopeMissing(key_id=self.id, scope=scope, scopes=self.scopes)


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeKey:
    """A new key with the secret that the caller must keep: it is not stored."""

    key: Key
    secret: str


class Keys:
    """The use cases of API keys."""

    def __init__(
        self,
        engine: Engine,
        *,
        clock: Callable[[], float],
        new_id: Callable[[], str],
        new_secret: Callable[[], str] = lambda: secrets.token_urlsafe(_SECRET_BYTES),
    ) -> None:
        self._engine = engine
        self._clock = clock
        self._new_id = new_id
        self._new_secret = new_secret

    def create(self, *, name: str, scopes: Sequence[str]) -> MadeKey:
        """Make a key.

        Raises
        ------
            ScopeUnknown, TestInvalid: no scope, or no usable name
        """
        for scope in scopes:
            if scope not in SCOPES:
                raise ScopeUnknown(scope=scope, scopes=SCOPES)
        if not scopes:
            raise TestInvalid(field="scope", why=f"choose at least one of {', '.join(SCOPES)}")
        if not name.strip() or len(name) > 128 or not name.isprintable():
            raise TestInvalid(field="name", why="1 to 128 characters that say what the key is for")
        key_id = self._new_id()
        secret = f"{_PREFIX}_{key_id}_{self._new_secret()}"
        record = KeyRecord(
            id=key_id,
            name=name,
            secret_sha256=_hash(secret),
            # In the order of SCOPES and each once, whatever was typed.
            scopes=tuple(scope for scope in SCOPES if scope in scopes),
            created_s=self._clock(),
            revoked_s=None,
        )
        with writing(self._engine) as connection:
            rows.add_key(connection, record)
        return MadeKey(key=_key(record), secret=secret)

    def all(self) -> tuple[Key, ...]:
        """All keys, revoked ones included, oldest first."""
        with reading(self._engine) as connection:
            return tuple(_key(record) for record in rows.all_keys(connection))

    def any_in_force(self) -> bool:
        """Whether there is a key at all; a loopback server without one runs open."""
        with reading(self._engine) as connection:
            return rows.any_key(connection)

    def revoke(self, key_id: str) -> Key:
        """End a key; a second time changes nothing.

        Raises
        ------
            KeyNotFound
        """
        with writing(self._engine) as connection:
            rows.revoke_key(connection, key_id, at_s=self._clock())
            record = rows.find_key(connection, key_id)
        if record is None:
            raise KeyNotFound(key_id=key_id)
        return _key(record)

    def authenticate(self, secret: str) -> Key:
        """The key that a secret belongs to.

        Raises
        ------
            KeyRefused: unknown, malformed or revoked
        """
        parts = secret.split("_", 2)
        if len(parts) != 3 or parts[0] != _PREFIX or not secret.isascii():
            raise KeyRefused
        with reading(self._engine) as connection:
            record = rows.find_key(connection, parts[1])
        # A secret of 256 random bits needs no slow hash, only a comparison that leaks no time.
        if record is None or not hmac.compare_digest(record.secret_sha256, _hash(secret)):
            raise KeyRefused
        if record.revoked_s is not None:
            raise KeyRefused
        return _key(record)


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _key(record: KeyRecord) -> Key:
    return Key(
        id=record.id,
        name=record.name,
        scopes=record.scopes,
        created_s=record.created_s,
        revoked_s=record.revoked_s,
    )
