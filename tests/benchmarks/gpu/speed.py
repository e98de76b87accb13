"""Stock diffusers and ours, the same model, size, steps and seed."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from pipelines.generate import Ask
from pipelines.generate.conventions import CONVENTIONS
from pipelines.generate.painter import DiffusersGenerator
from pipelines.generate.place import Place
from pipelines.generate.speed import SpeedOptions, Switch, quicken, speed_options
from tests.benchmarks.gpu.architectures import Architecture, as_the_product_loads, build
from tests.benchmarks.gpu.device import Taken, empty, matrix_rate, operations, timed
from tests.benchmarks.gpu.rows import SpeedRow

STOCK, OURS, LOSSY = "stock diffusers, eager", "ours", "ours, lossy"
BATCHES = (1, 4, 8)
_PROMPT = "a ceramic mug on an oak table by a window, morning light, photograph"
_LOSSY: frozenset[Switch] = frozenset({"fp8_matrices"})


def ways(model: str, *, batches: Sequence[int] = BATCHES) -> list[tuple[str, str, int]]:
    """What is run of a model."""
    return [
        (model, STOCK, 1),
        *((model, OURS, batch) for batch in batches),
        (model, LOSSY, batches[-1]),
    ]


def speed_rows(
    name: str, architecture: Architecture, *, device: str, repeat: int, batches: Sequence[int]
) -> Iterator[SpeedRow]:
    """Time a model in every way, each row as it is done.

    Each way has a model of its own, built from the same seed: what one holds must not count for
    the next, and compiled blocks stay compiled.
    """
    rate = matrix_rate(device)
    asks = asks_of(architecture, count=max(batches))
    stock = _stock_run(architecture, asks[0], device=device, repeat=repeat)
    empty(device)

    def row(how: str, batch: int, run: _Run) -> SpeedRow:
        images_per_s = batch / run.taken.usual_s
        return SpeedRow(
            model=name,
            how=how,
            batch=batch,
            images_per_s=images_per_s,
            times_stock=images_per_s * stock.taken.usual_s,
            first_s=run.taken.first_s,
            peak_bytes=run.taken.peak_bytes,
            rate_share=images_per_s * stock.flops / rate,
            drift_db=psnr_db(run.painted, stock.painted),
        )

    yield row(STOCK, 1, stock)
    for how, some, extra in ((OURS, batches, frozenset()), (LOSSY, batches[-1:], _LOSSY)):
        for lacking, batch, run in _our_runs(
            architecture, asks, some, extra, device=device, repeat=repeat
        ):
            yield row(f"{how}{lacking}", batch, run)
        empty(device)


@dataclass(frozen=True, kw_only=True)
class _Run:
    """What a way took, its last picture of the first seed, and the operations of one picture."""

    taken: Taken
    painted: npt.NDArray[np.uint8]
    flops: int = 0


def _stock_run(architecture: Architecture, ask: Ask, *, device: str, repeat: int) -> _Run:
    call = _stock(architecture, build(architecture, device=device), ask)
    painted: list[npt.NDArray[np.uint8]] = []
    taken = timed(lambda: painted.append(call()), device=device, repeat=repeat)
    return _Run(taken=taken, painted=painted[-1], flops=operations(call))


def _our_runs(
    architecture: Architecture,
    asks: Sequence[Ask],
    batches: Sequence[int],
    extra: frozenset[Switch],
    *,
    device: str,
    repeat: int,
) -> Iterator[tuple[str, int, _Run]]:
    """Which switches are lacking, the batch, and what it took."""
    pipe = build(architecture, device=device)
    generator, lacking = _ours(architecture, pipe, device=device, extra=extra)
    for batch in batches:
        call = _Painting(generator, asks[:batch])
        taken = timed(call, device=device, repeat=repeat)
        yield lacking, batch, _Run(taken=taken, painted=call.painted[0])


def psnr_db(found: npt.NDArray[np.uint8], expected: npt.NDArray[np.uint8]) -> float | None:
    """Peak signal-to-noise ratio of two pictures; None where they are equal."""
    error = float(np.mean((found.astype(np.float64) - expected) ** 2))
    return None if error == 0 else 10 * math.log10(255**2 / error)


def asks_of(architecture: Architecture, *, count: int) -> list[Ask]:
    """Pictures to be painted around a kept disc, which differ by seed alone."""
    width, height = architecture.profile.buckets[0]
    rows, columns = np.mgrid[:height, :width]
    kept = (rows - height / 2) ** 2 + (columns - width / 2) ** 2 < (min(width, height) / 4) ** 2
    picture = np.where(kept[..., None], 200, 90).astype(np.uint8).repeat(3, axis=2)
    mask = np.where(kept, 0, 1).astype(np.float32)
    return [Ask(picture=picture, mask=mask, prompt=_PROMPT, seed=seed) for seed in range(count)]


def _stock(architecture: Architecture, pipe: Any, ask: Ask) -> Callable[[], npt.NDArray[np.uint8]]:
    """The call that the model's own page shows."""
    profile = architecture.profile
    convention = CONVENTIONS[profile.pipeline]
    width, height = ask.size_px

    def call() -> npt.NDArray[np.uint8]:
        painted = pipe(
            **convention.arguments(
                [ask], strength=profile.most_strength, guidance_scale=profile.guidance_scale
            ),
            prompt=ask.prompt,
            num_inference_steps=profile.steps,
            generator=[torch.Generator("cpu").manual_seed(ask.seed)],
            height=height,
            width=width,
            output_type="np",
        ).images
        return np.asarray(np.nan_to_num(painted[0]) * 255).round().astype(np.uint8)

    return call


def _ours(
    architecture: Architecture, pipe: Any, *, device: str, extra: frozenset[Switch]
) -> tuple[DiffusersGenerator, str]:
    """The product's generator, made fast as the product does, and which switches it lacks."""
    profile = architecture.profile
    kind: Any = "cpu" if device == "cpu" else "cuda"
    chosen = speed_options(profile, kind=kind, lossy=bool(extra))
    options = SpeedOptions(switches=chosen.switches | extra)
    pipes = {profile.pipeline: as_the_product_loads(pipe)}
    quickened = quicken(pipes, options)
    lacking = sorted(options.switches - set(quickened.done))
    place = Place(name=device, kind=kind, label=device, dtype=profile.dtype)
    generator = DiffusersGenerator(profile, pipes=pipes, device=place)
    return generator, f" (without {', '.join(lacking)})" if lacking else ""


class _Painting:
    """A call that keeps its last pictures."""

    def __init__(self, generator: DiffusersGenerator, asks: Sequence[Ask]) -> None:
        self._generator, self._asks = generator, asks
        self.painted: list[npt.NDArray[np.uint8]] = []

    def __call__(self) -> None:
        self.painted = self._generator.paint(self._asks, cancelled=lambda: False)
