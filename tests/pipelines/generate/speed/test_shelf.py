import pytest
import torch

from pipelines.generate.speed import Shelf


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
