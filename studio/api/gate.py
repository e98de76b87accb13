"""Lets requests in: whose key it is, and what was last known of it where nobody can be asked."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Collection, Coroutine, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, Literal, TypeAlias, TypeVar

import structlog
from fastapi import Request

from studio.api.allowances import Allowances
from studio.api.errors import Unauthenticated
from studio.api.origins import check_origin, is_own
from studio.db.engine import DatabaseFault, DatabaseSilent
from studio.services.errors import KeyRefused, RateExceeded
from studio.services.key_rights import Key
from studio.services.key_secrets import tenant_of
from studio.services.keys import Keys

_LOG = structlog.get_logger("studio.api")

_Answer = TypeVar("_Answer")
Scope: TypeAlias = Literal["decide", "snapshot", "events", "manage"]

FRESH_S: Final = 2.0
"""How long an answer of the database about keys is believed: a revoked key ends within it, and
within `PATIENCE_S` more where the database is slow to say so."""
_SOON_S: Final = FRESH_S / 2
"""At this age an answer is asked for again, beside the requests, so that none of them waits."""
PATIENCE_S: Final = 2.0
"""A database that takes longer to answer about a key counts as away."""
MAX_REMEMBERED: Final = 10_000
_MOST_BESIDE: Final = 8
"""Questions asked beside the requests at once: each may keep a thread from other work."""
LOCAL: Final = "local"
"""Who acts where no key is needed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """What the database said of a secret, and when; None: it opens nothing."""

    key: Key | None
    at_s: float


class Gate:
    """Lets requests in.

    Answers about keys are remembered for `FRESH_S`, so that the feed does not ask the database
    each time. While the database cannot be reached, what was last known of a key stands; and for
    `decide`, which reveals nothing but pictures that shoppers see anyway, an unknown key is let
    in too: the feed always answers, and at once where the database was away when last asked. A key
    that was made with a rate is held to it, in each serving process by itself.

    Parameters
    ----------
        loopback : the server can be reached only from its own machine
        away     : the database is known not to answer just now
        tenant   : whose keys these are; empty: the installation's own
        closed   : tenants that cannot be opened just now; asked again at each request
    """

    def __init__(
        self,
        keys: Keys,
        *,
        loopback: bool,
        away: bool = False,
        tenant: str = "",
        closed: Collection[str] = (),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._keys = keys
        self._tenant = tenant
        self._closed = closed
        self._loopback = loopback
        self._clock = clock
        self._seen: OrderedDict[str, _Seen] = OrderedDict()
        self._allowances = Allowances(clock)
        self._guarded: bool | None = None
        self._guarded_at_s = float("-inf")
        self._asking: dict[str | None, asyncio.Task[object]] = {}
        self._away = away

    def knows(self, headers: Mapping[bytes, bytes], scope: Scope) -> bool:
        """Whether a request may pass by what is remembered; no says only that `admit` decides.

        Asks the database beside the request, once for all requests, when what is remembered gets
        old. To be called from the server's loop.

        Parameters
        ----------
            headers : by name in small letters
        """
        now_s = self._clock()
        if self._loopback:
            age_s = now_s - self._guarded_at_s
            if self._guarded is None or self._is_too_old(None, age_s):
                return False
            if age_s > _SOON_S:
                self._ask_beside(None, self._ask_guarded)
            if not self._guarded:
                return is_own(headers)
        kind, _, secret = headers.get(b"authorization", b"").decode("latin-1").partition(" ")
        seen = self._seen.get(secret)
        if seen is None or seen.key is None or kind.lower() != "bearer":
            return False
        age_s = now_s - seen.at_s
        if self._is_too_old(secret, age_s):
            return False
        if age_s > _SOON_S:
            self._ask_beside(secret, lambda: self._look_up(secret, seen))
        return seen.key.may(scope) and self._allowances.wait_s(seen.key) <= 0.0

    async def admit(self, request: Request, secret: str | None, scope: Scope) -> str:
        """Return who acts, for the audit trail and the log.

        Raises
        ------
            Unauthenticated, KeyRefused, ScopeMissing, RateExceeded, ForeignOrigin, DatabaseFault
        """
        hasty = scope == "decide"
        # Not asked of the database: no other tenant's key opens anything here, open or not.
        if secret is not None and (owner := tenant_of(secret)) != self._tenant:
            if owner in self._closed:
                # A client that is refused for good drops what one that is to try again keeps.
                raise DatabaseSilent(f"tenant {owner}: could not be opened")
            raise KeyRefused
        try:
            if self._loopback and not await self._is_guarded(hasty=hasty):
                check_origin(request)
                return LOCAL
            if secret is None:
                raise Unauthenticated(why="no key was sent")
            key = await self._key_of(secret, hasty=hasty)
        except DatabaseFault:
            if scope != "decide":
                raise
            _LOG.warning("key_unverified", scope=scope)
            return "unverified"
        key.require(scope)
        wait_s = self._allowances.wait_s(key)
        if key.per_s is not None and wait_s > 0.0:
            raise RateExceeded(key_id=key.id, per_s=key.per_s, retry_after_s=wait_s)
        return f"key {key.id} ({key.name})"

    async def _is_guarded(self, *, hasty: bool) -> bool:
        """Whether any key is in force."""
        if self._must_ask(None, self._guarded_at_s, self._ask_guarded, hasty=hasty):
            return await self._ask_guarded()
        if self._guarded is None:
            raise _away()
        return self._guarded

    async def _ask_guarded(self) -> bool:
        try:
            self._guarded = await _in_time(self._keys.any_in_force)
            self._away = False
        except DatabaseFault:
            self._away = True
            if self._guarded is None:
                raise
        self._guarded_at_s = self._clock()
        return self._guarded

    def _is_too_old(self, what: str | None, age_s: float) -> bool:
        """Whether an answer is believed no longer.

        While the question is being asked anew the last one stands, for `PATIENCE_S` at most: of a
        database that hangs, shoppers must not notice anything.
        """
        return age_s > FRESH_S and what not in self._asking

    def _must_ask(
        self,
        what: str | None,
        at_s: float,
        ask: Callable[[], Coroutine[Any, Any, object]],
        *,
        hasty: bool,
    ) -> bool:
        """Whether a request has to wait for an answer; if need be it is asked for beside.

        Parameters
        ----------
            at_s  : when the last answer came
            hasty : rather take the last answer than wait for a database that was away
        """
        age_s = self._clock() - at_s
        if age_s > FRESH_S and not (hasty and (self._away or what in self._asking)):
            return True
        if age_s > _SOON_S:
            self._ask_beside(what, ask)
        return False

    def _ask_beside(self, what: str | None, ask: Callable[[], Coroutine[Any, Any, object]]) -> None:
        """Start a question unless it is being asked; where it fails, the last answer stands."""
        if what in self._asking or len(self._asking) >= _MOST_BESIDE:
            return
        task = self._asking[what] = asyncio.get_running_loop().create_task(ask())

        def note(done: asyncio.Task[object]) -> None:
            del self._asking[what]
            if not done.cancelled():
                done.exception()  # looked at, so that nobody logs it as forgotten

        task.add_done_callback(note)

    async def _key_of(self, secret: str, *, hasty: bool) -> Key:
        seen = self._seen.get(secret)
        at_s = float("-inf") if seen is None else seen.at_s
        ask = partial(self._look_up, secret, seen)
        if self._must_ask(secret, at_s, ask, hasty=hasty):
            seen = await ask()
        if seen is None:
            raise _away()
        if seen.key is None:
            raise KeyRefused
        return seen.key

    async def _look_up(self, secret: str, before: _Seen | None) -> _Seen:
        key: Key | None
        try:
            key = await _in_time(partial(self._keys.authenticate, secret))
            self._away = False
        except KeyRefused:
            key, self._away = None, False
        except DatabaseFault:
            self._away = True
            if before is None:
                raise
            key = before.key
        seen = self._seen[secret] = _Seen(key=key, at_s=self._clock())
        while len(self._seen) > MAX_REMEMBERED:
            self._seen.popitem(last=False)
        return seen


async def _in_time(ask: Callable[[], _Answer]) -> _Answer:
    """The database's answer, in a thread. Raises KeyRefused, DatabaseFault."""
    try:
        return await asyncio.wait_for(asyncio.to_thread(ask), PATIENCE_S)
    except TimeoutError as late:
        raise DatabaseSilent(f"no answer within {PATIENCE_S:g} s") from late


def _away() -> DatabaseSilent:
    return DatabaseSilent("the database was away when it was last asked")
