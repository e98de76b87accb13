import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from abtest import InvalidSegment, Segment, check_segments, parse_condition
from abtest.segments import Combined, Condition, condition_dict


@settings(deadline=None)
@given(st.data())
def test_the_json_form_gives_the_condition_back(
    conditions: st.SearchStrategy[Condition], data: st.DataObject
) -> None:
    condition = data.draw(conditions)
    assert parse_condition(condition_dict(condition)) == condition


def test_a_segment_round_trips() -> None:
    data = {"name": "young", "rule": {"age": {"$gte": 18, "$lt": 30}, "country": "DE"}}
    segment = Segment.from_dict(data)
    assert isinstance(segment.condition, Combined)
    assert len(segment.condition.parts) == 3
    assert Segment.from_dict(segment.to_dict()) == segment


@pytest.mark.parametrize(
    ("rule", "where"),
    [
        ({}, "rule"),
        ([], "rule"),
        ({"age": {}}, "rule.age"),
        ({"age": {"$near": 3}}, "rule.age.$near"),
        ({"age": {"$in": 3}}, "rule.age.$in"),
        ({"age": {"$in": []}}, "rule.age.$in"),
        ({"age": {"$gt": True}}, "rule.age.$gt"),
        ({"age": {"$exists": "yes"}}, "rule.age.$exists"),
        ({"age": None}, "rule.age"),
        ({"age": float("inf")}, "rule.age"),
        ({"$or": {}}, "rule.$or"),
        ({"$or": [{"a": 1}, {"b": []}]}, r"rule.\$or\[1\].b"),
        ({"$xor": [{"a": 1}]}, r"rule.\$xor"),
        ({"$not": 1}, r"rule.\$not"),
        ({"": 1}, "rule"),
        ({3: 1}, "rule.3"),
    ],
)
def test_a_malformed_rule_says_where(rule: object, where: str) -> None:
    with pytest.raises(InvalidSegment) as caught:
        parse_condition(rule)
    assert caught.value.path.startswith(where.replace("\\", ""))


def test_depth_is_limited() -> None:
    rule: dict[str, object] = {"a": 1}
    for _ in range(40):
        rule = {"$not": rule}
    with pytest.raises(InvalidSegment, match="deep"):
        parse_condition(rule)


@pytest.mark.parametrize("name", ["", " x", "everyone", "overall", "x" * 65, "a\x00", "\ud800"])
def test_names(name: str) -> None:
    with pytest.raises(InvalidSegment):
        Segment(name=name, condition=parse_condition({"a": 1}))


@pytest.mark.parametrize("data", [None, [], {"name": "x"}, {"name": 3, "rule": {"a": 1}}])
def test_a_segment_is_an_object(data: object) -> None:
    with pytest.raises(InvalidSegment):
        Segment.from_dict(data)


def test_doubled_names_and_too_many() -> None:
    segment = Segment.from_dict({"name": "x", "rule": {"a": 1}})
    with pytest.raises(InvalidSegment, match="twice"):
        check_segments([segment, segment])
    with pytest.raises(InvalidSegment, match="at most"):
        check_segments([segment] * 51)
