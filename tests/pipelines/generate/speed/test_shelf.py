import pytest
import torch

from pipelines.generate.speed import Aside, Shelf


def module() -> torch.nn.Module:
    torch.manual_seed(0)
    return torch.nn.Sequential(torch.nn.Linear(4, 4), torch.nn.BatchNorm1d(4)).eval()


def places(layers: torch.nn.Module) -> list[int]:
    """Where each weight lies."""
    return [one.data_ptr() for one in (*layers.parameters(), *layers.buffers())]


def test_modules_have_their_copies_only_while_they_work() -> None:
    layers = module()
    before = places(layers)
    expected = layers(torch.ones(1, 4))
    shelf = Shelf([layers], fetch=torch.clone)
    with shelf.at_hand():
        assert not set(places(layers)) & set(before)
        assert torch.equal(layers(torch.ones(1, 4)), expected)
    assert places(layers) == before


def test_room_that_is_lacking_half_way_puts_everything_back() -> None:
    layers = module()
    before, fetched = places(layers), [0]

    def fetch(tensor: torch.Tensor) -> torch.Tensor:
        fetched[0] += 1
        if fetched[0] > 2:
            raise MemoryError
        return tensor.clone()

    with pytest.raises(MemoryError), Shelf([layers], fetch=fetch).at_hand():
        raise AssertionError("must not be reached")
    assert places(layers) == before


def test_a_shared_weight_is_fetched_once() -> None:
    layers = module()
    fetched: list[torch.Tensor] = []

    def fetch(tensor: torch.Tensor) -> torch.Tensor:
        fetched.append(tensor)
        return tensor.clone()

    with Shelf([layers, layers], fetch=fetch).at_hand():
        assert len(fetched) == len(places(layers))


def test_what_goes_aside_comes_back_as_it_was() -> None:
    layers = module()
    expected, left = layers(torch.ones(1, 4)), []

    def leave(tensor: torch.Tensor) -> torch.Tensor:
        left.append(tensor)
        return tensor.clone()

    aside = Aside(layers, leave=leave, fetch=torch.clone)
    for _ in range(2):
        before = places(layers)
        with aside.away():
            assert not set(places(layers)) & set(before)
        assert torch.equal(layers(torch.ones(1, 4)), expected)
    assert len(left) == len(places(layers)), "copied once: weights do not change"


def test_what_had_no_room_to_come_back_is_brought_later() -> None:
    layers = module()
    expected, room = layers(torch.ones(1, 4)), [3]

    def fetch(tensor: torch.Tensor) -> torch.Tensor:
        room[0] -= 1
        if room[0] < 0:
            raise torch.OutOfMemoryError
        return tensor.clone()

    aside = Aside(layers, leave=torch.clone, fetch=fetch)
    with pytest.raises(torch.OutOfMemoryError), aside.away():
        pass
    away = places(layers)
    room[0] = 100
    aside.come_back()
    assert places(layers) != away
    assert torch.equal(layers(torch.ones(1, 4)), expected)
    assert room[0] == 100 - (len(away) - 3), "what was back already was not fetched again"
