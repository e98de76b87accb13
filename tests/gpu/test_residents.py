from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gpu.residents import ModelSpec, Residents


def test_bytes_are_not_negative() -> None:
    load: Callable[[], str] = str
    with pytest.raises(ValueError, match="-1 bytes"):
        ModelSpec(key="a", load=load, resident_bytes=-1)


def held(*takes: tuple[int, float]) -> Residents:
    """Idle models of so many gigabytes, which took so many seconds to load; used in their order."""
    residents = Residents()
    for number, (resident_gb, load_s) in enumerate(takes):
        spec = ModelSpec(key=f"m{number}", load=lambda: None, resident_bytes=resident_gb * 10**9)
        added = residents.add(spec)
        added.load_s, added.loading, added.leases = load_s, False, 0
        residents.use(spec.key)
    return residents


def test_what_returns_soonest_for_its_room_goes_first_and_of_equals_the_oldest() -> None:
    residents = held((1, 8.0), (4, 8.0), (1, 0.0), (1, 0.0))
    assert residents.idle() == ["m2", "m3", "m1", "m0"]
    residents.use("m2")
    assert residents.idle() == ["m3", "m2", "m1", "m0"]


def test_what_is_leased_does_not_go() -> None:
    residents = held((1, 0.0), (1, 0.0))
    first = residents.get("m0")
    assert first is not None
    first.leases = 1
    assert residents.leased == ("m0",)
    assert residents.idle() == ["m1"]


@given(
    takes=st.lists(st.tuples(st.integers(1, 9), st.floats(0, 100)), max_size=8),
    enough=st.integers(0, 40),
)
def test_no_more_goes_than_is_needed(takes: list[tuple[int, float]], enough: int) -> None:
    residents = held(*takes)
    before, order = residents.resident_bytes, residents.idle()
    most = enough * 10**9
    gone = residents.evict(order, until=lambda: residents.resident_bytes <= most)
    assert gone == (before > most)
    assert residents.resident_bytes <= most
    left = len(residents.keys)
    assert residents.idle() == order[len(order) - left :]
    if gone:
        last = takes[int(order[len(order) - left - 1][1:])][0] * 10**9
        assert residents.resident_bytes + last > most, "without the last one it was not enough"
