"""What a test takes and how it counts, worked out once from its rows."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from zoneinfo import ZoneInfo

from abtest import EVERYONE
from studio.db.exposures import DAY_S, CountingRule
from studio.db.records import TestRecord
from studio.services.experiment_options import TestOptions


def rule_of(test: TestRecord, options: TestOptions) -> CountingRule:
    """How a test's events are counted."""
    days = options.attribution_days
    return CountingRule(
        periods=test.periods,
        window_s=math.inf if days is None else days * DAY_S,
        zone=None if options.timezone == "UTC" else _zone(options.timezone),
        keeps_delays=options.attribution == "corrected",
    )


@cache
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """What a test takes.

    Parameters
    ----------
        arms    : (variant, segment as sent) to the segment's name
        from_s  : nothing that happened before is taken; infinite before the start
        until_s : nor impressions from here on, infinite while it runs
        late_s  : nor anything from here on
    """

    test: TestRecord
    arms: Mapping[tuple[str, str | None], str]
    from_s: float
    until_s: float
    late_s: float

    @classmethod
    def of(cls, test: TestRecord) -> Intake:
        """What a test takes."""
        rule = rule_of(test, TestOptions.from_dict(test.options))
        last = test.periods[-1] if test.periods else None
        until_s = math.inf if last is None or last.ended_s is None else last.ended_s
        names = (EVERYONE, *(segment.name for segment in test.segments))
        return cls(
            test=test,
            arms={
                (variant.name, sent): sent or EVERYONE
                for variant in test.variants
                for sent in (None, *names)
            },
            from_s=test.periods[0].started_s if test.periods else math.inf,
            until_s=until_s,
            late_s=until_s + rule.late_s,
        )
