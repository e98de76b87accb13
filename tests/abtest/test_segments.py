import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from abtest import InvalidSegment, Segment, check_segments, parse_condition
from abtest.conditions import Combined, Condition, condition_dict


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
        ({"name": {"$regex": "a+"}}, "rule.name.$regex"),
        ({"app": {"$vgt": 2}}, "rule.app.$vgt"),
        ({"born": {"$before": "soon"}}, "rule.born.$before"),
        ({"tags": {"$all": "x"}}, "rule.tags.$all"),
        ({"tags": {"$in": ["x", None]}}, "rule.tags.$in[1]"),
        ({"tags": {"$size": "two"}}, "rule.tags.$size"),
        ({"tags": {"$size": {"$near": 2}}}, "rule.tags.$size.$near"),
        ({"tags": {"$elemMatch": {}}}, "rule.tags.$elemMatch"),
        ({"age": {"$not": 3}}, "rule.age.$not"),
        ({"$percent": 10}, "rule.$percent"),
        ({"$percent": {"of": "", "from": 0, "to": 1}}, "rule.$percent.of"),
        ({"$percent": {"of": "x", "from": 0, "to": 101}}, "rule.$percent.to"),
        ({"$percent": {"of": "x", "from": True, "to": 50}}, "rule.$percent.from"),
        ({"$percent": {"of": "x", "from": 5, "to": 5}}, "rule.$percent"),
        ({"name": "x" * 1001}, "rule.name"),
        ({"$gt": 3}, "rule.$gt"),
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


def test_depth_is_limited_inside_attributes_too() -> None:
    rule: dict[str, object] = {"$gt": 1}
    for _ in range(40):
        rule = {"$not": rule}
    with pytest.raises(InvalidSegment, match="deep"):
        parse_condition({"age": rule})
    rule = {"$gt": 1}
    for _ in range(40):
        rule = {"$elemMatch": {"a": rule}}
    with pytest.raises(InvalidSegment, match="deep"):
        parse_condition({"a": rule})


def test_length_is_limited() -> None:
    parts = [{"a": n} for n in range(100)]
    assert parse_condition({"$or": [{"$and": parts}, {"$or": parts}]})
    with pytest.raises(InvalidSegment, match="201 comparisons"):
        parse_condition({"$or": [{"$and": parts}, {"$or": parts}, {"a": 1}]})


@settings(deadline=None)
@given(st.data())
def test_no_json_is_anything_but_a_condition_or_refused(
    odd_values: st.SearchStrategy[object], data: st.DataObject
) -> None:
    keys = st.sampled_from(
        [
            "a",
            "a.b",
            "$in",
            "$not",
            "$or",
            "$size",
            "$elemMatch",
            "$vgt",
            "$since",
            "$percent",
            "of",
        ]
    )
    values = st.recursive(
        odd_values,
        lambda inner: st.dictionaries(keys, inner, max_size=3) | st.lists(inner, max_size=3),
    )
    try:
        condition = parse_condition(data.draw(values))
    except InvalidSegment:
        return
    assert parse_condition(condition_dict(condition)) == condition


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
