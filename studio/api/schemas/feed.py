"""Decisions and events as JSON."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from abtest import Reason
from studio.services.events import MAX_EVENTS
from studio.services.feed import MAX_ITEMS

_DECIDE: JsonDict = {
    "unit": "shopper-7",
    "attributes": {"country": "DE", "device": "phone"},
    "items": ["mug-blue", "shoe-41"],
    "placement": "home",
}
_EVENT: JsonDict = {
    "id": "e-81",
    "type": "click",
    "unit": "shopper-7",
    "item": "mug-blue",
    "test": "3f2a90bc41d7",
    "variant": "marble",
    "segment": "phones",
    "ts": 1_790_000_000.0,
}


class DecideIn(BaseModel):
    """Whose view, of which items. Nothing about the shopper is ever refused."""

    model_config = ConfigDict(json_schema_extra={"examples": [_DECIDE]})

    unit: Any = Field(
        default=None,
        description="Your stable id of the shopper or visit, a text or a number; without one, "
        "every item gets its default image.",
    )
    attributes: Any = Field(
        default=None,
        description="What is known of the shopper, a JSON object; anything unknown or malformed "
        "falls through to 'everyone'.",
    )
    items: list[Any] = Field(
        description=f"Ids of products, at most {MAX_ITEMS}.",
        json_schema_extra={"maxItems": MAX_ITEMS},
    )
    placement: Any = Field(default=None, description="Where the images are shown.")
    preview: Any = Field(
        default=None,
        description="A signed token that forces a variant to be shown; one that is malformed or "
        "out of date changes nothing.",
    )


class DecisionOut(BaseModel):
    """The image of one item for this shopper."""

    item: str
    image: str | None = Field(
        examples=["/v1/assets/9f86d081…"],
        description="A URL, or a path on this server; null for an unknown item where no fallback "
        "is set: show your own.",
    )
    variant: str | None
    test: str | None
    segment: str | None
    propensity: float | None = Field(
        description="With which probability it was to be this variant; null in a preview."
    )
    reason: Reason = Field(
        description="forced: a preview. Send no events of it, or send them with this reason "
        "or `preview: true`: they are not counted."
    )


class DecideOut(BaseModel):
    """Decisions in the order of the items."""

    snapshot: str = Field(examples=["184"], description="Version of what was decided by.")
    decisions: list[DecisionOut]


class EventsIn(BaseModel):
    """What shoppers did."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"events": [_EVENT]}]})

    events: list[Any] = Field(
        description=f"At most {MAX_EVENTS:,} events: id, type (impression, click, conversion), "
        "unit, item, test, variant, segment, ts (seconds since the epoch or ISO 8601), and value "
        "(money) for conversions; propensity and snapshot of the decision are kept with it. One of "
        "a preview (`reason: forced`) is refused. Each is checked by itself.",
        json_schema_extra={"maxItems": MAX_EVENTS},
    )


class RejectedOut(BaseModel):
    """An event that was not taken."""

    id: str | None
    why: str
    line: int | None = Field(default=None, description="Of a stream of lines, counted from 1.")


class EventsOut(BaseModel):
    """What became of the events; the three add up to what was sent."""

    accepted: int = Field(description="New, and on disk; counted within seconds.")
    duplicates: int = Field(description="Known already; nothing was changed.")
    rejected: list[RejectedOut]
    rejected_total: int | None = Field(
        default=None, description="Of a stream: how many, where not all of them are listed."
    )
