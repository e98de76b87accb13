import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from abtest.assignment import unit_number
from abtest.conditions import Condition, parse_condition
from abtest.predicates import compile_condition, plain_attributes, version_key


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
        ({"tags": {"$in": ["x"]}}, {"tags": ["y", {}, "x"]}, True),
        ({"tags": {"$in": ["x"]}}, {"tags": []}, False),
        ({"tags": {"$nin": ["x"]}}, {"tags": ["y"]}, True),
        ({"tags": {"$nin": ["x"]}}, {}, False),
        ({"tags": {"$in": [1]}}, {"tags": [True]}, False),
        ({"tags": "x"}, {"tags": ["x"]}, False),
        ({"tags": {"$all": ["x", "y"]}}, {"tags": ["y", [], "x", "z"]}, True),
        ({"tags": {"$all": ["x", "y"]}}, {"tags": ["y"]}, False),
        ({"tags": {"$all": [1]}}, {"tags": [True]}, False),
        ({"tags": {"$all": ["x"]}}, {"tags": "x"}, False),
        ({"tags": {"$size": 2}}, {"tags": ["y", "x"]}, True),
        ({"tags": {"$size": {"$gte": 1, "$lt": 3}}}, {"tags": []}, False),
        ({"tags": {"$size": 1}}, {"tags": "x"}, False),
        ({"sizes": {"$elemMatch": {"$gt": 40, "$lt": 44}}}, {"sizes": [39, 50]}, False),
        ({"sizes": {"$elemMatch": {"$gt": 40, "$lt": 44}}}, {"sizes": [39, 42]}, True),
        (
            {"cart": {"$elemMatch": {"sku": "a", "n": {"$gt": 1}}}},
            {"cart": [{"sku": "a", "n": 2}]},
            True,
        ),
        ({"cart": {"$elemMatch": {"sku": "a"}}}, {"cart": ["a", 3, None]}, False),
        ({"age": {"$not": {"$gt": 30}}}, {"age": 20}, True),
        ({"age": {"$not": {"$gt": 30}}}, {}, True),
        ({"app.version": {"$vgte": "2.10"}}, {"app": {"version": "2.9"}}, False),
        ({"app.version": {"$vgte": "2.10"}}, {"app": {"version": "2.10.1"}}, True),
        ({"app.version": "2"}, {"app.version": "2"}, True),
        ({"a.b": 1}, {"a": 3}, False),
        ({"v": {"$vlt": "2.0.0"}}, {"v": "2.0.0-beta.1"}, True),
        ({"v": {"$veq": "2.0.0"}}, {"v": "v2.0.0+7"}, True),
        ({"v": {"$vne": "2.0.0"}}, {"v": "2.0.1"}, True),
        ({"v": {"$vgt": "1"}}, {"v": 2}, False),
        ({"v": {"$vgt": "1"}}, {"v": "9" * 65}, False),
        ({"born": {"$before": "2000-01-01"}}, {"born": "1999-12-31T23:59:59Z"}, True),
        ({"born": {"$since": "2000-01-01"}}, {"born": "2000-01-01T00:30:00+01:00"}, False),
        ({"born": {"$since": "2000-01-01"}}, {"born": "2000-01-01"}, True),
        ({"born": {"$before": "2000-01-01"}}, {"born": "long ago"}, False),
        ({"born": {"$before": "2000-01-01"}}, {"born": 5}, False),
    ],
)
def test_rules(rule: object, attributes: dict[str, object], expected: bool) -> None:
    assert compile_condition(parse_condition(rule))(attributes) is expected


def test_a_percentage_is_of_the_units_and_of_its_name() -> None:
    numbers = [unit_number(f"u{i}") for i in range(5000)]

    def inside(of: str, first: float, end: float) -> list[bool]:
        rule = {"$percent": {"of": of, "from": first, "to": end}}
        predicate = compile_condition(parse_condition(rule))
        assert not predicate({}, None)  # a unit without a name
        return [predicate({}, number) for number in numbers]

    pilot, rest, other = inside("pilot", 0, 30), inside("pilot", 30, 100), inside("other", 0, 30)
    assert [not each for each in pilot] == rest
    assert sum(pilot) / 5000 == pytest.approx(0.3, abs=0.03)
    both = sum(a and b for a, b in zip(pilot, other, strict=True))
    assert both / 5000 == pytest.approx(0.09, abs=0.02)


versions = st.from_regex(
    r"v?[0-9]{1,3}(\.[0-9]{1,3}){0,3}(-(alpha|beta|rc)(\.[0-9])?)?", fullmatch=True
)


@given(st.lists(versions, min_size=3, max_size=3), st.integers(0, 9))
def test_versions_are_in_one_order(three: list[str], build: int) -> None:
    one, two, three_ = sorted(three, key=version_key)
    for sign, expected in (("$vlte", True), ("$vgt", False)):
        assert compile_condition(parse_condition({"v": {sign: three_}}))({"v": one}) is expected
    assert compile_condition(parse_condition({"v": {"$veq": two}}))({"v": f"{two}+{build}"})


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


class Touchy:
    """A value that cannot be compared, as arrays of some libraries cannot."""

    def __eq__(self, other: object) -> bool:
        raise ValueError("ambiguous")

    __hash__ = None  # type: ignore[assignment]


@pytest.mark.parametrize(
    "rule",
    [{"a": "x"}, {"a": "x", "b": "y"}, {"$or": [{"a": "x"}, {"b": 1}]}, {"$nor": [{"b": "y"}, {"a": "x"}]}],
)  # fmt: skip
def test_what_programs_hand_over_may_refuse_comparison(rule: dict[str, object]) -> None:
    holds = compile_condition(parse_condition(rule))
    assert holds({"a": Touchy(), "b": "y"}, 1) is False
