"""Values that several of the engine's tests start from."""

import pytest
from hypothesis import strategies as st

from abtest import Cell, Counts, Period, PlannedVariant, Segment, TestPlan
from abtest.conditions import ELEMENT, Combined, Comparison, Condition, Portion


@pytest.fixture(scope="session")
def simpson() -> Counts:
    """`b` is 10% better on each day, but got most of its traffic on the bad day."""
    return Counts(
        variants=("a", "b"),
        periods=(
            Period(id="0", weights={"a": 0.8, "b": 0.2}),
            Period(id="1", weights={"a": 0.2, "b": 0.8}),
        ),
        cells={
            ("everyone", "a", "0"): Cell(impressions=8000, clicks=480),
            ("everyone", "b", "0"): Cell(impressions=2000, clicks=132),
            ("everyone", "a", "1"): Cell(impressions=2000, clicks=40),
            ("everyone", "b", "1"): Cell(impressions=8000, clicks=176),
        },
    )


@pytest.fixture(scope="session")
def plan() -> TestPlan:
    """Two images of a mug, even for everyone, 20 to 80 in Germany; nothing promoted."""
    return TestPlan(
        test="t1",
        item="mug",
        salt="t1",
        variants=(PlannedVariant(name="white", image="w"), PlannedVariant(name="oak", image="o")),
        control="white",
        segments=(Segment.from_dict({"name": "de", "rule": {"country": "DE"}}),),
        weights={"white": 0.5, "oak": 0.5},
        segment_weights={"de": {"white": 0.2, "oak": 0.8}},
    )


@pytest.fixture(scope="session")
def odd_values() -> st.SearchStrategy[object]:
    """What a careless client may send in place of anything."""
    return st.recursive(
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats()
        | st.text(max_size=4)
        | st.binary(max_size=2),
        lambda inner: (
            st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=2), inner, max_size=2)
        ),
        max_leaves=4,
    )


@pytest.fixture(scope="session")
def conditions() -> st.SearchStrategy[Condition]:
    """Any segment rule."""
    scalars = st.text(max_size=5) | st.integers(-9, 9) | st.floats(-9, 9) | st.booleans()
    names = st.text("abc", min_size=1, max_size=3)
    leaves = st.one_of(
        st.builds(
            Comparison, attribute=names, operator=st.sampled_from(["$eq", "$ne"]), value=scalars
        ),
        st.builds(
            Comparison,
            attribute=names,
            operator=st.sampled_from(["$in", "$nin"]),
            value=st.lists(scalars, min_size=1, max_size=3).map(tuple),
        ),
        st.builds(
            Comparison,
            attribute=names,
            operator=st.sampled_from(["$gt", "$gte", "$lt", "$lte"]),
            value=st.integers(-9, 9) | st.text(max_size=3),
        ),
        st.builds(Comparison, attribute=names, operator=st.just("$exists"), value=st.booleans()),
        st.builds(
            Comparison,
            attribute=names,
            operator=st.sampled_from(["$veq", "$vgt", "$vlte"]),
            value=st.text(min_size=1, max_size=5),
        ),
        st.builds(
            Comparison,
            attribute=names,
            operator=st.sampled_from(["$before", "$since"]),
            value=st.dates().map(str),
        ),
        st.builds(
            Portion, of=st.text(min_size=1, max_size=3), first=st.just(0.0), end=st.just(9.5)
        ),
    )
    lists = st.builds(
        Comparison,
        attribute=names,
        operator=st.sampled_from(["$size", "$elemMatch"]),
        value=st.builds(
            Comparison,
            attribute=st.just(ELEMENT),
            operator=st.just("$gt"),
            value=scalars.filter(lambda value: not isinstance(value, bool)),
        ),
    )
    leaves |= lists
    return st.recursive(
        leaves,
        lambda inner: st.builds(
            Combined,
            junction=st.sampled_from(["$and", "$or", "$nor"]),
            parts=st.lists(inner, min_size=1, max_size=3).map(tuple),
        ),
        max_leaves=6,
    )
