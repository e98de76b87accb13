"""Workers' single pictures meet on the device, and come back to the right ones."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest

import gpu
from pipelines.errors import Interrupted, OutOfMemory
from pipelines.generate import BUILT_IN_PROFILES, Ask, ProfileRegistry
from studio.services.painting import MeetingGenerator, Picture, Room, room

PROFILE = replace(ProfileRegistry((BUILT_IN_PROFILES,)).get("sdxl-inpaint"), working_bytes=10)


class Brush:
    """Paints each picture in the colour of its seed, and remembers what came together."""

    profile = PROFILE

    def __init__(self, *, room_for: int = 99) -> None:
        self.together: list[list[int]] = []
        self.room_for = room_for
        self.entered = threading.Semaphore(0)
        self.gate = threading.Event()
        self.gate.set()

    def batches(self, ask: Ask) -> bool:
        return not ask.references

    def remarks(self, ask: Ask) -> tuple[str, ...]:
        return (f"seed {ask.seed} is noted",)

    def paint(self, asks: Sequence[Ask], *, cancelled: Callable[[], bool]) -> list[Picture]:
        self.together.append([ask.seed for ask in asks])
        self.entered.release()
        self.gate.wait()
        if cancelled():
            raise Interrupted
        if len(asks) > self.room_for:
            raise OutOfMemory(name="x", device="card", pictures=len(asks))
        return [np.full_like(ask.picture, ask.seed) for ask in asks]


def ask(seed: int, *, side: int = 8, steps: int | None = None) -> Ask:
    blank = np.zeros((side, side, 3), np.uint8)
    return Ask(picture=blank, mask=np.ones((side, side), np.float32), prompt="", seed=seed,
               steps=steps)  # fmt: skip


def card(*, most: int = 4, budget_bytes: int = 10_000) -> Room:
    return room(
        device="cuda:0", budget_bytes=budget_bytes, most_pictures=most, emptied=lambda: None
    )


def never() -> bool:
    return False


def meet(place: Room, brush: Brush, asks: Sequence[Ask]) -> list[Picture]:
    """Paint each ask by a worker of its own, all of them while the card is busy with seed 0."""
    generator = MeetingGenerator(brush, key="m@1", room=place)
    brush.gate.clear()
    with ThreadPoolExecutor(len(asks) + 1) as pool:
        pool.submit(generator.paint, [ask(0)], cancelled=never)
        brush.entered.acquire()
        painted = [pool.submit(generator.paint, [one], cancelled=never) for one in asks]
        waiting = place.batcher._waiting
        with place.batcher._changed:
            assert place.batcher._changed.wait_for(lambda: len(waiting) == len(asks), timeout=60)
        brush.gate.set()
    return [one.result()[0] for one in painted]


def test_pictures_of_several_workers_are_painted_together() -> None:
    brush = Brush()
    painted = meet(card(), brush, [ask(seed) for seed in (1, 2, 3, 4)])
    assert [int(one[0, 0, 0]) for one in painted] == [1, 2, 3, 4]
    assert [sorted(some) for some in brush.together] == [[0], [1, 2, 3, 4]]


def test_only_what_one_call_can_paint_is_painted_together() -> None:
    brush = Brush()
    others = [ask(2, side=16), ask(3, steps=4), ask(4, steps=PROFILE.steps)]
    painted = meet(card(), brush, [ask(1), *others])
    assert [one.shape[0] for one in painted] == [8, 16, 8, 8]
    assert sorted(sorted(some) for some in brush.together) == [[0], [1, 4], [2], [3]]


def test_what_a_model_paints_one_by_one_is_no_batch() -> None:
    brush = Brush()
    reference = np.zeros((8, 8, 3), np.uint8)
    ones = [replace(ask(seed), references=(reference,)) for seed in (1, 2, 3)]
    painted = meet(card(), brush, ones)
    assert [int(one[0, 0, 0]) for one in painted] == [1, 2, 3]
    assert sorted(brush.together) == [[0], [1], [2], [3]]


def test_memory_bounds_a_batch() -> None:
    brush = Brush()
    meet(card(most=8, budget_bytes=25), brush, [ask(seed) for seed in (1, 2, 3, 4)])
    assert [len(some) for some in brush.together] == [1, 2, 2]


def test_a_batch_keeps_its_room_while_it_is_painted() -> None:
    brush, place = Brush(), card(budget_bytes=100)
    spec = gpu.ModelSpec(key="other", load=object, resident_bytes=61, working_bytes=10)

    def use_other() -> int:
        with place.models.lease(spec):
            return len(brush.together)

    brush.gate.clear()
    with ThreadPoolExecutor(2) as pool:
        generator = MeetingGenerator(brush, key="m@1", room=place)
        painted = pool.submit(generator.paint, [ask(n) for n in (1, 2, 3, 4)], cancelled=never)
        assert brush.entered.acquire(timeout=60)
        loaded = pool.submit(use_other)
        with place.models._changed:
            in_line = place.models._in_line
            assert place.models._changed.wait_for(lambda: bool(in_line) or loaded.done(), 60)
            assert place.models.keys == ()
        brush.gate.set()
        assert len(painted.result()) == 4
        assert loaded.result() == 1


def test_a_batch_is_painted_in_parts_where_a_model_came_meanwhile() -> None:
    brush, place = Brush(), card(most=8, budget_bytes=100)
    spec = gpu.ModelSpec(key="other", load=object, resident_bytes=65)
    generator = MeetingGenerator(brush, key="m@1", room=place)
    with place.models.lease(spec):
        painted = generator._paint([ask(seed) for seed in range(1, 8)], never)
    assert [int(one[0, 0, 0]) for one in painted] == [1, 2, 3, 4, 5, 6, 7]
    assert brush.together == [[1, 2], [3, 4], [5, 6], [7]]


def test_a_batch_that_does_not_fit_is_painted_in_parts() -> None:
    brush = Brush(room_for=2)
    painted = meet(card(), brush, [ask(seed) for seed in (1, 2, 3, 4)])
    assert [int(one[0, 0, 0]) for one in painted] == [1, 2, 3, 4]
    assert [len(some) for some in brush.together] == [1, 4, 2, 2]


def test_one_caller_may_bring_several_of_several_sizes() -> None:
    brush = Brush()
    asks = [ask(1), ask(2, side=16), ask(3)]
    painted = MeetingGenerator(brush, key="m@1", room=card()).paint(asks, cancelled=never)
    assert [(one.shape[0], int(one[0, 0, 0])) for one in painted] == [(8, 1), (16, 2), (8, 3)]


def test_who_is_cancelled_is_interrupted() -> None:
    generator = MeetingGenerator(Brush(), key="m@1", room=card())
    with pytest.raises(Interrupted):
        generator.paint([ask(1)], cancelled=lambda: True)


def test_one_picture_that_never_fits_is_said_to() -> None:
    generator = MeetingGenerator(Brush(room_for=0), key="m@1", room=card())
    with pytest.raises(OutOfMemory, match="too little memory for one picture"):
        generator.paint([ask(1)], cancelled=never)


def test_a_processor_paints_one_picture_at_a_time() -> None:
    place = room(device="cpu", budget_bytes=10_000, most_pictures=8, emptied=lambda: None)
    brush = Brush()
    meet(place, brush, [ask(1), ask(2)])
    assert place.most_pictures == 1
    assert [len(some) for some in brush.together] == [1, 1, 1]


def test_what_the_model_remarks_is_handed_on() -> None:
    generator = MeetingGenerator(Brush(), key="m@1", room=card())
    assert generator.remarks(ask(7)) == ("seed 7 is noted",)
    assert generator.profile is PROFILE
