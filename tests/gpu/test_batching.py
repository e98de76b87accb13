import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from gpu import Batcher, JobCancelled

NEVER = 3600.0
"""Seconds that a test can't wait for: what ends in it has not waited."""


class TooLarge(Exception):
    """The device has no room for so many."""


class Device:
    """Doubles numbers, and remembers which came together; holds while `gate` is closed."""

    def __init__(self, *, room: int = 99, bad: tuple[int, ...] = ()) -> None:
        self.batches: list[list[int]] = []
        self.gate = threading.Event()
        self.gate.set()
        self.entered = threading.Semaphore(0)
        self.room = room
        self.bad = bad

    def __call__(self, items: Sequence[int], _abandoned: Callable[[], bool]) -> list[int]:
        self.batches.append(list(items))
        self.entered.release()
        self.gate.wait()
        if len(items) > self.room:
            raise TooLarge
        if any(item in self.bad for item in items):
            raise ValueError(f"one of {items} is bad")
        return [2 * item for item in items]


def behind_one(
    batcher: Batcher[int, int],
    device: Device,
    submits: Sequence[Callable[[], int]],
) -> list[Future[int]]:
    """Submit while the device is busy with item 0, so that all come together after it."""
    device.gate.clear()
    pool = ThreadPoolExecutor(len(submits) + 1)
    first = pool.submit(batcher.submit, 0, key="first", work=device)
    device.entered.acquire()
    asked = [pool.submit(each) for each in submits]
    arrived(batcher, len(submits))
    device.gate.set()
    first.result()
    pool.shutdown()
    return asked


def arrived(batcher: Batcher[int, int], count: int) -> None:
    """Wait until so many callers wait in the batcher."""
    with batcher._changed:
        assert batcher._changed.wait_for(lambda: len(batcher._waiting) >= count, timeout=60)


def test_a_lone_caller_is_run_at_once() -> None:
    batcher: Batcher[int, int] = Batcher(linger_s=0)
    assert batcher.submit(4, key="a", work=Device()) == 8


def test_a_full_batch_waits_for_nobody() -> None:
    batcher: Batcher[int, int] = Batcher(limit=3, linger_s=NEVER)
    device = Device()
    with ThreadPoolExecutor(3) as pool:
        made = list(pool.map(lambda n: batcher.submit(n, key="a", work=device), range(3)))
    assert made == [0, 2, 4]
    assert [sorted(batch) for batch in device.batches] == [[0, 1, 2]]


def test_a_full_batch_goes_before_an_older_one_that_waits_for_more() -> None:
    batcher: Batcher[int, int] = Batcher(limit=2, linger_s=NEVER)
    device = Device()
    with ThreadPoolExecutor(4) as pool:
        old = pool.submit(batcher.submit, 1, key="slow", work=device)
        arrived(batcher, 1)
        pair = [pool.submit(batcher.submit, n, key="quick", work=device) for n in (2, 3)]
        assert [one.result() for one in pair] == [4, 6]
        assert not old.done()
        assert batcher.submit(4, key="slow", work=device) == 8
        assert old.result() == 2


def test_what_comes_while_the_device_is_busy_is_run_together_by_key() -> None:
    batcher: Batcher[int, int] = Batcher(limit=4, linger_s=0)
    device = Device()

    def call(number: int, key: str) -> Callable[[], int]:
        return lambda: batcher.submit(number, key=key, work=device)

    asked = behind_one(batcher, device, [call(n, "even" if n % 2 else "odd") for n in range(1, 11)])
    assert [one.result() for one in asked] == [2 * n for n in range(1, 11)]
    together = [sorted(batch) for batch in device.batches[1:]]
    assert sorted(len(batch) for batch in together) == [1, 1, 4, 4]
    assert all(len({n % 2 for n in batch}) == 1 for batch in together)


def test_a_batch_costs_no_more_than_its_limit() -> None:
    batcher: Batcher[int, int] = Batcher(limit=4, linger_s=0)
    device = Device()
    costs = {1: 2.0, 2: 2.0, 3: 2.0, 4: 9.0}

    def call(number: int) -> Callable[[], int]:
        return lambda: batcher.submit(number, key="a", work=device, cost=costs[number])

    behind_one(batcher, device, [call(n) for n in costs])
    batches = device.batches[1:]
    assert all(sum(costs[n] for n in batch) <= 4 or len(batch) == 1 for batch in batches)
    assert sorted(n for batch in batches for n in batch) == [1, 2, 3, 4]


def test_a_caller_can_say_what_its_key_may_cost() -> None:
    batcher: Batcher[int, int] = Batcher(limit=8, linger_s=0)
    device = Device()

    def call(number: int) -> Callable[[], int]:
        return lambda: batcher.submit(number, key="a", work=device, limit=1)

    behind_one(batcher, device, [call(n) for n in (1, 2, 3)])
    assert [len(batch) for batch in device.batches] == [1, 1, 1, 1]


def test_batches_have_one_of_the_sizes_that_are_asked_for() -> None:
    batcher: Batcher[int, int] = Batcher(limit=6, sizes=(1, 2, 4), linger_s=0)
    device = Device()
    made = batcher.submit_all(range(13), key="a", work=device)
    assert made == [2 * n for n in range(13)]
    assert [len(batch) for batch in device.batches] == [4, 4, 4, 1]


def test_the_items_of_one_caller_fail_together_after_all_were_tried() -> None:
    batcher: Batcher[int, int] = Batcher(linger_s=0)
    device = Device(bad=(2,))
    with pytest.raises(ValueError, match=r"one of \[2\] is bad"):
        batcher.submit_all([1, 2, 3], key="a", work=device)
    assert device.batches == [[1, 2, 3], [1], [2], [3]]
    assert batcher.submit_all([], key="a", work=device) == []


def test_a_batch_that_is_too_large_is_halved_and_the_limit_stays_low() -> None:
    relieved: list[bool] = []
    batcher: Batcher[int, int] = Batcher(
        limit=8, linger_s=0, too_large=(TooLarge,), relieve=lambda: relieved.append(True)
    )
    device = Device(room=2)

    def call(number: int) -> Callable[[], int]:
        return lambda: batcher.submit(number, key="a", work=device)

    asked = behind_one(batcher, device, [call(n) for n in range(1, 9)])
    assert [one.result() for one in asked] == [2 * n for n in range(1, 9)]
    assert [len(batch) for batch in device.batches] == [1, 8, 4, 2, 2, 4, 2, 2]
    assert len(relieved) == 3

    device.batches.clear()
    asked = behind_one(batcher, device, [call(n) for n in range(1, 5)])
    assert [one.result() for one in asked] == [2, 4, 6, 8]
    assert [len(batch) for batch in device.batches] == [1, 2, 2]


def test_one_item_that_is_too_large_is_tried_again_with_more_room() -> None:
    device = Device(room=0)

    def make_room() -> None:
        device.room = 1

    batcher: Batcher[int, int] = Batcher(linger_s=0, too_large=(TooLarge,), relieve=make_room)
    assert batcher.submit(3, key="a", work=device) == 6
    assert device.batches == [[3], [3]]


def test_one_item_that_never_fits_fails_by_name_and_the_next_is_run() -> None:
    batcher: Batcher[int, int] = Batcher(linger_s=0, too_large=(TooLarge,))
    with pytest.raises(TooLarge):
        batcher.submit(3, key="a", work=Device(room=0))
    assert batcher.submit(3, key="a", work=Device()) == 6


def test_a_bad_item_fails_alone() -> None:
    batcher: Batcher[int, int] = Batcher(linger_s=0)
    device = Device(bad=(2,))

    def call(number: int) -> Callable[[], int]:
        return lambda: batcher.submit(number, key="a", work=device)

    one, two, three = behind_one(batcher, device, [call(n) for n in (1, 2, 3)])
    assert (one.result(), three.result()) == (2, 6)
    with pytest.raises(ValueError, match=r"one of \[2\] is bad"):
        two.result()


def test_a_caller_that_is_cancelled_leaves_before_its_item_is_run() -> None:
    batcher: Batcher[int, int] = Batcher(linger_s=0)
    device = Device()
    unwanted, wanted = _one_cancelled(batcher, device)
    with pytest.raises(JobCancelled):
        unwanted.result()
    assert wanted.result() == 4
    assert device.batches == [[0], [2]]


def _one_cancelled(batcher: Batcher[int, int], device: Device) -> list[Future[int]]:
    gone = threading.Event()
    asked: list[Future[int]] = []
    device.gate.clear()
    with ThreadPoolExecutor(3) as pool:
        pool.submit(batcher.submit, 0, key="first", work=device)
        device.entered.acquire()
        asked = [
            pool.submit(batcher.submit, 1, key="a", work=device, cancelled=gone.is_set),
            pool.submit(batcher.submit, 2, key="a", work=device),
        ]
        arrived(batcher, 2)
        gone.set()
        device.gate.set()
    return asked


def test_a_run_is_told_once_nobody_waits_for_it() -> None:
    batcher: Batcher[int, int] = Batcher(limit=2, linger_s=NEVER)
    gone = [threading.Event(), threading.Event()]
    heard: list[bool] = []

    def work(items: Sequence[int], abandoned: Callable[[], bool]) -> list[int]:
        for event in gone:
            heard.append(abandoned())
            event.set()
        heard.append(abandoned())
        raise InterruptedError

    with ThreadPoolExecutor(2) as pool:
        asked = [
            pool.submit(batcher.submit, n, key="a", work=work, cancelled=gone[n].is_set)
            for n in range(2)
        ]
    assert heard == [False, False, True]
    for one in asked:
        with pytest.raises(JobCancelled):
            one.result()


def test_results_that_are_missing_are_an_error() -> None:
    batcher: Batcher[int, int] = Batcher(linger_s=0)
    with pytest.raises(ValueError, match="1 items gave 0 results"):
        batcher.submit(1, key="a", work=lambda _items, _abandoned: [])


def test_many_threads_lose_nothing() -> None:
    batcher: Batcher[int, int] = Batcher(limit=5, linger_s=0, too_large=(TooLarge,))
    device = Device(room=3)
    with ThreadPoolExecutor(16) as pool:
        made = list(pool.map(lambda n: batcher.submit(n, key=n % 3, work=device), range(300)))
    assert made == [2 * n for n in range(300)]
    assert sum(len(batch) for batch in device.batches if len(batch) <= 3) == 300


@pytest.mark.parametrize(
    ("limit", "linger_s", "sizes"), [(0.0, 0.1, ()), (8.0, -1.0, ()), (8.0, 0.1, (2, 4))]
)
def test_impossible_options_are_refused(
    limit: float, linger_s: float, sizes: tuple[int, ...]
) -> None:
    with pytest.raises(ValueError, match=r"limit is positive|must be among"):
        Batcher(limit=limit, linger_s=linger_s, sizes=sizes)
