"""The composition root: the one place where engines, database and settings meet."""

import time
import uuid
from dataclasses import dataclass

from sqlalchemy import Engine

import assets
import gpu
import pipelines
from assets.index import sql as asset_index
from gpu.queues import sql as job_queue
from studio.db.engine import open_engine
from studio.services.errors import OutputUnwritable
from studio.services.images import Images
from studio.settings import Settings

_MODEL_BUDGET_BYTES = 4 << 30
"""What loaded matting models may hold together; all that are described fit several times over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shell:
    """Everything an entry point may use, wired."""

    settings: Settings
    engine: Engine
    store: assets.AssetStore
    queue: gpu.JobQueue
    images: Images


def open_shell(settings: Settings) -> Shell:
    """Open the home folder's database and store, creating them on first use.

    Raises
    ------
    OutputUnwritable : the home folder cannot be made
    """
    home = settings.home_dir
    try:
        home.mkdir(parents=True, exist_ok=True)
    except OSError as fault:
        raise OutputUnwritable(path=str(home), why=fault.strerror or str(fault)) from fault
    engine = open_engine(settings.url)
    asset_index.create_schema(engine)
    job_queue.create_schema(engine)
    store = assets.AssetStore(
        blobs=assets.LocalBlobs(home / "assets"),
        index=asset_index.SqlIndex(engine),
        clock=time.time,
    )
    queue = job_queue.SqlJobQueue(engine, clock=time.time)
    images = Images(
        store=store,
        queue=queue,
        templates=template_library(settings),
        weights=weight_store(settings),
        models=gpu.ModelCache(budget_bytes=_MODEL_BUDGET_BYTES),
        new_id=new_id,
    )
    return Shell(settings=settings, engine=engine, store=store, queue=queue, images=images)


def template_library(settings: Settings) -> pipelines.TemplateLibrary:
    """The user's own templates first, then the built-in ones."""
    return pipelines.TemplateLibrary(settings.home_dir / "templates", pipelines.BUILT_IN)


def weight_store(settings: Settings) -> pipelines.WeightStore:
    """The folder of pulled weights."""
    return pipelines.WeightStore(settings.weights_dir)


def new_id() -> str:
    """A short id that a person can copy: 12 hex digits of a random UUID."""
    return uuid.uuid4().hex[:12]
