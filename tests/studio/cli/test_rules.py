"""Segment rules as text: what they mean, and that they come back as they were typed."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abtest import parse_condition
from abtest.conditions import Condition
from abtest.predicates import compile_condition
from studio.cli.rules import RuleUnreadable, read_rule, read_segment, rule_text


def holds(rule: str, **attributes: object) -> bool:
    return compile_condition(parse_condition(read_rule(rule)))(attributes)


@pytest.mark.parametrize(
    ("rule", "form"),
    [
        ("country=DE", {"country": {"$eq": "DE"}}),
        ("country == DE", {"country": {"$eq": "DE"}}),
        ("country!=DE", {"country": {"$ne": "DE"}}),
        ("country in DE, AT", {"country": {"$in": ["DE", "AT"]}}),
        ("country not in DE,AT", {"country": {"$nin": ["DE", "AT"]}}),
        ("age>=30", {"age": {"$gte": 30}}),
        ("age < 30.5", {"age": {"$lt": 30.5}}),
        ("new=true", {"new": {"$eq": True}}),
        ('zip="01067"', {"zip": {"$eq": "01067"}}),
        ('city in "New York, NY",Wien', {"city": {"$in": ["New York, NY", "Wien"]}}),
        ('name="salt and pepper"', {"name": {"$eq": "salt and pepper"}}),
        ("国家=中国", {"国家": {"$eq": "中国"}}),
        ("a>1 and a<=3", {"$and": [{"a": {"$gt": 1}}, {"a": {"$lte": 3}}]}),
    ],
)
def test_each_form_means_its_condition(rule: str, form: dict[str, object]) -> None:
    assert read_rule(rule) == form


def test_a_rule_sorts_shoppers() -> None:
    rule = "country in DE,AT and age>=30"
    assert holds(rule, country="AT", age=30)
    assert not holds(rule, country="AT", age=29)
    assert not holds(rule, country="FR", age=40)
    assert not holds(rule, age=40)


@pytest.mark.parametrize(
    "rule",
    ["", "country", "country in", "=DE", "age>", 'a="open', "a=1 and", "a=1 or b=2", "in DE"],
)
def test_anything_else_is_refused_with_an_example(rule: str) -> None:
    with pytest.raises(RuleUnreadable, match=r"country in DE,AT and age>=30"):
        read_rule(rule)


names = st.text("abcxyz_.-", min_size=1, max_size=8).filter(lambda name: name not in ("in", "and"))
texts = st.text("abc XYZ019,.-", max_size=12)
values = st.one_of(texts, st.integers(-(10**9), 10**9), st.booleans(), st.floats(-1e6, 1e6))
ordered = st.one_of(texts, st.integers(-(10**9), 10**9))
terms = st.one_of(
    st.builds(
        lambda name, sign, value: {name: {sign: value}},
        names,
        st.sampled_from(["$eq", "$ne"]),
        values,
    ),
    st.builds(
        lambda name, sign, value: {name: {sign: value}},
        names,
        st.sampled_from(["$gt", "$gte", "$lt", "$lte"]),
        ordered,
    ),
    st.builds(
        lambda name, sign, many: {name: {sign: many}},
        names,
        st.sampled_from(["$in", "$nin"]),
        st.lists(values, min_size=1, max_size=4),
    ),
)


@given(st.lists(terms, min_size=1, max_size=4).map(lambda parts: {"$and": parts}))
def test_the_words_of_a_rule_give_it_back(form: dict[str, object]) -> None:
    condition = parse_condition(form)
    assert same(parse_condition(read_rule(rule_text(condition))), condition)


def same(one: Condition, other: Condition) -> bool:
    return repr(flat(one)) == repr(flat(other))


def flat(condition: Condition) -> object:
    """A conjunction of one part is that part."""
    parts = getattr(condition, "parts", None)
    return flat(parts[0]) if parts is not None and len(parts) == 1 else condition


def test_the_full_form_comes_from_a_file_and_is_shown_in_words(tmp_path: Path) -> None:
    rule = {"$or": [{"device": "phone"}, {"$not": {"loyal": {"$exists": True}, "age": 3}}]}
    file = tmp_path / "rule.json"
    file.write_text(json.dumps(rule))
    segment = read_segment(f"movers=@{file}")
    assert segment.condition == parse_condition(rule)
    assert rule_text(segment.condition) == "device=phone or not (loyal known and age=3)"


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ({"$percent": {"of": "pilot", "from": 0, "to": 10}}, "0% to 10% of 'pilot'"),
        ({"app": {"$vgte": "2.1"}}, '{"app": {"$vgte": "2.1"}}'),
        ({"a": 1, "t": {"$size": 2}}, 'a=1 and {"t": {"$size": {"$eq": 2}}}'),
    ],
)
def test_what_has_no_words_is_shown_as_a_file_would_have_it(rule: object, words: str) -> None:
    assert rule_text(parse_condition(rule)) == words


def test_a_file_that_is_no_json_is_named(tmp_path: Path) -> None:
    file = tmp_path / "rule.json"
    file.write_text("country in DE")
    with pytest.raises(RuleUnreadable, match=r"rule\.json: not JSON"):
        read_segment(f"x=@{file}")


@pytest.mark.parametrize("text", ["german", "=a=1", "german=", "everyone=a=1"])
def test_a_segment_has_a_name_of_its_own_and_a_rule(text: str) -> None:
    with pytest.raises(RuleUnreadable):
        read_segment(text)
