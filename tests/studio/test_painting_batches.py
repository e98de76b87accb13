"""A batch of scenes over two models, from queue to stored image, with room for one model at a time."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import gpu
from pipelines.generate import Ask, Profile
from pipelines.generate.speed import Quickened
from studio.bootstrap.generators import generators_of
from studio.services.generators import Generators, Loaded
from studio.services.painting import BATCH_SIZES, Picture, Room
from studio.settings import Settings
from tests.pipelines.painting.painters import Painter, honest
from tests.studio.serving import engine_of, make_services, photo

_SMALL = """like = "sdxl-inpaint"
folder = "{folder}"
buckets = [[256, 256]]
resident_bytes = 1
text_encoder_bytes = 0
working_bytes = 1
"""
AT_ONCE = 2


@dataclass
class Counting(Painter):
    """Notes how many pictures it is asked for at once."""

    sizes: list[int] = field(default_factory=list)

    def paint(self, asks: Sequence[Ask], *, cancelled: Callable[[], bool]) -> list[Picture]:
        self.sizes.append(len(asks))
        return super().paint(asks, cancelled=cancelled)


def test_scenes_of_two_models_are_painted_in_batches_and_each_is_loaded_once(
    tmp_path: Path, tiny_checkpoint: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    loads: list[str] = []
    sizes: list[int] = []

    def load(_self: Generators, profile: Profile, **_options: Any) -> Loaded:
        loads.append(profile.name)
        quickened = Quickened(done=(), left_out={})
        painter = Counting(honest, profile=profile, sizes=sizes)
        return Loaded(generator=painter, quickened=quickened, held_bytes=1)

    monkeypatch.setattr(Generators, "load", load)
    (tmp_path / "profiles").mkdir()
    for name in ("a", "b"):
        text = _SMALL.format(folder=tiny_checkpoint("sdxl-inpaint"))
        (tmp_path / "profiles" / f"{name}.toml").write_text(text, encoding="utf-8")
    generators = generators_of(Settings(home=tmp_path))
    services = make_services(
        tmp_path, generators=replace(generators, room=_room_for_one, most_pictures=AT_ONCE)
    )
    images = services.images
    source = images.add_source(photo()).digest
    rows = [
        images.row(
            number,
            images.recipes.complete(
                kind="scene",
                source=source,
                params={"model": "ab"[number % 2], "prompt": "on a beach", "size_px": 256,
                        "attempts": 1},
                seed=number,
            ),
            label="photo.jpg",
        )
        for number in range(4 * AT_ONCE)
    ]  # fmt: skip
    status = images.submit(rows)
    assert images.executor(workers=2).drain(status.id).done == 4 * AT_ONCE
    assert loads == ["a", "b"]
    assert sizes == [AT_ONCE] * 4
    made = {row.result["asset"] for row in images.queue.rows(status.id) if row.result}
    assert len(made) == 4 * AT_ONCE
    engine_of(services).dispose()


@cache
def _room_for_one() -> Room:
    return Room(
        device="cuda:0",
        models=gpu.ModelCache(budget_bytes=1_000_000, turn_s=3600),
        # So long that a batch is painted only once it is full.
        batcher=gpu.Batcher(limit=AT_ONCE, sizes=BATCH_SIZES, linger_s=3600, aside=gpu.aside),
        most_pictures=AT_ONCE,
        budget_bytes=1_000_000,
    )
