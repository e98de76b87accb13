"""Who may do what: the scopes of keys, as routes name them."""

from __future__ import annotations

import asyncio
from typing import Annotated, Final, TypeAlias

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from studio.api.errors import ForeignOrigin, Unauthenticated
from studio.api.gate import Gate, Scope
from studio.api.services import WORLD
from studio.db.engine import DatabaseFault
from studio.services.errors import ServiceError

_OPENFEATURE_HEADER: Final = "x-api-key"

_BEARER = HTTPBearer(
    auto_error=False,
    scheme_name="Key",
    description="A key from `packshot keys create --scope decide,events,manage`. A server on "
    "a loopback address with no key created asks for none.",
)


class _Needs:
    """A dependency that lets in who holds a scope, and gives the route their name.

    Parameters
    ----------
        header : where a key may stand too, for clients of protocols that have it there
    """

    def __init__(self, scope: Scope, *, header: str | None = None) -> None:
        self._scope = scope
        self._header = header

    async def __call__(
        self,
        request: Request,
        credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)],
    ) -> str:
        gate: Gate = request.scope[WORLD].gate
        secret = None if credentials is None else credentials.credentials
        if secret is None and self._header is not None:
            secret = request.headers.get(self._header)
        who = await gate.admit(request, secret, self._scope)
        request.state.who = who
        return who


async def require_to_manage(request: Request) -> None:
    """Refuse who may not read whatever there is.

    Raises
    ------
        ScopeMissing, and what `Gate.admit` raises
    """
    await _Needs("manage")(request, await _BEARER(request))


async def is_manager(request: Request, *, within_s: float) -> bool:
    """Whether a request may read whatever there is; no where that is not known in time."""
    try:
        await asyncio.wait_for(require_to_manage(request), within_s)
    except (Unauthenticated, ForeignOrigin, ServiceError, DatabaseFault, TimeoutError):
        return False
    return True


async def require_to_list(request: Request) -> None:
    """Refuse a key that may decide, but not hear what is under test: that of a page.

    Raises
    ------
        ScopeMissing, and what `Gate.admit` raises
    """
    needs = _Needs("snapshot", header=_OPENFEATURE_HEADER)
    await needs(request, await _BEARER(request))


Decider: TypeAlias = Annotated[str, Depends(_Needs("decide"))]
OpenFeatureDecider: TypeAlias = Annotated[
    str, Depends(_Needs("decide", header=_OPENFEATURE_HEADER))
]
Follower: TypeAlias = Annotated[str, Depends(_Needs("snapshot"))]
Reporter: TypeAlias = Annotated[str, Depends(_Needs("events"))]
Manager: TypeAlias = Annotated[str, Depends(_Needs("manage"))]
