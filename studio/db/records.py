"""What the rows of a test mean, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from abtest import TestState


@dataclass(frozen=True, slots=True, kw_only=True)
class VariantRecord:
    """A variant: its name, its image (digest, URL or path), and when it was dropped, if it was."""

    name: str
    image: str
    dropped_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentRecord:
    """A segment's name and rule in its JSON form."""

    name: str
    rule: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodRecord:
    """A span of constant allocation, from `started_s` up to `ended_s`; None while it is open."""

    number: int
    started_s: float
    ended_s: float | None
    weights: Mapping[str, float]
    segment_weights: Mapping[str, Mapping[str, float]]
    after_promotion: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PromotionRecord:
    """A winner put to work.

    Parameters
    ----------
        segment    : None for all segments
        by_verdict : False where a person decided
        undone_s   : when it was rolled back, None while it is in force
    """

    segment: str | None
    variant: str
    by_verdict: bool
    who: str
    reason: str
    at_s: float
    undone_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TestRecord:
    """A test with everything that belongs to it except its counts."""

    __test__ = False

    id: str
    item: str
    default_image: str
    state: TestState
    salt: str
    control: str
    options: Mapping[str, object]
    created_s: float
    started_s: float | None
    ended_s: float | None
    variants: tuple[VariantRecord, ...]
    segments: tuple[SegmentRecord, ...]
    periods: tuple[PeriodRecord, ...]
    promotions: tuple[PromotionRecord, ...]

    @property
    def live_variants(self) -> tuple[str, ...]:
        """Names of the variants that were not dropped, in order."""
        return tuple(variant.name for variant in self.variants if variant.dropped_s is None)

    @property
    def open_period(self) -> PeriodRecord | None:
        """The period that is running, None before the start and after the end."""
        if self.periods and self.periods[-1].ended_s is None:
            return self.periods[-1]
        return None

    @property
    def standing(self) -> tuple[PromotionRecord, ...]:
        """The promotions in force."""
        return tuple(each for each in self.promotions if each.undone_s is None)


@dataclass(frozen=True, slots=True, kw_only=True)
class CountRecord:
    """The counts of one (segment, variant, period); `value_squares` is None where not known."""

    segment: str
    variant: str
    period: int
    impressions: int
    clicks: int
    conversions: int
    value_micros: int
    value_squares: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRecord:
    """Who did what, when, and on which numbers.

    Parameters
    ----------
        kind    : of what it was done to: "test", "key", "webhook" or "image_key"
        subject : the id of that
    """

    id: int
    kind: str
    subject: str
    at_s: float
    who: str
    action: str
    detail: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRecord:
    """An API key without its secret; `per_s` limits its requests, None leaves them unlimited."""

    id: str
    name: str
    secret_sha256: str
    former_sha256: str | None
    former_until_s: float | None
    scopes: tuple[str, ...]
    per_s: float | None
    created_s: float
    revoked_s: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageKeyRecord:
    """What signs images' addresses.

    Parameters
    ----------
        from_s  : when it begins to sign
        until_s : when it ends to open what it has signed; None while it is in use
    """

    number: int
    secret: bytes = field(repr=False)
    made_s: float
    from_s: float
    until_s: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookRecord:
    """Who is told of which events; `events` empty: of all. Its secret is not shown."""

    id: str
    url: str
    events: tuple[str, ...]
    secret: str = field(repr=False)
    created_s: float
    ended_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeRecord:
    """Something that happened in a test; `body` is the JSON that is sent and signed."""

    id: str
    type: str
    test_id: str
    at_s: float
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryRecord:
    """A notice on its way to a webhook.

    Parameters
    ----------
        state        : "waiting", "delivered" or "dead"
        attempts     : tries that were begun
        not_before_s : when the next one is due
        status       : of the last answer; None where there was none
        fault        : why the last try failed; None where it did not
    """

    notice_id: str
    webhook_id: str
    type: str
    at_s: float
    body: str
    url: str
    secret: str = field(repr=False)
    state: str
    attempts: int
    not_before_s: float
    changed_s: float
    status: int | None
    fault: str | None
