"""What a new test is before it runs: its options filled in from what is on record.

How much images differ is learned from the tests that ended before, and what each image is worth
from what is known of it, unless the options say so themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from abtest import Segment, TestState, condition_dict, learned_spread
from studio.db.engine import Engine, reading
from studio.db.records import SegmentRecord, TestRecord, VariantRecord
from studio.services.errors import TestInvalid
from studio.services.experiment_analysis import past_tests
from studio.services.experiment_options import TestOptions
from studio.services.new_test import NewTest, NewVariant

_PAST_TESTS: Final = 500
"""How many ended tests a new one learns its prior from: the strength is then known within 5%."""

HeadStarts = Callable[[Mapping[str, str]], Mapping[str, float]]
"""Of images by variant, what is expected of each before its first click."""


class Drafting:
    """Fills in what a new test leaves open."""

    def __init__(self, engine: Engine, *, head_starts: HeadStarts | None) -> None:
        self._engine = engine
        self._head_starts = head_starts

    def options_of(self, new: NewTest, *, now_s: float) -> TestOptions:
        """The options with a prior, and with head starts where they are asked for.

        Raises
        ------
            TestInvalid: head starts are asked for, but nothing is known of images here
        """
        return self._warmed(self._with_prior(new.options, now_s=now_s), new.variants)

    def _warmed(self, options: TestOptions, variants: Sequence[NewVariant]) -> TestOptions:
        """The options with what is on record of the images, where that is asked for."""
        if not options.warm_start or options.head_starts:
            return options
        if self._head_starts is None:
            raise TestInvalid(field="warm_start", why="no record of images is kept here")
        starts = self._head_starts({each.name: each.image for each in variants})
        return replace(options, head_starts=starts)

    def _with_prior(self, options: TestOptions, *, now_s: float) -> TestOptions:
        """The options with a prior: their own, or what earlier tests say of how images differ."""
        if options.pseudo_clicks is not None or options.spread is not None:
            return options
        # Learning takes a second where there is much to learn from: nobody waits for it to write.
        with reading(self._engine) as connection:
            past = past_tests(connection, options.metric, most=_PAST_TESTS, now_s=now_s)
        spread = learned_spread(past)
        return replace(
            options,
            pseudo_clicks=round(spread.pseudo_clicks, 2),
            spread=spread if len(spread.strengths) > 1 else None,
        )


def draft_of(new: NewTest, *, test_id: str, at_s: float) -> TestRecord:
    """The record of a test that takes no traffic yet.

    Where none is named, the first variant is the control, and the control's image the default.
    """
    control = new.control or new.variants[0].name
    images = {variant.name: variant.image for variant in new.variants}
    return TestRecord(
        id=test_id,
        item=new.item,
        default_image=new.default_image or images[control],
        state=TestState.DRAFT,
        salt=test_id,
        control=control,
        options=new.options.to_dict(),
        created_s=at_s,
        started_s=None,
        ended_s=None,
        variants=tuple(VariantRecord(name=v.name, image=v.image) for v in new.variants),
        segments=tuple(_segment_record(segment) for segment in new.segments),
        periods=(),
        promotions=(),
    )


def _segment_record(segment: Segment) -> SegmentRecord:
    return SegmentRecord(name=segment.name, rule=condition_dict(segment.condition))
