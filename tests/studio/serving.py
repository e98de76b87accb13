"""A real server in a thread, over a database and a store in a folder, without downloads."""

from __future__ import annotations

import io
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import count
from pathlib import Path

import httpx
import numpy as np
import structlog
from PIL import Image

import gpu
from assets import AssetStore, Limits, LocalBlobs
from assets.index import sql as asset_index
from gpu.queues import sql as job_queue
from pipelines import (
    BUILT_IN,
    BUILT_IN_PRESETS,
    BrandLibrary,
    FontStore,
    PersonLibrary,
    PresetRegistry,
    TemplateLibrary,
    TemplateSearch,
    WeightStore,
)
from pipelines.spec import Quality
from studio.api.app import create_app
from studio.api.server import Server
from studio.api.services import Services
from studio.bootstrap.generators import generators_of
from studio.bootstrap.libraries import clothes_parsers
from studio.bootstrap.server import batch_page
from studio.db.engine import Engine, open_engine
from studio.db.tables import create_schema
from studio.services.audit import Audit
from studio.services.deliveries import Deliveries
from studio.services.events import Events
from studio.services.feed import Feed
from studio.services.generators import Generators
from studio.services.image_keys import SignedImages
from studio.services.image_links import PublicImages, preview_path, public_path
from studio.services.images import JOB_KIND, Images
from studio.services.keys import Keys
from studio.services.library import Library
from studio.services.outgoing import post
from studio.services.previews import Previews
from studio.services.recipes import Recipes
from studio.services.supplies import Supplies
from studio.services.tests import Tests
from studio.services.traffic import Traffic
from studio.services.webhooks import Webhooks
from studio.settings import Settings
from tests.pipelines.making import ColourMatter

Clock = Callable[[], float]
_LOG_STEPS: list[structlog.typing.Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.processors.add_log_level,
    structlog.processors.format_exc_info,
    structlog.processors.KeyValueRenderer(),
]


class TinyRecipes(Recipes):
    """Completes recipes as if all matting models were here."""

    def missing_models(self, quality: Quality) -> tuple[str, ...]:
        return ()


class TinySupplies(Supplies):
    """Lends a matting model that is arithmetic."""

    @contextmanager
    def matters(self, names: Sequence[str]) -> Iterator[Sequence[ColourMatter]]:
        yield [ColourMatter() for _ in names]


@dataclass(frozen=True, kw_only=True)
class Served:
    """A running server, a client of it, and what lies behind it."""

    services: Services
    client: httpx.Client
    engine: Engine
    url: str


def make_services(
    folder: Path,
    *,
    url: str = "",
    clock: Clock = time.time,
    signed: bool = False,
    generators: Generators | None = None,
) -> Services:
    """Wire services as the composition root does; ids count up."""
    engine = open_engine(url or f"sqlite:///{folder / 'packshot.sqlite'}")
    for schema in (asset_index, job_queue):
        schema.create_schema(engine)
    create_schema(engine)
    store = AssetStore(
        blobs=LocalBlobs(folder / "assets"),
        index=asset_index.SqlIndex(engine),
        clock=clock,
        limits=Limits(max_bytes=2_000_000),
    )
    queue = job_queue.SqlJobQueue(engine, clock=time.time)
    numbers = count(1)
    library = Library(
        templates=TemplateLibrary(BUILT_IN),
        search=TemplateSearch(TemplateLibrary(BUILT_IN), file=folder / "templates.sqlite"),
        weights=WeightStore(folder / "models"),
        brands=BrandLibrary(folder / "brands", fonts=FontStore(folder / "fonts")),
        persons=PersonLibrary(folder / "persons"),
        parsers=clothes_parsers(Settings(home=folder)),
        presets=PresetRegistry((BUILT_IN_PRESETS,)),
        generators=generators or generators_of(Settings(home=folder)),
    )
    images = Images(
        library,
        store=store,
        queue=queue,
        recipes=TinyRecipes(library, store=store),
        supplies=TinySupplies(library, store=store, models=gpu.ModelCache(budget_bytes=1)),
        new_id=lambda: f"b{next(numbers)}",
    )
    executor = gpu.LocalExecutor(
        queue=queue,
        handlers={JOB_KIND: images.make},
        options=gpu.WorkerOptions(poll_s=0.02),
    )
    deliveries = Deliveries(
        engine, clock=clock, post=partial(post, private=True), chance=lambda: 0.0
    )
    previews = Previews(
        lambda: b"s" * 32, clock=clock, image_url=preview_path if signed else public_path
    )
    links = SignedImages(engine, clock=clock, previews=previews) if signed else PublicImages()
    return Services(
        images=images,
        tests=Tests(engine, clock=clock, new_id=lambda: f"t{next(numbers)}"),
        events=Events(engine, clock=clock),
        feed=Feed(
            engine, clock=clock, file=folder / "snapshot.json", images=links, previews=previews
        ),
        image_links=links,
        keys=Keys(engine, clock=clock, new_id=lambda: f"k{next(numbers)}"),
        traffic=Traffic(engine, clock=clock),
        audit=Audit(engine),
        webhooks=Webhooks(
            engine,
            clock=clock,
            new_id=lambda: f"w{next(numbers)}",
            deliveries=deliveries,
            private=True,
        ),
        batch_page=partial(batch_page, images, links),
        executor=executor,
    )


@contextmanager
def serving(
    folder: Path,
    *,
    url: str = "",
    clock: Clock = time.time,
    loopback: bool = True,
    signed: bool = False,
    generators: Generators | None = None,
) -> Iterator[Served]:
    """Run a server on a free port for as long as the block lasts."""
    services = make_services(folder, url=url, clock=clock, signed=signed, generators=generators)
    with (
        running(services, loopback=loopback) as address,
        httpx.Client(base_url=address, timeout=30) as client,
    ):
        yield Served(services=services, client=client, engine=engine_of(services), url=address)
    engine_of(services).dispose()


@contextmanager
def running(services: Services, *, loopback: bool = True) -> Iterator[str]:
    """Run a server over these services; its address."""
    structlog.configure(processors=_LOG_STEPS)
    app = create_app(services, loopback=loopback)
    server = Server(app, stopping=services.stopping, quick=app.state.quick)
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        pause = threading.Event()
        while not server.started:
            assert thread.is_alive(), "the server did not start"
            pause.wait(0.005)
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            services.stopping.set()
            server.should_exit = True
            thread.join(30)


def engine_of(services: Services) -> Engine:
    return services.keys._engine


def photo(*, seed: int = 0, size: tuple[int, int] = (400, 300)) -> bytes:
    """A red block on grey, as JPEG; each seed gives other bytes."""
    width, height = size
    pixels = np.full((height, width, 3), 200, np.uint8)
    pixels[height // 4 : 3 * height // 4, width // 4 : 3 * width // 4] = (180, 40, 40 + seed % 200)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", quality=92)
    return buffer.getvalue()


def start_mug_test(server: Served) -> None:
    """A running test of two images on the item mug, with a segment of adults."""
    body = {
        "item": "mug",
        "variants": [{"name": "a", "image": "a.webp"}, {"name": "b", "image": "b.webp"}],
        "segments": [{"name": "adults", "rule": {"age": {"$gte": 18}}}],
    }
    test = server.client.post("/v1/tests", json=body).json()["id"]
    assert server.client.post(f"/v1/tests/{test}/start").status_code == 200


def upload(client: httpx.Client, data: bytes) -> str:
    """Upload an image; its digest."""
    answer = client.post("/v1/assets", files={"file": ("photo.jpg", data)})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["digest"])
