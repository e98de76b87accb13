"""How a test is run and judged: its options, and their JSON form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from functools import cache
from typing import Any, Literal, TypeVar
from zoneinfo import ZoneInfo

from abtest import (
    DIRECTIONS,
    HOLDOUT,
    METRICS,
    PSEUDO_CLICKS,
    AbtestError,
    Allocation,
    AnalysisOptions,
    Direction,
    GateOptions,
    Guardrail,
    Metric,
    Spread,
)
from studio.services.errors import TestInvalid

Scope = Literal["overall", "segment"]
OnFutility = Literal["stop", "keep"]
OnHarm = Literal["rollback", "propose"]
Attribution = Literal["closed", "corrected"]
_Part = TypeVar("_Part", GateOptions, Allocation, Guardrail, Spread)


@dataclass(frozen=True, slots=True, kw_only=True)
class TestOptions:
    """How a test is run and judged.

    Parameters
    ----------
        metric       : what is compared
        direction    : which way it is better: "higher", or "lower" as of returns that are sent as
                       conversions; money is always better higher
        pseudo_clicks : strength of the prior; None learns it from earlier tests when the test is
                       created, so that nothing shifts while it runs
        spread       : two strengths and their shares in its place, where earlier tests ask for them
        warm_start   : let images start with the record of how they were made: what earlier tests
                       taught of their template, style and shadow moves the mean of their prior
        head_starts  : what that is for each variant, found when the test is created
        gate         : limits of promotion
        allocation   : how traffic moves between periods
        guardrails   : metrics that the winner must not harm
        scope        : "overall" gives all segments one allocation and one winner; "segment" gives
                       each its own (events must then carry the segment of their decision)
        auto_promote : act on a verdict as soon as a period is closed; otherwise only report it
        on_futility  : "stop" ends a test by itself once no difference worth having is left to
                       find; "keep" lets it run. Without `auto_promote` it is only reported
        on_harm      : "rollback" takes back by itself what a verdict promoted, once the holdout
                       proves that it does harm; "propose" only reports it, as is always done with
                       what a person promoted, and without `auto_promote`
        holdout      : share of units that a promotion leaves on the control, range [0, 1)
        period_s     : length of a period
        attribution_days : clicks and conversions that come later after the first sight of an image
                       do not count, and its impression counts once that time is over, so that young
                       ones do not look as if nobody bought; None for no such limit
        attribution  : how young impressions count where there is such a limit: "closed" leaves them
                       out until it is over; "corrected" counts them at once, for the share of
                       conversions that has come by then, as earlier ones tell. That share is known
                       after some days and 30 conversions; until then "closed" holds
        timezone     : whose midnight parts the days, by its name in the IANA database
        layer        : tests of one layer never meet in a shopper; None for a test of its own
        share        : of the layer's shoppers that the test takes while it runs, range (0, 1]
    """

    __test__ = False

    metric: Metric = "click_rate"
    direction: Direction = "higher"
    pseudo_clicks: float | None = None
    spread: Spread | None = None
    warm_start: bool = False
    head_starts: Mapping[str, float] = field(default_factory=dict)
    gate: GateOptions = field(default_factory=GateOptions)
    allocation: Allocation = field(default_factory=Allocation)
    guardrails: tuple[Guardrail, ...] = ()
    scope: Scope = "overall"
    auto_promote: bool = True
    on_futility: OnFutility = "stop"
    on_harm: OnHarm = "rollback"
    holdout: float = HOLDOUT
    period_s: float = 86_400.0
    attribution_days: float | None = None
    attribution: Attribution = "closed"
    timezone: str = "UTC"
    layer: str | None = None
    share: float = 1.0

    def __post_init__(self) -> None:
        self._check_metric()
        if self.scope not in ("overall", "segment"):
            raise TestInvalid(field="scope", why="use overall or segment")
        if self.on_futility not in ("stop", "keep"):
            raise TestInvalid(field="on_futility", why="use stop or keep")
        if self.on_harm not in ("rollback", "propose"):
            raise TestInvalid(field="on_harm", why="use rollback or propose")
        if self.pseudo_clicks is not None and not 1.0 <= self.pseudo_clicks <= 1e6:
            raise TestInvalid(field="pseudo_clicks", why="use a number from 1 to 1,000,000")
        if not 0.0 <= self.holdout < 1.0:
            raise TestInvalid(field="holdout", why=f"{self.holdout} is not a share below 1")
        if not 60.0 <= self.period_s <= 30 * 86_400.0:
            raise TestInvalid(field="period_s", why="a period lasts a minute to 30 days")
        if self.attribution_days is not None and not 0.0 < self.attribution_days <= 90.0:
            raise TestInvalid(field="attribution_days", why="use a number above 0, up to 90")
        self._check_attribution()
        if not is_timezone(self.timezone):
            raise TestInvalid(field="timezone", why="use a name such as UTC or Europe/Berlin")
        self._check_head_starts()
        self._check_layer()

    def _check_attribution(self) -> None:
        if self.attribution not in ("closed", "corrected"):
            raise TestInvalid(field="attribution", why="use closed or corrected")
        if self.attribution == "closed":
            return
        if self.attribution_days is None:
            why = "corrected needs attribution_days: conversions that come later do not count"
            raise TestInvalid(field="attribution", why=why)
        if self.metric not in ("conversion_rate", "value_per_impression"):
            why = "conversions are corrected for; use conversion_rate or value_per_impression"
            raise TestInvalid(field="attribution", why=why)

    def _check_metric(self) -> None:
        if self.metric not in METRICS:
            raise TestInvalid(field="metric", why=f"use {', '.join(METRICS[:-1])} or {METRICS[-1]}")
        if self.direction not in DIRECTIONS:
            raise TestInvalid(field="direction", why=f"use {' or '.join(DIRECTIONS)}")
        if self.direction == "lower" and self.metric == "value_per_impression":
            raise TestInvalid(
                field="direction", why="money is better higher; a rate can be better lower"
            )

    def _check_head_starts(self) -> None:
        if self.warm_start and self.metric != "click_rate":
            raise TestInvalid(
                field="warm_start", why="the record of images is of clicks; use click_rate"
            )
        try:
            AnalysisOptions(head_starts=self.head_starts)
        except (AbtestError, TypeError, AttributeError) as error:
            raise TestInvalid(field="head_starts", why=str(error)) from error

    def _check_layer(self) -> None:
        if not 1e-4 <= self.share <= 1.0:
            raise TestInvalid(field="share", why="use a share from 0.0001 to 1")
        if self.layer is None:
            if self.share < 1.0:
                raise TestInvalid(field="share", why="a share is that of a layer; name the layer")
        elif not (1 <= len(self.layer) <= 64 and self.layer.isprintable()):
            raise TestInvalid(field="layer", why="use 1 to 64 printable characters")

    def analysis(self, *, control: str, dropped: frozenset[str]) -> AnalysisOptions:
        """What the engine needs of it."""
        return AnalysisOptions(
            control=control,
            metric=self.metric,
            direction=self.direction,
            pseudo_clicks=self.pseudo_clicks or PSEUDO_CLICKS,
            spread=self.spread,
            head_starts=self.head_starts,
            gate=self.gate,
            guardrails=self.guardrails,
            dropped=dropped,
            foresight="all" if self.scope == "segment" else "overall",
        )

    def to_dict(self) -> dict[str, object]:
        """The JSON form."""
        data: dict[str, object] = asdict(self)
        data["guardrails"] = [asdict(guardrail) for guardrail in self.guardrails]
        return data

    @classmethod
    def from_dict(cls, data: Mapping[str, object]) -> TestOptions:
        """Options from their JSON form; what is left out takes its default.

        Raises
        ------
            TestInvalid: an unknown name, or a value out of range
        """
        _check_names("options", data, cls)
        values: dict[str, Any] = dict(data)
        if values.get("spread") is not None:
            values["spread"] = _spread(values["spread"])
        if "gate" in values:
            values["gate"] = _part("options.gate", values["gate"], GateOptions())
        if "allocation" in values:
            values["allocation"] = _part("options.allocation", values["allocation"], Allocation())
        if "guardrails" in values:
            values["guardrails"] = _guardrails(values["guardrails"])
        try:
            return cls(**values)
        except TypeError as error:
            raise TestInvalid(field="options", why="a value is of the wrong kind") from error


@cache
def is_timezone(name: str) -> bool:
    """Whether this machine knows a time zone."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True


def _spread(data: object) -> Spread:
    single = Spread(strengths=(PSEUDO_CLICKS,))
    if isinstance(data, Mapping):
        data = {
            name: tuple(part) if isinstance(part, list) else part for name, part in data.items()
        }
    return _part("options.spread", data, single)


def _guardrails(data: object) -> tuple[Guardrail, ...]:
    if not isinstance(data, list):
        raise TestInvalid(field="options.guardrails", why="a list is expected")
    return tuple(
        _part(f"options.guardrails[{i}]", part, Guardrail(metric="conversion_rate"))
        for i, part in enumerate(data)
    )


def _part(name: str, data: object, default: _Part) -> _Part:
    if not isinstance(data, Mapping):
        raise TestInvalid(field=name, why="an object is expected")
    _check_names(name, data, type(default))
    for key, value in data.items():
        wanted = isinstance(getattr(default, key), int | float)
        if wanted and (isinstance(value, bool) or not isinstance(value, int | float)):
            raise TestInvalid(field=f"{name}.{key}", why="a number is expected")
    try:
        return replace(default, **data)
    except (AbtestError, TypeError) as error:
        raise TestInvalid(field=name, why=str(error)) from error


def _check_names(name: str, data: Mapping[str, object], kind: type[Any]) -> None:
    known = [each.name for each in fields(kind)]
    for key in data:
        if key not in known:
            raise TestInvalid(field=f"{name}.{key}", why=f"unknown; use one of {', '.join(known)}")
