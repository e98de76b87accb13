from collections.abc import Callable, Hashable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gpu import JobCancelled
from gpu.calls import Call, WaitingCalls


def nothing(items: Sequence[int], _abandoned: Callable[[], bool]) -> list[int]:
    return list(items)


def call(
    item: int,
    *,
    key: Hashable = "k",
    cost: float = 1.0,
    limit: float = 8.0,
    since_s: float = 0.0,
    cancelled: Callable[[], bool] = lambda: False,
) -> Call[int, int]:
    return Call(
        item=item,
        key=key,
        work=nothing,
        cost=cost,
        limit=limit,
        cancelled=cancelled,
        since_s=since_s,
    )


def waiting(*calls: Call[int, int], sizes: Sequence[int] = ()) -> WaitingCalls[int, int]:
    found: WaitingCalls[int, int] = WaitingCalls(sizes=sizes, linger_s=1.0)
    found.extend(calls)
    return found


def items(taken: tuple[list[Call[int, int]], float]) -> list[int]:
    return [one.item for one in taken[0]]


def test_a_call_waits_for_others_of_its_key_and_no_longer() -> None:
    calls = waiting(call(1, since_s=10.0), call(2, key="other", since_s=10.5))
    batch, patience_s = calls.take(10.25)
    assert not batch
    assert patience_s == pytest.approx(0.75)
    assert items(calls.take(11.0)) == [1]
    assert items(calls.take(11.25)) == []
    assert len(calls) == 1


def test_what_is_full_goes_before_what_waits() -> None:
    calls = waiting(call(1), *(call(number, key="full", limit=2.0) for number in (2, 3, 4)))
    assert items(calls.take(0.0)) == [2, 3]
    assert items(calls.take(0.0)) == []


def test_a_lowered_key_goes_in_smaller_batches() -> None:
    calls = waiting(*(call(number) for number in range(5)))
    calls.lower("k", 2.0)
    calls.lower("k", 4.0)
    assert items(calls.take(0.0)) == [0, 1]


def test_callers_that_left_are_told_and_gone() -> None:
    left = call(1, cancelled=lambda: True)
    calls = waiting(left, call(2))
    assert calls.drop_cancelled()
    assert isinstance(left.error, JobCancelled)
    assert left.over
    assert not calls.drop_cancelled()
    assert items(calls.take(1.0)) == [2]


@given(
    costs=st.lists(st.floats(0.1, 12.0), min_size=1, max_size=20),
    keys=st.lists(st.sampled_from("ab"), min_size=20, max_size=20),
    sizes=st.sampled_from([(), (1, 2, 4)]),
)
def test_all_are_taken_once_in_order_and_within_the_limit(
    costs: list[float], keys: list[str], sizes: tuple[int, ...]
) -> None:
    calls = waiting(
        *(
            call(number, key=key, cost=cost)
            for number, (cost, key) in enumerate(zip(costs, keys, strict=False))
        ),
        sizes=sizes,
    )
    taken: dict[str, list[int]] = {"a": [], "b": []}
    while len(calls):
        batch, _ = calls.take(100.0)
        assert len({one.key for one in batch}) == 1
        assert len(batch) == 1 or sum(one.cost for one in batch) <= 8.0
        assert not sizes or len(batch) in sizes
        taken[str(batch[0].key)] += [one.item for one in batch]
    for key, numbers in taken.items():
        assert numbers == [n for n, _ in enumerate(costs) if keys[n] == key]
