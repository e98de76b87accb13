"""API keys: made once, shown once, stored as a hash.

::

    keys = Keys(engine, clock=time.time, new_id=new_id)
    made = keys.create(name="shop feed", scopes=("decide", "events"))
    made.secret                                 # the only time that it can be seen
    key = keys.authenticate(secret)             # KeyRefused
    key.require("manage")                       # ScopeMissing
    made = keys.rotate(key.id, keep_s=3600)     # the former secret opens for one more hour
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from studio.db import keys as rows
from studio.db.audit import add_entry
from studio.db.engine import Connection, Engine, reading, writing
from studio.db.records import KeyRecord
from studio.db.tenants import all_tenants
from studio.services.audit import SOMEONE
from studio.services.errors import (
    KeyNotFound,
    KeyRefused,
    KeyRevoked,
    ScopeUnknown,
    TestInvalid,
)
from studio.services.key_rights import SCOPES, Key
from studio.services.key_secrets import (
    hashed,
    is_one_of,
    key_id_of,
    random_part,
    secret_of,
    tenant_of,
)

_MAX_PER_S = 1e6


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeKey:
    """A new key with the secret that the caller must keep: it is not stored."""

    key: Key
    secret: str


class Keys:
    """The use cases of API keys.

    Parameters
    ----------
        tenant : whose keys these are, in their own database; secrets name them. Empty: the
                 installation's own
    """

    def __init__(
        self,
        engine: Engine,
        *,
        clock: Callable[[], float],
        new_id: Callable[[], str],
        new_secret: Callable[[], str] = random_part,
        tenant: str = "",
    ) -> None:
        self._tenant = tenant
        self._engine = engine
        self._clock = clock
        self._new_id = new_id
        self._new_secret = new_secret

    def create(
        self,
        *,
        name: str,
        scopes: Sequence[str],
        per_s: float | None = None,
        who: str = SOMEONE,
    ) -> MadeKey:
        """Make a key.

        Raises
        ------
            ScopeUnknown, TestInvalid: no scope, no usable name, or no usable rate
        """
        _check(name, scopes, per_s)
        key_id = self._new_id()
        secret = self._secret_for(key_id, scopes)
        record = KeyRecord(
            id=key_id,
            name=name,
            secret_sha256=hashed(secret),
            former_sha256=None,
            former_until_s=None,
            # In the order of SCOPES and each once, whatever was typed.
            scopes=tuple(scope for scope in SCOPES if scope in scopes),
            per_s=per_s,
            created_s=self._clock(),
            revoked_s=None,
        )
        with writing(self._engine) as connection:
            rows.add_key(connection, record)
            self._note(connection, record, "create", who=who)
        return MadeKey(key=_key(record), secret=secret)

    def all(self) -> tuple[Key, ...]:
        """All keys, revoked ones included, oldest first."""
        with reading(self._engine) as connection:
            return tuple(_key(record) for record in rows.all_keys(connection))

    def any_in_force(self) -> bool:
        """Whether there is a key at all, or a tenant; a loopback server without runs open."""
        if self._tenant:
            return True
        with reading(self._engine) as connection:
            return rows.any_key(connection) or bool(all_tenants(connection))

    def revoke(self, key_id: str, *, who: str = SOMEONE) -> Key:
        """End a key; a second time changes nothing.

        Raises
        ------
            KeyNotFound
        """
        with writing(self._engine) as connection:
            ended = rows.revoke_key(connection, key_id, at_s=self._clock())
            record = rows.find_key(connection, key_id)
            if ended and record is not None:
                self._note(connection, record, "revoke", who=who)
        if record is None:
            raise KeyNotFound(key_id=key_id)
        return _key(record)

    def rotate(self, key_id: str, *, keep_s: float, who: str = SOMEONE) -> MadeKey:
        """Give a key a new secret; the one it has opens for `keep_s` more seconds.

        So that clients can be given the new one while they run. A former secret that still opened
        from a rotation before ends now.

        Raises
        ------
            KeyNotFound, KeyRevoked, TestInvalid: a time below 0
        """
        if not 0 <= keep_s < float("inf"):
            raise TestInvalid(field="keep", why="0 or more")
        until_s = self._clock() + keep_s
        with writing(self._engine) as connection:
            record = rows.find_key(connection, key_id)
            if record is None:
                raise KeyNotFound(key_id=key_id)
            if record.revoked_s is not None:
                raise KeyRevoked(key_id=key_id)
            secret = self._secret_for(key_id, record.scopes)
            rows.replace_secret(
                connection, key_id, secret_sha256=hashed(secret), former_until_s=until_s
            )
            self._note(connection, record, "rotate", who=who, former_until_s=until_s)
        return MadeKey(key=replace(_key(record), former_until_s=until_s), secret=secret)

    def _note(
        self, connection: Connection, key: KeyRecord, action: str, *, who: str, **more: object
    ) -> None:
        told = {"name": key.name, "scopes": list(key.scopes), "per_s": key.per_s, **more}
        add_entry(
            connection, "key", key.id, at_s=self._clock(), who=who, action=action, detail=told
        )

    def _secret_for(self, key_id: str, scopes: Sequence[str]) -> str:
        return secret_of(key_id, self._new_secret(), tenant=self._tenant, public="public" in scopes)

    def authenticate(self, secret: str) -> Key:
        """The key that a secret belongs to.

        Raises
        ------
            KeyRefused: unknown, malformed, revoked, or another tenant's
        """
        key_id = key_id_of(secret)
        if key_id is None or tenant_of(secret) != self._tenant:
            raise KeyRefused
        with reading(self._engine) as connection:
            record = rows.find_key(connection, key_id)
        if record is None or record.revoked_s is not None:
            raise KeyRefused
        former = record.former_sha256 if self._clock() < (record.former_until_s or 0.0) else None
        if not is_one_of(secret, (record.secret_sha256, former)):
            raise KeyRefused
        return _key(record)


def _check(name: str, scopes: Sequence[str], per_s: float | None) -> None:
    """Refuse what no key can be made with."""
    for scope in scopes:
        if scope not in SCOPES:
            raise ScopeUnknown(scope=scope, scopes=SCOPES)
    if not scopes:
        raise TestInvalid(field="scope", why=f"choose at least one of {', '.join(SCOPES)}")
    if "public" in scopes and set(scopes) != {"public"}:
        why = "public stands alone: everybody can read such a key"
        raise TestInvalid(field="scope", why=why)
    if not name.strip() or len(name) > 128 or not name.isprintable():
        raise TestInvalid(field="name", why="1 to 128 characters that say what the key is for")
    if per_s is not None and not 0 < per_s <= _MAX_PER_S:
        raise TestInvalid(field="rate", why=f"above 0 and at most {_MAX_PER_S:,.0f} a second")


def _key(record: KeyRecord) -> Key:
    return Key(
        id=record.id,
        name=record.name,
        scopes=record.scopes,
        created_s=record.created_s,
        revoked_s=record.revoked_s,
        per_s=record.per_s,
        former_until_s=record.former_until_s,
    )
