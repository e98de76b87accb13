"""Rules mean what they mean to another evaluator of the same form, where both know the operators.

Ours differs on purpose where an attribute is missing or of another kind: a comparison is then
false, $ne and $nin too. So all attributes are there here, each of its kind.
"""

from growthbook import core
from hypothesis import given, settings
from hypothesis import strategies as st

from abtest import parse_condition
from abtest.predicates import compile_condition

TEXTS = st.sampled_from(["", "DE", "AT", "de", "phone", "x"])
NUMBERS = st.integers(-3, 3) | st.sampled_from([0.5, 2.5])
VERSIONS = st.sampled_from(
    ["1", "1.0.0", "1.10.0", "1.9.9", "v2.0.0", "2.0.0-beta.1", "2.0.0+7", "2.0.1"]
)
ORDER = st.sampled_from(["$gt", "$gte", "$lt", "$lte"])
EQUAL = st.sampled_from(["$eq", "$ne"])
AMONG = st.sampled_from(["$in", "$nin"])
VERSION_ORDER = st.sampled_from(["$veq", "$vne", "$vgt", "$vgte", "$vlt", "$vlte"])


def compared(
    name: str, sign: st.SearchStrategy[str], value: st.SearchStrategy[object]
) -> st.SearchStrategy[dict[str, object]]:
    return st.builds(lambda each, told: {name: {each: told}}, sign, value)


leaves = st.one_of(
    st.builds(lambda text: {"country": text}, TEXTS),
    compared("country", EQUAL | ORDER, TEXTS),
    compared("country", AMONG, st.lists(TEXTS, min_size=1, max_size=3)),
    compared("age", EQUAL | ORDER, NUMBERS),
    compared("age", AMONG, st.lists(NUMBERS, min_size=1, max_size=3)),
    compared("loyal", EQUAL, st.booleans()),
    compared("app.version", VERSION_ORDER, VERSIONS),
    compared("tags", AMONG, st.lists(TEXTS, min_size=1, max_size=3)),
    compared("tags", st.just("$all"), st.lists(TEXTS, min_size=1, max_size=2)),
    compared("tags", st.just("$size"), st.integers(0, 3)),
    compared("tags", st.just("$elemMatch"), st.builds(lambda text: {"$eq": text}, TEXTS)),
    compared(
        "sizes", st.just("$elemMatch"), st.builds(lambda n: {"$gt": n, "$lt": n + 2}, NUMBERS)
    ),
    compared("sizes", st.just("$size"), st.builds(lambda n: {"$gt": n}, st.integers(0, 2))),
    compared("cart", st.just("$elemMatch"), st.builds(lambda text: {"sku": text}, TEXTS)),
    compared("age", st.just("$not"), st.builds(lambda n: {"$gt": n}, NUMBERS)),
    compared("country", st.just("$exists"), st.booleans()),
    compared("missing", st.just("$exists"), st.booleans()),
)
rules = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.builds(
            lambda sign, parts: {sign: parts},
            st.sampled_from(["$and", "$or", "$nor"]),
            st.lists(inner, min_size=1, max_size=3),
        ),
        st.builds(lambda part: {"$not": part}, inner),
        st.builds(lambda one, other: {**one, **other}, inner, inner),
    ),
    max_leaves=6,
)
shoppers = st.fixed_dictionaries(
    {
        "country": TEXTS,
        "age": NUMBERS,
        "loyal": st.booleans(),
        "app": st.fixed_dictionaries({"version": VERSIONS}),
        "tags": st.lists(TEXTS, max_size=3),
        "sizes": st.lists(NUMBERS, max_size=3),
        "cart": st.lists(st.fixed_dictionaries({"sku": TEXTS}), max_size=2),
    }
)


@settings(max_examples=500, deadline=None)
@given(rules, shoppers)
def test_another_evaluator_agrees(rule: dict[str, object], shopper: dict[str, object]) -> None:
    assert compile_condition(parse_condition(rule))(shopper) is core.evalCondition(shopper, rule)
