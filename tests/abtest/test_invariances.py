"""Laws that an analysis obeys whatever the counts: what must not matter does not."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from abtest import Analysis, AnalysisOptions, Cell, Counts, Period, analyse
from abtest.cells import CellKey

OPTIONS = AnalysisOptions(foresight="none")
few = settings(deadline=None, max_examples=25)


@st.composite
def image_tests(draw: st.DrawFn, *, constant: bool = False) -> Counts:
    """A test of two or three segments over several days, its weights constant or drawn anew."""
    names = tuple("abcd"[: draw(st.integers(2, 4))])
    days = draw(st.integers(1, 4))
    segments = ("phone", "desk", "tv")[: draw(st.integers(1, 3))]
    generator = np.random.default_rng(draw(st.integers(0, 2**32)))
    weights = [generator.dirichlet(np.full(len(names), 3.0)) for _ in range(days)]
    if constant:
        weights = weights[:1] * days
    rates = generator.uniform(0.002, 0.08, len(names))
    cells: dict[CellKey, Cell] = {}
    for day, split in enumerate(weights):
        for segment in segments:
            shown = generator.multinomial(int(generator.integers(0, 5000)), split)
            for name, impressions, rate in zip(names, shown, rates, strict=True):
                clicks = int(generator.binomial(impressions, rate))
                cells[segment, name, str(day)] = Cell(impressions=int(impressions), clicks=clicks)
    return Counts(
        variants=names,
        periods=tuple(
            Period(id=str(day), weights=dict(zip(names, split.tolist(), strict=True)))
            for day, split in enumerate(weights)
        ),
        cells=cells,
        segments=segments,
    )


def numbers(analysis: Analysis) -> dict[tuple[str, str], tuple[float, ...]]:
    """What is told of each image in each group."""
    groups = [analysis.overall, *analysis.segments.values()]
    return {
        (group.segment, one.variant): (
            one.prob_best,
            one.expected_loss,
            one.mean,
            np.log(one.e_value),
            *one.credible_interval,
        )
        for group in groups
        for one in group.variants
    }


def same(one: Analysis, other: Analysis, *, rel: float = 1e-6) -> None:
    first, second = numbers(one), numbers(other)
    assert first.keys() == second.keys()
    for key, values in first.items():
        assert second[key] == pytest.approx(values, rel=rel, abs=1e-9), key
    assert one.verdict.kind == other.verdict.kind
    assert one.verdict.variant == other.verdict.variant


@few
@given(image_tests(), st.randoms(use_true_random=False))
def test_the_order_of_the_images_does_not_matter(counts: Counts, random: object) -> None:
    names = list(counts.variants)
    random.shuffle(names)  # type: ignore[attr-defined]
    options = replace(OPTIONS, control=counts.variants[0])
    turned = replace(counts, variants=tuple(names))
    same(analyse(counts, options=options), analyse(turned, options=options))


@few
@given(image_tests(constant=True))
def test_periods_of_constant_weights_may_be_merged(counts: Counts) -> None:
    merged: dict[CellKey, Cell] = {}
    for (segment, variant, _), cell in counts.cells.items():
        key = (segment, variant, "all")
        merged[key] = merged.get(key, Cell(impressions=0)) + cell
    whole = Period(id="all", weights=counts.periods[0].weights, days=counts.days)
    one = Counts(variants=counts.variants, periods=(whole,), cells=merged, segments=counts.segments)
    first, second = analyse(counts, options=OPTIONS), analyse(one, options=OPTIONS)
    assert numbers(first).keys() == numbers(second).keys()
    for which, values in numbers(first).items():
        assert numbers(second)[which] == pytest.approx(values, rel=1e-9), which


@few
@given(image_tests(), st.integers(0, 2**32))
def test_counts_may_come_in_pieces(counts: Counts, seed: int) -> None:
    generator = np.random.default_rng(seed)
    piece: dict[CellKey, Cell] = {}
    rest: dict[CellKey, Cell] = {}
    for key, cell in counts.cells.items():
        clicks = int(generator.integers(0, cell.clicks + 1))
        idle = int(generator.integers(0, cell.impressions - cell.clicks + 1))
        piece[key] = Cell(impressions=clicks + idle, clicks=clicks)
        rest[key] = Cell(impressions=cell.impressions - clicks - idle, clicks=cell.clicks - clicks)
    together = replace(counts, cells=piece) + replace(counts, cells=rest)
    same(analyse(counts, options=OPTIONS), analyse(together, options=OPTIONS), rel=1e-12)


@few
@given(image_tests())
def test_chances_of_being_best_sum_to_one(counts: Counts) -> None:
    analysis = analyse(counts, options=OPTIONS)
    for group in (analysis.overall, *analysis.segments.values()):
        assert sum(group.prob_best.values()) == pytest.approx(1.0, abs=1e-8)
