"""The secrets of keys: whose a key is can be told from its secret, and only a hash is stored.

A secret is ``packshot_ID_RANDOM``, or ``packshot_TENANT.ID_RANDOM``; of a key for web pages it
begins with ``packshotpublic``.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Iterable

_PREFIX = "packshot"
_PUBLIC_PREFIX = "packshotpublic"
"""Of secrets that may be read by everybody, so that none else is ever taken from an address."""
_OF = "."
"""Between a tenant and the id of a key, in its secret: who keeps the key is known before any
database is asked."""
_SECRET_BYTES = 32


def random_part() -> str:
    """What nobody can guess of a secret."""
    return secrets.token_urlsafe(_SECRET_BYTES)


def secret_of(key_id: str, random: str, *, tenant: str, public: bool) -> str:
    """The whole secret of a key.

    Parameters
    ----------
        tenant : who keeps the key; empty: the installation
        public : made for web pages, where everybody can read it
    """
    prefix = _PUBLIC_PREFIX if public else _PREFIX
    owned = f"{tenant}{_OF}{key_id}" if tenant else key_id
    return f"{prefix}_{owned}_{random}"


def key_id_of(secret: str) -> str | None:
    """The id of the key that a secret says it is of; None for what no key has as its secret.

    >>> key_id_of("packshot_acme.3f2a90bc41d7_..."), key_id_of("guessed")
    ('3f2a90bc41d7', None)
    """
    parts = secret.split("_", 2)
    if len(parts) != 3 or parts[0] not in (_PREFIX, _PUBLIC_PREFIX) or not secret.isascii():
        return None
    return parts[1].rpartition(_OF)[2]


def is_public(secret: str) -> bool:
    """Whether a secret was made for web pages, and so may stand in an address."""
    return secret.startswith(f"{_PUBLIC_PREFIX}_")


def tenant_of(secret: str) -> str:
    """The tenant that a secret says it is of; empty: of none. Only `Keys.authenticate` proves it.

    >>> tenant_of("packshot_acme.3f2a90bc41d7_..."), tenant_of("packshot_3f2a90bc41d7_...")
    ('acme', '')
    """
    owned = secret.split("_", 2)[1:2]
    return owned[0].rpartition(_OF)[0] if owned else ""


def hashed(secret: str) -> str:
    """What is stored: a secret of 256 random bits needs no slow hash."""
    return hashlib.sha256(secret.encode()).hexdigest()


def is_one_of(secret: str, stored: Iterable[str | None]) -> bool:
    """Whether a secret is one of those stored, by a comparison that leaks no time."""
    given = hashed(secret)
    return any(hmac.compare_digest(known or "", given) for known in stored)
