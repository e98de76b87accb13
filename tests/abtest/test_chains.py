"""A chain finds what asking each rule in its order finds."""

from hypothesis import given, settings
from hypothesis import strategies as st

from abtest import Segment, parse_condition
from abtest.assignment import unit_number
from abtest.chains import Chain, Chains
from abtest.conditions import Condition
from abtest.predicates import compile_condition

NUMBER = unit_number("u")


def one_by_one(conditions: list[Condition], attributes: dict[str, object]) -> int:
    holds = [compile_condition(condition)(attributes, NUMBER) for condition in conditions]
    return holds.index(True) if True in holds else len(conditions)


@settings(deadline=None)
@given(st.data())
def test_it_is_what_asking_one_by_one_finds(
    conditions: st.SearchStrategy[Condition],
    odd_values: st.SearchStrategy[object],
    data: st.DataObject,
) -> None:
    rules = data.draw(st.lists(conditions, max_size=6))
    names = st.text("abc", min_size=1, max_size=2)
    attributes = data.draw(st.dictionaries(names, odd_values, max_size=4))
    assert Chain(rules).first(attributes, NUMBER) == one_by_one(rules, attributes)


texts = st.sampled_from(["x", "y", "z"])
wants = st.one_of(
    st.builds(lambda name, text: {name: text}, st.sampled_from("ab"), texts),
    st.builds(
        lambda name, many: {name: {"$in": many}},
        st.sampled_from("ab"),
        st.lists(texts, min_size=1, max_size=3),
    ),
    st.builds(lambda text, n: {"a": text, "n": {"$gt": n}}, texts, st.integers(0, 3)),
    st.builds(
        lambda n, text: {"n": {"$gt": n}, "b": text, "a": {"$ne": text}}, st.integers(0, 3), texts
    ),
    st.builds(lambda n: {"n": n}, st.integers(0, 3)),
)
given_values = texts | st.lists(texts, max_size=2)


@settings(max_examples=300, deadline=None)
@given(
    st.lists(wants, max_size=8),
    st.fixed_dictionaries(
        {}, optional={"a": given_values, "b": given_values, "n": st.integers(0, 4)}
    ),
)
def test_rules_that_want_texts_keep_their_order(
    rules: list[dict[str, object]], attributes: dict[str, object]
) -> None:
    parsed = [parse_condition(rule) for rule in rules]
    assert Chain(parsed).first(attributes, NUMBER) == one_by_one(parsed, attributes)


def segment(country: object) -> Segment:
    return Segment.from_dict({"name": "s", "rule": {"country": country}})


def test_the_same_segments_have_one_chain() -> None:
    chains = Chains()
    one, again, other = (segment("DE"),), (segment("DE"),), (segment("AT"),)
    assert chains.of(one) is chains.of(again)
    assert chains.of(one) is not chains.of(other)
    assert chains.segments(chains.digest(one)) is one
    assert chains.segments("unknown") is None


def test_true_and_one_are_not_the_same_segments() -> None:
    chains = Chains()
    assert chains.of((segment(True),)) is not chains.of((segment(1),))
