import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from gpu import ModelCache, ModelCacheFull, ModelSpec, ModelTooLarge


class Loads:
    """Counts how often each model was loaded."""

    def __init__(self) -> None:
        self.keys: list[str] = []

    def spec(self, key: str, *, resident_bytes: int = 40) -> ModelSpec[str]:
        def load() -> str:
            self.keys.append(key)
            return f"model {key}"

        return ModelSpec(key=key, load=load, resident_bytes=resident_bytes)


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


def test_bytes_are_not_negative() -> None:
    load: Callable[[], str] = str
    with pytest.raises(ValueError, match="-1 bytes"):
        ModelSpec(key="a", load=load, resident_bytes=-1)
