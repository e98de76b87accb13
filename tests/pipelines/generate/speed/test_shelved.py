"""Text encoders that lie elsewhere while a picture is painted."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
import torch

from pipelines.generate import Ask
from pipelines.generate.loading import load_generator
from pipelines.generate.speed import Offload, SpeedOptions, quicken, shelf
from tests.pipelines.generate.tiny import tiny_profile

HOLE = np.ones((64, 64), np.float32)
GREY = np.full((64, 64, 3), 120, np.uint8)


def ask(prompt: str, *, seed: int = 1) -> Ask:
    return Ask(picture=GREY, mask=HOLE, prompt=prompt, seed=seed)


def never() -> bool:
    return False


@pytest.mark.parametrize("offload", ["readers", "turns"])
def test_prompts_are_fetched_for_once_and_pictures_stay_the_same(
    tiny_checkpoint: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch, offload: Offload
) -> None:
    folder = tiny_checkpoint("z-image-inpaint")
    profile = tiny_profile("z-image-inpaint", folder)
    fetched: list[shelf.Shelf] = []
    original = shelf.Shelf.at_hand

    @contextmanager
    def counted(self: shelf.Shelf) -> Iterator[None]:
        fetched.append(self)
        with original(self):
            yield

    monkeypatch.setattr(shelf.Shelf, "at_hand", counted)
    plain = load_generator(profile, folder, device="cpu")
    shelved = load_generator(profile, folder, device="cpu", offload=offload)
    quicken(shelved.pipes, SpeedOptions(switches=frozenset({"sliced_vae"})))
    asks = [ask("oak", seed=1), ask("oak", seed=2), ask("ash", seed=1)]
    expected = plain.paint(asks, cancelled=never)
    assert fetched == []
    painted = shelved.paint(asks, cancelled=never)
    assert all(np.array_equal(*pair) for pair in zip(painted, expected, strict=True))
    shelved.paint([ask("ash", seed=3)], cancelled=never)
    assert len(fetched) == 1, "two prompts of one batch, and one that is known"


def test_the_denoiser_is_away_while_the_encoders_are_there(
    tiny_checkpoint: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Storages stand for a card: what lies where it was loaded is on it."""
    folder = tiny_checkpoint("flux2-klein")
    profile = tiny_profile("flux2-klein", folder)
    plain = load_generator(profile, folder, device="cpu")
    turning = load_generator(profile, folder, device="cpu", offload="turns")
    assert turning._aside is not None
    (weight, *_) = turning.pipes[profile.pipeline].transformer.parameters()
    on_card = {weight.data_ptr()}

    def fetch(tensor: torch.Tensor) -> torch.Tensor:
        copy = tensor.clone()
        on_card.add(copy.data_ptr())
        return copy

    monkeypatch.setattr(turning._aside, "_leave", torch.clone)
    monkeypatch.setattr(turning._aside, "_fetch", fetch)
    seen: list[bool] = []
    original = shelf.Shelf.at_hand

    @contextmanager
    def watched(self: shelf.Shelf) -> Iterator[None]:
        with original(self):
            seen.append(weight.data_ptr() in on_card)
            yield

    monkeypatch.setattr(shelf.Shelf, "at_hand", watched)
    alone: list[bool] = []

    def looked_in() -> bool:
        alone.append(turning._alone.locked())
        return False

    painted = turning.paint([ask("oak")], cancelled=looked_in)[0]
    assert seen == [False]
    assert alone, "asked between steps"
    assert all(alone), "another call would send the denoiser away under this one"
    assert not turning._alone.locked()
    assert weight.data_ptr() in on_card
    assert np.array_equal(painted, plain.paint([ask("oak")], cancelled=never)[0])
