"""What a key is for: the scopes it was made with, and the rights that they open."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from studio.services.errors import ScopeMissing

SCOPES = ("decide", "events", "manage", "public")
"""decide: ask for images, and fetch all live tests; events: send events; manage: everything else;
public: ask for images and send events from web pages, where everybody can read the key."""

_OPENS = {
    "decide": frozenset({"decide", "snapshot"}),
    "events": frozenset({"events"}),
    "manage": frozenset({"manage"}),
    "public": frozenset({"decide", "events"}),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A key without its secret.

    Parameters
    ----------
        per_s          : requests a second that a serving process takes under it, None: any number
        revoked_s      : None while it is in force
        former_until_s : until when the secret before the last rotation opens; None: there is none
    """

    id: str
    name: str
    scopes: tuple[str, ...]
    created_s: float
    revoked_s: float | None
    per_s: float | None = None
    former_until_s: float | None = None

    def may(self, right: str) -> bool:
        """Whether the key was made for this: decide, snapshot, events or manage."""
        return right in _rights_of(self.scopes)

    def require(self, right: str) -> None:
        """Refuse if the key was not made for this.

        Raises
        ------
            ScopeMissing
        """
        if not self.may(right):
            scope = "decide" if right == "snapshot" else right
            raise ScopeMissing(key_id=self.id, scope=scope, scopes=self.scopes)


@lru_cache(maxsize=64)
def _rights_of(scopes: tuple[str, ...]) -> frozenset[str]:
    return frozenset().union(*(_OPENS[scope] for scope in scopes))
