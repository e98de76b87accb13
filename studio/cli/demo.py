"""``packshot demo``: the whole loop on the bundled sample products, ending in a report page."""

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from itertools import count
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

import gpu
from studio.bootstrap.shell import Shell, open_shell
from studio.cli.console import out, progress_bar, say
from studio.cli.context import settings
from studio.cli.exporter import all_rows
from studio.cli.run import ensure_models
from studio.services.demo.days import run_days
from studio.services.demo.loop import Loop, Running, SimulatedClock, open_test, recipes_of
from studio.services.demo.samples import Sample, load_samples
from studio.services.demo.shoppers import hidden_taste
from studio.services.demo.story import LoopStory, ProductStory
from studio.services.demo.telling import product_story, variant_story
from studio.services.events import Events
from studio.services.export import claimed_folder, export, write_whole
from studio.services.feed import Feed
from studio.services.tests import Tests
from studio.web.loop_page import render_loop
from studio.web.strip import render_strip

_SEED = 26
"""Drawn tastes with something to see: clear winners, a near tie, and one where no image matters."""
_DAYS = 21
_FAST_PRODUCTS = 3
_FAST_DAYS = 14
_LEAST_VARIANTS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class _Making:
    """How many images were made now, were there already, and passed all checks."""

    made: int
    reused: int
    passed: int


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(demo)


def demo(
    folder: Annotated[Path, typer.Option("--out", help="Folder for report and images.")] = Path(
        "packshot-demo"
    ),
    fast: Annotated[
        bool, typer.Option("--fast", help="Three products and fewer days: about a minute.")
    ] = False,
) -> None:
    """Run the whole loop on the bundled sample products and write a report page.

    Makes white and scene images, opens a test per product, sends simulated shoppers, promotes the
    winners, and shows what the feed then answers. Keeps a database of its own in the folder, so
    that nothing simulated mixes with real tests. Running it again reuses the images.
    """
    began_s = time.monotonic()
    own = settings().model_copy(update={
        "home": folder / "home", "database_url": "", "models_dir": settings().weights_dir,
    })  # fmt: skip
    with claimed_folder(folder):
        shell = open_shell(own)
        ensure_models(shell, "fast")
        samples = load_samples()[: _FAST_PRODUCTS if fast else None]
        products, making = _make_images(shell, samples, folder)
        making_s = time.monotonic() - began_s
        loop = _loop(shell, days := _FAST_DAYS if fast else _DAYS)
        _run_tests(loop, products, days)
        story = _story(loop, products, making, making_s=making_s)
        write_whole(folder / "index.html", render_loop(story).encode())
        write_whole(folder / "strip.webp", render_strip(story))
    _tell(story, folder, time.monotonic() - began_s)


def _make_images(
    shell: Shell, samples: list[Sample], folder: Path
) -> tuple[list[Running], "_Making"]:
    images = shell.images
    sources = {one.name: images.add_source(one.photo.read_bytes()).digest for one in samples}
    specs = [row for one in samples for row in recipes_of(images, one, sources[one.name])]
    numbered = [
        gpu.RowSpec(number=n, label=row.label, job=row.job, data=row.data)
        for n, row in enumerate(specs)
    ]
    batch = images.submit(numbered, name="demo")
    with progress_bar("making images", batch.queued) as bar:
        images.executor(workers=shell.settings.worker_count).drain(
            batch.id, listener=lambda event: bar.step() if event.kind == "done" else None
        )
    rows = list(all_rows(shell, batch.id))
    for row in rows:
        if row.failure is not None:
            say(f"{row.label}: {row.failure.message}")
        elif row.result is not None:
            stem = f"{row.data['item']}-{row.data['variant']}"
            (folder / "images").mkdir(exist_ok=True)
            export(shell.store, row.result, folder=folder / "images", stem=stem)
    running = [_running(shell, one, sources[one.name], rows) for one in samples]
    ready = [one for one in running if len(one.variants) >= _LEAST_VARIANTS]
    for one in running:
        if one not in ready:
            say(f"{one.sample.name}: fewer than two images passed their checks, so it has no test")
    passed = sum(1 for row in rows if row.result is not None and row.result["report"]["passed"])
    return ready, _Making(made=batch.queued, reused=batch.done, passed=passed)


def _running(shell: Shell, sample: Sample, source: str, rows: list[gpu.BatchRow]) -> Running:
    variants = tuple(
        variant_story(shell.images, row)
        for row in rows
        if row.data["item"] == sample.name
        and row.result is not None
        and row.result["report"]["passed"]  # what failed a check is kept, but never tested
    )
    entropy = [_SEED, int.from_bytes(hashlib.sha256(sample.name.encode()).digest()[:4])]
    taste = hidden_taste(sample, [one.name for one in variants], np.random.default_rng(entropy))
    return Running(sample=sample, source=source, variants=variants, population=taste)


def _loop(shell: Shell, days: int) -> Loop:
    """Services on a clock that starts so long ago that the simulated days end before today."""
    midnight = datetime.now(tz=UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    clock = SimulatedClock((midnight - timedelta(days=days + 1)).timestamp())
    feed_file = shell.settings.home_dir / "snapshot.json"
    return Loop(
        images=shell.images,
        tests=Tests(shell.engine, clock=clock, new_id=_test_ids(len(shell.tests.all()))),
        events=Events(shell.engine, clock=clock),
        feed=Feed(shell.engine, clock=clock, file=feed_file),
        clock=clock,
    )


def _test_ids(already: int) -> Callable[[], str]:
    """Ids that are the same on every machine: a test's id decides which shopper sees what."""
    numbers = count(already)
    return lambda: hashlib.sha256(f"demo {_SEED} {next(numbers)}".encode()).hexdigest()[:12]


def _run_tests(loop: Loop, products: list[Running], days: int) -> None:
    for running in products:
        open_test(loop, running)
    with progress_bar("simulated days", days) as bar:
        run_days(
            loop,
            products,
            days=days,
            generator=np.random.default_rng(_SEED),
            on_day=lambda _: bar.step(),
        )


def _story(loop: Loop, products: list[Running], making: "_Making", *, making_s: float) -> LoopStory:
    return LoopStory(
        products=tuple(product_story(loop, running) for running in products),
        images_made=making.made,
        images_reused=making.reused,
        images_passed=making.passed,
        making_s=making_s,
        shoppers=sum(running.visits for running in products),
        events=sum(running.events for running in products),
        days=max(len(running.days) for running in products),
        version=version("packshot"),
    )


def _tell(story: LoopStory, folder: Path, elapsed_s: float) -> None:
    made = story.images_made + story.images_reused
    out.print(f"{made} images, {story.images_passed} passed all checks; "
              f"{story.shoppers:,} simulated shoppers over {story.days} days")  # fmt: skip
    for product in story.products:
        out.print(f"  {product.title}: {_outcome(product)}", markup=False)
    out.print(f"took {elapsed_s:.0f} s; the report lies at {(folder / 'index.html').resolve()}")


def _outcome(product: ProductStory) -> str:
    if not product.promotions:
        return f"no winner promoted ({product.analysis.verdict.reasons[0]})"
    return ", ".join(
        f"{one.variant} promoted on day {one.day}"
        + (f" for {one.segment} shoppers" if one.segment else "")
        for one in product.promotions
    )
