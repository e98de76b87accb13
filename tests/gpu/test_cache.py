import threading
import weakref
from concurrent.futures import ThreadPoolExecutor

import pytest

from gpu import JobCancelled, ModelCache, ModelCacheFull, ModelSpec, ModelTooLarge
from gpu.hearing import hearing


class Loads:
    """Counts how often each model was loaded, and moves a clock by what that takes."""

    def __init__(self) -> None:
        self.keys: list[str] = []
        self.now_s = 0.0

    def clock(self) -> float:
        return self.now_s

    def spec(
        self, key: str, *, resident_bytes: int = 40, working_bytes: int = 0, load_s: float = 0.0
    ) -> ModelSpec[str]:
        def load() -> str:
            self.keys.append(key)
            self.now_s += load_s
            return f"model {key}"

        return ModelSpec(
            key=key, load=load, resident_bytes=resident_bytes, working_bytes=working_bytes
        )


def test_a_model_is_loaded_once() -> None:
    cache, loads = ModelCache(budget_bytes=100), Loads()
    for _ in range(3):
        with cache.lease(loads.spec("a")) as model:
            assert model == "model a"
    assert loads.keys == ["a"]
    assert cache.resident_bytes == 40


def test_the_least_recently_used_model_goes_first() -> None:
    cache, loads = ModelCache(budget_bytes=100), Loads()
    for key in ["a", "b", "a", "c", "a", "b"]:
        with cache.lease(loads.spec(key)):
            pass
    assert loads.keys == ["a", "b", "c", "b"]
    assert cache.keys == ("a", "b")


def test_a_model_in_use_is_never_evicted() -> None:
    cache, loads = ModelCache(budget_bytes=100, patience_s=0.01), Loads()
    with cache.lease(loads.spec("a")), cache.lease(loads.spec("b")):
        with pytest.raises(ModelCacheFull, match="in use: a, b") as full:
            cache.lease(loads.spec("c")).__enter__()
        assert full.value.in_use == ("a", "b")
    with cache.lease(loads.spec("c")):
        assert cache.keys == ("b", "c")


def test_a_lease_waits_for_room() -> None:
    cache, loads = ModelCache(budget_bytes=50), Loads()
    held, give_back = threading.Event(), threading.Event()

    def hold() -> None:
        with cache.lease(loads.spec("a")):
            held.set()
            give_back.wait()

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(hold)
        held.wait()

        def use() -> str:
            with cache.lease(loads.spec("b")) as model:
                return model

        second = pool.submit(use)
        assert not second.done()
        give_back.set()
        first.result()
        assert second.result() == "model b"


def test_many_threads_load_a_model_once() -> None:
    cache = ModelCache(budget_bytes=100)
    everyone_asks = threading.Barrier(8)
    loaded: list[int] = []

    def load() -> object:
        loaded.append(threading.get_ident())
        return object()

    def use(_number: int) -> int:
        everyone_asks.wait()
        with cache.lease(ModelSpec(key="a", load=load, resident_bytes=1)) as model:
            return id(model)

    with ThreadPoolExecutor(8) as pool:
        models = set(pool.map(use, range(8)))
    assert len(models) == len(loaded) == 1


def test_a_failed_load_leaves_nothing_and_is_tried_again() -> None:
    cache, loads = ModelCache(budget_bytes=100), Loads()

    def broken() -> str:
        raise OSError("weights are damaged")

    with pytest.raises(OSError, match="weights are damaged"):
        cache.lease(ModelSpec(key="a", load=broken, resident_bytes=40)).__enter__()
    assert (cache.keys, cache.resident_bytes) == ((), 0)
    with cache.lease(loads.spec("a")) as model:
        assert model == "model a"


def test_a_model_above_the_budget_is_refused_before_it_is_loaded() -> None:
    cache, loads = ModelCache(budget_bytes=100), Loads()
    with pytest.raises(ModelTooLarge, match="needs 101 bytes, the budget is 100"):
        cache.lease(loads.spec("a", resident_bytes=101)).__enter__()
    assert loads.keys == []


def test_an_error_in_the_block_gives_the_lease_back() -> None:
    cache, loads = ModelCache(budget_bytes=50, patience_s=0.01), Loads()

    def fail() -> None:
        with cache.lease(loads.spec("a")):
            raise ValueError("a bad image")

    with pytest.raises(ValueError, match="a bad image"):
        fail()
    with cache.lease(loads.spec("b")):
        assert cache.keys == ("b",)


def test_idle_models_can_be_let_go() -> None:
    cache, loads = ModelCache(budget_bytes=100), Loads()
    with cache.lease(loads.spec("a")):
        with cache.lease(loads.spec("b")):
            pass
        cache.evict_idle()
        assert cache.keys == ("a",)


def test_the_budget_holds_however_many_threads_ask() -> None:
    cache = ModelCache(budget_bytes=100)
    peak: list[int] = []
    loads = Loads()

    def use(number: int) -> None:
        with cache.lease(loads.spec(f"model-{number % 5}", resident_bytes=30)):
            peak.append(cache.resident_bytes)

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(use, range(200)))
    assert max(peak) <= 100
    assert len(peak) == 200


def use(cache: ModelCache, *specs: ModelSpec[str]) -> None:
    for spec in specs:
        with cache.lease(spec):
            pass


def test_a_model_that_is_slow_to_load_outlives_a_quick_one_used_later() -> None:
    loads = Loads()
    cache = ModelCache(budget_bytes=100, clock=loads.clock)
    slow, quick = loads.spec("slow", load_s=60), loads.spec("quick", load_s=2)
    use(cache, slow, quick, loads.spec("third", load_s=10))
    assert cache.keys == ("slow", "third")


def test_of_two_equally_slow_models_the_larger_one_goes() -> None:
    loads = Loads()
    cache = ModelCache(budget_bytes=100, clock=loads.clock)
    small = loads.spec("small", load_s=10, resident_bytes=20)
    large = loads.spec("large", load_s=10, resident_bytes=60)
    use(cache, small, large, loads.spec("third", load_s=10, resident_bytes=30))
    assert cache.keys == ("small", "third")


def test_a_costly_model_that_nobody_asks_for_goes_in_the_end() -> None:
    loads = Loads()
    cache = ModelCache(budget_bytes=100, clock=loads.clock)
    use(cache, loads.spec("costly", load_s=30))
    for number in range(8):
        use(cache, loads.spec(f"quick-{number}", load_s=10))
    assert "costly" not in cache.keys


def test_room_is_left_for_the_hungriest_model_to_run() -> None:
    cache, loads = ModelCache(budget_bytes=100), Loads()
    use(cache, loads.spec("a", working_bytes=30), loads.spec("b", resident_bytes=30))
    assert (cache.keys, cache.free_bytes) == (("a", "b"), 30)
    use(cache, loads.spec("c", resident_bytes=30, working_bytes=31))
    assert cache.keys == ("b", "c")
    with pytest.raises(ModelTooLarge, match="needs 101 bytes"):
        use(cache, loads.spec("d", resident_bytes=50, working_bytes=51))


def test_a_model_that_waits_too_long_for_room_has_its_turn() -> None:
    loads = Loads()
    cache = ModelCache(budget_bytes=50, turn_s=30, clock=loads.clock)
    used: list[str] = []

    def lease(key: str) -> None:
        with cache.lease(loads.spec(key)) as model:
            used.append(model)

    with ThreadPoolExecutor(3) as pool:
        with cache.lease(loads.spec("a")):
            waiting = pool.submit(lease, "b")
            in_line(cache, "b")
            pool.submit(lease, "a").result()
            loads.now_s += 31
            late = pool.submit(lease, "a")
            lease("a")
            assert not late.done()
        waiting.result()
        late.result()
    assert used == ["model a", "model a", "model b", "model a"]


def test_a_model_that_a_job_will_need_stays_though_it_is_idle() -> None:
    loads = Loads()
    cache = ModelCache(budget_bytes=50, clock=loads.clock)
    with ThreadPoolExecutor(1) as pool:
        with cache.expect("a"):
            use(cache, loads.spec("a"))
            waiting = pool.submit(use, cache, loads.spec("b"))
            in_line(cache, "b")
            use(cache, loads.spec("a"))
        waiting.result()
    assert loads.keys == ["a", "b"]


def test_who_expects_two_models_may_let_the_one_go_for_the_other() -> None:
    cache, loads = ModelCache(budget_bytes=50), Loads()
    with cache.expect("a", "b"):
        use(cache, loads.spec("a"), loads.spec("b"))
    assert cache.keys == ("b",)


def test_an_expected_model_goes_once_another_has_its_turn() -> None:
    loads = Loads()
    cache = ModelCache(budget_bytes=50, turn_s=0.05)
    with ThreadPoolExecutor(1) as pool, cache.expect("a"):
        use(cache, loads.spec("a"))
        pool.submit(use, cache, loads.spec("b")).result(timeout=60)
        assert cache.keys == ("b",)


def test_no_model_is_loaded_into_the_room_of_runs_under_way() -> None:
    cache, loads = ModelCache(budget_bytes=100), Loads()
    with ThreadPoolExecutor(1) as pool, cache.lease(loads.spec("a", working_bytes=10)):
        with cache.reserve(10, most=8) as runs:
            assert runs == 6
            waiting = pool.submit(use, cache, loads.spec("b"))
            in_line(cache, "b")
            assert cache.keys == ("a",)
        waiting.result(timeout=60)
        assert "b" in cache.keys


def test_runs_are_as_many_as_there_is_room_for_but_never_none() -> None:
    cache, loads = ModelCache(budget_bytes=100), Loads()
    with cache.lease(loads.spec("a", resident_bytes=70)):
        with cache.reserve(10, most=2) as few, cache.reserve(10, most=8) as rest:
            assert (few, rest) == (2, 1)
            with cache.reserve(10, most=8) as one:
                assert one == 1
        with cache.reserve(0, most=8) as weightless:
            assert weightless == 8


def test_runs_that_fail_give_their_room_back() -> None:
    cache, loads = ModelCache(budget_bytes=100, patience_s=0.01), Loads()
    with pytest.raises(ValueError, match="a bad image"), cache.reserve(90, most=1):
        raise ValueError("a bad image")
    use(cache, loads.spec("a"))
    assert cache.keys == ("a",)


def in_line(cache: ModelCache, key: str) -> None:
    """Wait until a model waits for room."""
    with cache._changed:
        assert cache._changed.wait_for(lambda: key in dict(cache._in_line), timeout=60)


def test_evictions_are_told_once_the_models_are_gone() -> None:
    held: list[object] = []

    class Model:
        pass

    cache = ModelCache(budget_bytes=50, evicted=lambda: held.append(gone()))
    spec = ModelSpec(key="a", load=Model, resident_bytes=40)
    with cache.lease(spec) as model:
        gone = weakref.ref(model)
    del model
    use(cache, Loads().spec("b"))
    assert held == [None]


@pytest.mark.parametrize("asked", ["resident_bytes", "working_bytes"])
def test_a_run_takes_no_negative_bytes(asked: str) -> None:
    with pytest.raises(ValueError, match="-1 bytes"):
        Loads().spec("a", **{asked: -1})


def test_who_waits_for_room_hears_that_its_job_is_cancelled() -> None:
    cache, loads = ModelCache(budget_bytes=50, turn_s=600, patience_s=3600), Loads()
    asked = threading.Event()

    def wait_for_room() -> None:
        with hearing(asked.is_set), cache.lease(loads.spec("b")):
            raise AssertionError("must not be reached")

    with ThreadPoolExecutor(1) as pool, cache.lease(loads.spec("a")):
        waiting = pool.submit(wait_for_room)
        asked.set()
        with pytest.raises(JobCancelled):
            waiting.result()
    with cache.lease(loads.spec("b")) as model:
        assert model == "model b", "who gave up stands in nobody's way"


def test_a_model_that_is_there_is_leased_to_a_job_that_is_asked_to_stop() -> None:
    """It stops where it asks: a lease that does not wait holds nobody up."""
    cache, loads = ModelCache(budget_bytes=50), Loads()
    with cache.lease(loads.spec("a")):
        pass
    with hearing(lambda: True), cache.lease(loads.spec("a")) as model:
        assert model == "model a"
