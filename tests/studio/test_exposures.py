from hypothesis import given
from hypothesis import strategies as st

from studio.db.exposures import NOTHING, ZERO, Marks, Tally, tallies

marks = st.builds(
    Marks,
    exposed=st.booleans(),
    clicked=st.booleans(),
    converted=st.booleans(),
    value_micros=st.integers(0, 10**9),
)
histories = st.dictionaries(st.integers(1, 6), marks, max_size=6)


@given(histories)
def test_clicks_never_exceed_impressions(history: dict[int, Marks]) -> None:
    for tally in tallies(history).values():
        assert tally.impressions == 1
        assert 0 <= tally.clicks <= 1
        assert 0 <= tally.conversions <= 1


@given(histories)
def test_an_impression_is_every_exposed_period(history: dict[int, Marks]) -> None:
    assert set(tallies(history)) == {period for period, each in history.items() if each.exposed}


@given(st.lists(st.tuples(st.integers(1, 4), marks), max_size=8), st.randoms(use_true_random=False))
def test_the_order_of_events_is_nothing(events: list[tuple[int, Marks]], random: object) -> None:
    def fold(order: list[tuple[int, Marks]]) -> dict[int, Tally]:
        history: dict[int, Marks] = {}
        for period, each in order:
            history[period] = history.get(period, NOTHING) | each
        return tallies(history)

    shuffled = list(events)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert fold(shuffled) == fold(events)


def test_a_click_after_midnight_belongs_to_the_evening() -> None:
    night = tallies({1: Marks(exposed=True), 2: Marks(clicked=True, value_micros=5)})
    assert night == {1: Tally(impressions=1, clicks=1, value_micros=5, value_squares=25)}


def test_a_click_before_any_impression_waits() -> None:
    assert tallies({1: Marks(clicked=True)}) == {}
    assert tallies({1: Marks(clicked=True), 2: Marks(exposed=True)}) == {2: Tally(impressions=1)}


def test_tallies_add_and_cancel() -> None:
    tally = Tally(impressions=3, clicks=2, conversions=1, value_micros=7)
    assert tally + -tally == ZERO
