import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from abtest.predicates import compile_condition, plain_attributes
from abtest.segments import Condition, parse_condition


@pytest.mark.parametrize(
    ("rule", "attributes", "expected"),
    [
        ({"country": "DE"}, {"country": "DE"}, True),
        ({"country": "DE"}, {"country": "de"}, False),
        ({"country": "DE"}, {}, False),
        ({"country": {"$ne": "DE"}}, {"country": "FR"}, True),
        ({"country": {"$ne": "DE"}}, {}, False),
        ({"country": {"$in": ["DE", "AT"]}}, {"country": "AT"}, True),
        ({"country": {"$nin": ["DE", "AT"]}}, {"country": "AT"}, False),
        ({"age": {"$gte": 18, "$lt": 30}}, {"age": 18}, True),
        ({"age": {"$gte": 18, "$lt": 30}}, {"age": 30.0}, False),
        ({"age": {"$gt": 18}}, {"age": "30"}, False),
        ({"age": {"$lte": 18}}, {"age": float("nan")}, False),
        ({"age": {"$gt": 0}}, {"age": True}, False),
        ({"loyal": True}, {"loyal": 1}, False),
        ({"loyal": 1}, {"loyal": True}, False),
        ({"loyal": 1}, {"loyal": 1.0}, True),
        ({"loyal": {"$exists": True}}, {"loyal": False}, True),
        ({"loyal": {"$exists": False}}, {"loyal": None}, True),
        ({"$or": [{"a": 1}, {"b": 1}]}, {"b": 1}, True),
        ({"$nor": [{"a": 1}, {"b": 1}]}, {"b": 1}, False),
        ({"$not": {"a": 1}}, {}, True),
        ({"$and": [{"a": 1}, {"b": 1}]}, {"a": 1}, False),
        ({"version": {"$gte": "b"}}, {"version": "c"}, True),
        ({"tags": {"$in": ["x"]}}, {"tags": ["x"]}, False),
    ],
)
def test_rules(rule: object, attributes: dict[str, object], expected: bool) -> None:
    assert compile_condition(parse_condition(rule))(attributes) is expected


@settings(deadline=None)
@given(st.data())
def test_a_predicate_never_raises(
    conditions: st.SearchStrategy[Condition],
    odd_values: st.SearchStrategy[object],
    data: st.DataObject,
) -> None:
    predicate = compile_condition(data.draw(conditions))
    attributes = data.draw(st.dictionaries(st.text("abc", max_size=3), odd_values, max_size=4))
    assert predicate(attributes) in (True, False)


@pytest.mark.parametrize("value", [None, [], "x", 3, object()])
def test_what_is_no_dict_is_no_attributes(value: object) -> None:
    assert plain_attributes(value) == {}
