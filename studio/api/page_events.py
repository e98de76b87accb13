"""What a page's key may tell: what a shopper sees and clicks there, and no sales.

Everybody can read such a key (`studio.services.keys`). A rate bounds its requests, and this bounds
what one request can invent: an order of a million decides a test on money by itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from starlette.requests import Request

from studio.services.errors import BatchTooLarge
from studio.services.events import Events, Rejected, Taken
from studio.services.key_secrets import is_public

MOST_EVENTS: Final = 50
"""Of one request; what the snippet sends at once."""
_WHY: Final = (
    "type: a page's key tells impressions and clicks; send conversions from the shop's own server, "
    "with a key of scope events"
)


def is_of_page(request: Request) -> bool:
    """Whether a request carries a public key."""
    _, _, secret = request.headers.get("authorization", "").partition(" ")
    return is_public(secret)


def take_of_page(events: Events, raws: list[object]) -> Taken:
    """Take what a page may tell, and reject its conversions one by one.

    Raises
    ------
        BatchTooLarge: more than `MOST_EVENTS`; nothing was taken
    """
    if len(raws) > MOST_EVENTS:
        raise BatchTooLarge(what="events of a page", count=len(raws), limit=MOST_EVENTS)
    taken = events.accept([raw for raw in raws if not _is_sale(raw)])
    refused = tuple(Rejected(id=_id_of(raw), why=_WHY) for raw in raws if _is_sale(raw))
    return Taken(
        accepted=taken.accepted, duplicates=taken.duplicates, rejected=taken.rejected + refused
    )


def _is_sale(raw: object) -> bool:
    return isinstance(raw, Mapping) and raw.get("type") == "conversion"


def _id_of(raw: object) -> str | None:
    given = raw.get("id") if isinstance(raw, Mapping) else None
    return given[:128] if isinstance(given, str) else None
