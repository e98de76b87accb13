"""The composition root: the one place where engines, database and settings meet."""

from __future__ import annotations

import logging
import platform
import random
import threading
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

import assets
import gpu
import pipelines
from assets.index import sql as asset_index
from assets.index.tables import METADATA as ASSET_TABLES
from gpu.queues import sql as job_queue
from gpu.queues.tables import METADATA as JOB_TABLES
from pipelines.errors import DeviceMissing
from pipelines.generate import BUILT_IN_PROFILES, CheckpointStore, DigestMemory, ProfileRegistry
from pipelines.person import ClothesParsers
from pipelines.provenance.credentials import CredentialsSigner
from pipelines.provenance.signing_key import local_key, read_key
from pipelines.sentence import MiniLm
from studio.db import tables
from studio.db.answering import answered
from studio.db.engine import DatabaseFault, Engine, in_schema, open_engine, writing
from studio.db.schema import shown_url
from studio.services.backups import Backups
from studio.services.errors import (
    DatabaseUnusable,
    HomeUnwritable,
    ServiceError,
    TenantNotFound,
)
from studio.services.gallery import all_rows, batch_entries
from studio.services.generators import Generators
from studio.services.images import Images
from studio.services.measurements import Measurements
from studio.services.painting import Room, room
from studio.services.schema import Schema
from studio.services.templates import Templates
from studio.services.tenants import Tenants
from studio.settings import Settings

if TYPE_CHECKING:
    from studio.api.services import Services, Tenancy
    from studio.services.archiving.archive import Archive
    from studio.services.archiving.rebuild import Rebuilding
    from studio.services.events import Events
    from studio.services.feed import Feed
    from studio.services.image_keys import SignedImages
    from studio.services.image_links import ImageLinks
    from studio.services.keys import Keys
    from studio.services.lessons import Lessons
    from studio.services.previews import Previews
    from studio.services.scheduling import Duty, Scheduler
    from studio.services.scheduling.scheduler import Count
    from studio.services.streaming import StreamedEvents, StreamMover
    from studio.services.tests import Tests
    from studio.services.traffic import Traffic
    from studio.services.webhooks import Webhooks

_LOG = logging.getLogger(__name__)

METADATA = (ASSET_TABLES, JOB_TABLES, tables.METADATA)
"""All tables of a database."""

_SENTENCE_MODEL = "minilm"
_MODEL_BUDGET_BYTES = 4 << 30
"""What loaded matting models may hold together; all that are described fit several times over."""
_SHARE_OF_MEMORY = 0.9
"""Of a device's memory, what large models may hold: the driver and other programs need some."""
_UNKNOWN_MEMORY_BYTES = 8 << 30
"""Where the system does not tell how much memory it has."""

START_S = 1.0
"""How long a server that can answer from its snapshot waits, at its start, for its database, and
for the stream of events: where they are well, they answer within milliseconds."""
_LEFTOVER_S = 3600.0
"""A part of a file that is older than this belongs to no write that still runs."""


@dataclass(frozen=True, kw_only=True)  # no slots: services that few commands use are kept here
class Shell:
    """Everything an entry point may use, wired.

    Parameters
    ----------
    away : the database did not answer when this was opened

    What has to do with tests is imported and made when first asked for: statistics take as long
    to import as all the image stages, and no command that makes images needs them.
    """

    settings: Settings
    engine: Engine
    store: assets.AssetStore
    queue: gpu.JobQueue
    images: Images
    blobs: assets.BlobStore
    away: bool = False

    @cached_property
    def tests(self) -> Tests:
        """Image tests, from the draft to the promoted winner."""
        from studio.services.counting import NOTHING
        from studio.services.tests import Tests

        return Tests(
            self.engine,
            clock=time.time,
            new_id=new_id,
            head_starts=self.lessons.head_starts,
            underway=lambda: NOTHING if self.stream is None else self.stream.underway(),
        )

    @cached_property
    def events(self) -> Events:
        """What shoppers saw and did."""
        from studio.services.events import Events

        stream = self.stream
        return Events(
            self.engine, clock=time.time, append=None if stream is None else stream.append
        )

    @cached_property
    def stream(self) -> StreamedEvents | None:
        """What carries events to counters, where the settings name something.

        Raises
        ------
        StreamUnusable, StreamNotDurable
        """
        return streamed_events(self.settings)

    @cached_property
    def traffic(self) -> Traffic:
        """Who moves counts, and who is left out."""
        from studio.services.traffic import Traffic

        return Traffic(self.engine, clock=time.time)

    @cached_property
    def archive(self) -> Archive:
        """Raw events, kept for good beside the pictures."""
        from studio.services.archiving.archive import Archive

        return Archive(self.engine, blobs=self.blobs, clock=time.time)

    @cached_property
    def rebuilding(self) -> Rebuilding:
        """Counts computed anew from raw events."""
        from studio.services.archiving.rebuild import Rebuilding

        return Rebuilding(self.engine, self.archive)

    @cached_property
    def feed(self) -> Feed:
        """Which image to show to whom."""
        from studio.services.feed import Feed

        file = _snapshot_file(self.settings)
        return Feed(
            self.engine,
            clock=time.time,
            file=file,
            images=self.image_links,
            previews=self.previews,
        )

    @cached_property
    def image_links(self) -> ImageLinks:
        """Where clients find images, and who may have them."""
        from studio.services.image_links import PublicImages
        from studio.services.tenant_images import TenantImages

        own = self.image_keys if self.settings.images == "signed" else PublicImages()
        tenant = self.settings.tenant
        return TenantImages(own, tenant=tenant) if tenant else own

    @cached_property
    def image_keys(self) -> SignedImages:
        """Signs images' addresses."""
        from studio.services.image_keys import SignedImages

        return SignedImages(self.engine, clock=time.time, previews=self.previews)

    @cached_property
    def previews(self) -> Previews:
        """Tokens that show a variant to whoever holds them."""
        from studio.services.image_links import preview_path, public_path
        from studio.services.previews import Previews, local_secret
        from studio.services.tenant_images import preview_paths

        secret = partial(local_secret, self.settings.home_dir / "preview.key")
        signed = self.settings.images == "signed"
        path: Callable[[str, str], str] = preview_path if signed else public_path
        if self.settings.tenant:
            path = preview_paths(path, tenant=self.settings.tenant)
        return Previews(secret, clock=time.time, image_url=path)

    @cached_property
    def keys(self) -> Keys:
        """Who may ask the server for what."""
        from studio.services.keys import Keys

        return Keys(self.engine, clock=time.time, new_id=new_id, tenant=self.settings.tenant)

    @cached_property
    def tenants(self) -> Tenants:
        """Who shares this installation."""
        return tenants_of(self.settings, self.engine)

    @cached_property
    def webhooks(self) -> Webhooks:
        """Who is told of what happens in tests."""
        return webhooks_of(self, count=None)

    @cached_property
    def lessons(self) -> Lessons:
        """What finished tests have taught about templates."""
        from studio.services.lessons import Lessons

        templates = self.images.templates
        return Lessons(self.engine, store=self.store, templates=templates, clock=time.time)


def open_shell(settings: Settings, *, patient: bool = False, beside: Shell | None = None) -> Shell:
    """Open the home folder's database and store, creating them on first use.

    Parameters
    ----------
    patient : go on where the database is away, or silent for `START_S`, and the home folder has a
        snapshot: the feed answers from that, and everything else as soon as the database is back
    beside  : the installation's own, where this is a tenant's: they share models, and connections
        to a database server

    Raises
    ------
    HomeUnwritable : the home folder cannot be made
    TenantNotFound : the settings name a tenant that is not there
    DatabaseUnusable : the database cannot be opened
    DatabaseBehind, DatabaseAhead : it is of another version
    BlobStoreUnusable : no address of a bucket, or its client is not installed
    """
    home = settings.home_dir
    engine = open_database(settings, beside=None if beside is None else beside.engine)
    can_wait = patient and _snapshot_file(settings).exists()
    # Where the installation's own did not answer, no tenant waits for theirs again.
    presumed = beside is not None and beside.away
    away = can_wait and (presumed or _is_away(engine))
    if not can_wait:
        make_ready(engine)
    blobs = blobs_of(settings)
    store = assets.AssetStore(
        blobs=blobs,
        index=asset_index.SqlIndex(engine),
        clock=time.time,
    )
    queue = job_queue.SqlJobQueue(engine, clock=time.time)
    images = Images(
        store=store,
        queue=queue,
        templates=template_library(settings),
        search=template_search(settings),
        weights=weight_store(settings),
        brands=brand_library(settings),
        persons=pipelines.PersonLibrary(home / "persons"),
        parsers=clothes_parsers(settings),
        presets=preset_registry(settings),
        models=beside.images.models if beside else gpu.ModelCache(budget_bytes=_MODEL_BUDGET_BYTES),
        generators=beside.images.generators if beside else generators_of(settings),
        new_id=new_id,
        device=settings.device,
        compiled=settings.root_dir / "compiled",
    )
    return Shell(
        settings=settings,
        engine=engine,
        store=store,
        queue=queue,
        images=images,
        blobs=blobs,
        away=away,
    )


def _is_away(engine: Engine) -> bool:
    """Whether the database does not answer; where it does, see to its tables.

    Raises
    ------
    DatabaseBehind, DatabaseAhead
    """
    # The embedded one is here, and may have steps to take, which it must be given time for.
    within_s = START_S if engine.dialect.name != "sqlite" else None
    try:
        answered(partial(make_ready, engine), within_s=within_s)
    except DatabaseUnusable as fault:
        why = fault.why
    except TimeoutError:
        why = f"no answer within {START_S:g} s"
    else:
        return False
    _LOG.error("database_away", extra={"why": why})
    return True


def _snapshot_file(settings: Settings) -> Path:
    return settings.home_dir / "snapshot.json"


def remove_leftovers(settings: Settings) -> int:
    """Delete what killed processes left half written in the store; how many files that were."""
    blobs = blobs_of(settings)
    if not isinstance(blobs, assets.LocalBlobs):
        return 0  # a bucket keeps no halves
    return blobs.remove_parts(before_s=time.time() - _LEFTOVER_S)


def blobs_of(settings: Settings) -> assets.BlobStore:
    """Where bytes lie: the home folder, or the bucket that the settings name.

    A tenant's lie below the installation's, where no other tenant's store reaches.

    Raises
    ------
    BlobStoreUnusable
    """
    if not settings.assets_url:
        return assets.LocalBlobs(settings.home_dir / "assets")
    from assets.blobs.s3 import S3Blobs

    below = f"tenants/{settings.tenant}" if settings.tenant else ""
    return S3Blobs.at(settings.assets_url, below=below)


def open_database(settings: Settings, *, beside: Engine | None = None) -> Engine:
    """Open the database, and make the home folder where the embedded one lies.

    Parameters
    ----------
    beside : the installation's own, where this is that of a tenant of it

    Raises
    ------
    HomeUnwritable : the home folder cannot be made
    TenantNotFound
    DatabaseUnusable : not a URL of a database, or its driver is not installed
    """
    if settings.tenant and beside is None:
        require_tenant(settings)
    home = settings.home_dir
    try:
        home.mkdir(parents=True, exist_ok=True)
    except OSError as fault:
        raise HomeUnwritable(path=str(home), why=fault.strerror or str(fault)) from fault
    if settings.schema_name is not None and beside is not None:
        return in_schema(beside, settings.schema_name)
    try:
        opened = open_engine(settings.url)
        return opened if settings.schema_name is None else in_schema(opened, settings.schema_name)
    except ImportError as fault:
        why = f"its driver is not installed ({fault}); pip install 'packshot[postgres]' brings one"
        raise DatabaseUnusable(url=shown_url(settings.url), why=why) from fault
    except DatabaseFault as fault:
        raise DatabaseUnusable(url=shown_url(settings.url), why=first_line(fault)) from fault


def tenants_of(settings: Settings, engine: Engine) -> Tenants:
    """Who shares an installation.

    Parameters
    ----------
    engine : its own database
    """

    def prepare(name: str) -> None:
        own = settings.of_tenant(name)
        opened = open_database(own, beside=engine)
        if own.schema_name is not None:
            with writing(engine) as connection:
                connection.exec_driver_sql(f'CREATE SCHEMA IF NOT EXISTS "{own.schema_name}"')
        make_ready(opened)
        if own.schema_name is None:
            opened.dispose()

    return Tenants(engine, clock=time.time, prepare=prepare)


def require_tenant(settings: Settings) -> None:
    """Refuse a tenant that the installation does not know.

    Raises
    ------
    TenantNotFound, DatabaseUnusable, DatabaseBehind, DatabaseAhead
    """
    root = settings.of_tenant("")
    engine = open_database(root)
    make_ready(engine)
    try:
        known = tenants_of(root, engine).names()
    finally:
        engine.dispose()
    if settings.tenant not in known:
        raise TenantNotFound(name=settings.tenant)


def schema_of(engine: Engine) -> Schema:
    """The tables of a database, those of all packages together."""
    return Schema(engine, METADATA)


def backups_of(settings: Settings, engine: Engine) -> Backups:
    """Copies of a database, the installation's own or a tenant's."""
    root = open_database(settings.of_tenant("")) if settings.tenant else None
    return Backups(engine, clock=time.time, used_with=root)


def tenants_within(settings: Settings) -> tuple[Settings, ...]:
    """The settings of all tenants of an installation; of a tenant's own, none."""
    if settings.tenant:
        return ()
    engine = open_database(settings)
    try:
        names = tenants_of(settings, engine).names()
    except DatabaseFault as fault:
        raise DatabaseUnusable(url=shown_url(engine.url), why=first_line(fault)) from fault
    finally:
        engine.dispose()
    return tuple(settings.of_tenant(name) for name in names)


def make_ready(engine: Engine) -> None:
    """Let the tables be those of this version, where they may be changed by themselves.

    Raises
    ------
    DatabaseUnusable, DatabaseBehind, DatabaseAhead
    """
    try:
        schema_of(engine).make_ready()
    except DatabaseFault as fault:
        engine.dispose()
        url = shown_url(engine.url)
        raise DatabaseUnusable(url=url, why=first_line(fault)) from fault
    except ServiceError:
        engine.dispose()
        raise


def first_line(fault: Exception) -> str:
    """What a database says went wrong, without the statement and the link that follow."""
    return str(getattr(fault, "orig", None) or fault).strip().partition("\n")[0]


def api_services(shell: Shell) -> Services:
    """What the HTTP routes need, image workers included."""
    # Web framework: not for commands that serve nothing.
    from studio.api.metrics import Metrics
    from studio.api.services import Services
    from studio.services.audit import Audit

    metrics, stopping = Metrics(), threading.Event()
    return Services(
        images=shell.images,
        tests=shell.tests,
        events=shell.events,
        feed=shell.feed,
        keys=shell.keys,
        webhooks=shell.webhooks,
        traffic=shell.traffic,
        audit=Audit(shell.engine),
        mover=stream_mover(shell, count=metrics.add),
        scheduler=scheduler_of(shell, count=metrics.add),
        metrics=metrics,
        image_links=shell.image_links,
        batch_page=partial(batch_page, shell.images, shell.image_links),
        cors_origins=shell.settings.cors_sites,
        executor=shell.images.executor(workers=shell.settings.worker_count),
        recheck=partial(make_ready, shell.engine) if shell.away else None,
        tenancy=tenancy_of(shell, stopping=stopping),
        workers=shell.settings.worker_count,
        stopping=stopping,
    )


def tenancy_of(shell: Shell, *, stopping: threading.Event | None = None) -> Tenancy:
    """The tenants of an installation, opened as they are found.

    Parameters
    ----------
    stopping : the server's, so that tenants' streams end with it; None: there are no streams
    """
    from studio.api.services import Tenancy

    told = threading.Event() if stopping is None else stopping

    def names() -> Sequence[str]:
        try:
            return shell.tenants.names()
        except DatabaseFault:
            # Who was served before is served from what their folders hold.
            kept = (shell.settings.root_dir / "tenants").glob("*/snapshot.json")
            found = [file.parent.name for file in kept]
            if not found:
                raise
            return found

    def open_one(name: str) -> Services:
        own = shell.settings.of_tenant(name)
        remove_leftovers(own)
        return tenant_services(open_shell(own, patient=True, beside=shell), stopping=told)

    return Tenancy(names, open_one)


def tenant_services(shell: Shell, *, stopping: threading.Event) -> Services:
    """What the HTTP routes need of a tenant; few threads do the work of all tenants.

    Parameters
    ----------
    stopping : the server's: a stream that did not hear of it would hold it up for half a minute
    """
    from studio.api.metrics import Metrics
    from studio.api.services import Services
    from studio.services.audit import Audit

    metrics = Metrics(tenant=shell.settings.tenant)
    return Services(
        images=shell.images,
        tests=shell.tests,
        events=shell.events,
        feed=shell.feed,
        keys=shell.keys,
        webhooks=shell.webhooks,
        traffic=shell.traffic,
        mover=stream_mover(shell, count=metrics.add),
        metrics=metrics,
        audit=Audit(shell.engine),
        image_links=shell.image_links,
        batch_page=partial(batch_page, shell.images, shell.image_links),
        recheck=partial(make_ready, shell.engine) if shell.away else None,
        tenant=shell.settings.tenant,
        duties=duties_of(shell, count=metrics.add),
        stopping=stopping,
    )


def streamed_events(settings: Settings) -> StreamedEvents | None:
    """Open the stream that the settings name, and see to it that it forgets nothing.

    Where it is away, the feed answers all the same, and events are refused until it is back.

    Raises
    ------
    StreamUnusable, StreamNotDurable
    """
    if not settings.stream_url:
        return None
    from studio.services.streaming import StreamedEvents
    from studio.streams import StreamGone
    from studio.streams.valkey import ValkeyStream, key_of

    stream = ValkeyStream(settings.stream_url, key=key_of(settings.tenant))
    try:
        answered(stream.check_durable, within_s=START_S)
    except (StreamGone, TimeoutError) as fault:
        why = str(fault) or f"no answer within {START_S:g} s"
        _LOG.error("stream_away", extra={"why": why})
    return StreamedEvents(stream)


def stream_mover(shell: Shell, *, count: Count | None = None) -> StreamMover | None:
    """What brings events from the stream to the database, where there is a stream.

    Raises
    ------
    StreamUnusable, StreamNotDurable
    """
    if shell.stream is None:
        return None
    from studio.services.streaming import StreamMover
    from studio.streams.valkey import ValkeyStream, key_of

    stream = ValkeyStream(shell.settings.stream_url, key=key_of(shell.settings.tenant))
    name = f"{platform.node()}-{new_id()}"
    return StreamMover(stream, shell.events.write, name=name, count=count)


def webhooks_of(shell: Shell, *, count: Count | None) -> Webhooks:
    """The webhooks, and how they are reached."""
    from studio.services.deliveries import Deliveries
    from studio.services.outgoing import post
    from studio.services.webhooks import Webhooks

    private = shell.settings.webhook_private_hosts
    deliveries = Deliveries(
        shell.engine,
        clock=time.time,
        post=partial(post, private=private),
        chance=random.random,
        count=count,
    )
    return Webhooks(
        shell.engine, clock=time.time, new_id=new_id, deliveries=deliveries, private=private
    )


def scheduler_of(shell: Shell, *, count: Count | None = None) -> Scheduler:
    """What does the recurring work, in the one process of a database that leads."""
    from studio.db.leadership import leadership_of
    from studio.services.scheduling import Scheduler

    duties = duties_of(shell, count=count)
    return Scheduler(duties, leadership=leadership_of(shell.engine), count=count)


def duties_of(shell: Shell, *, count: Count | None = None) -> tuple[Duty, ...]:
    """The recurring work: whoever adds some adds it here."""
    from studio.services.scheduling import Duty

    webhooks = webhooks_of(shell, count=count)

    def advance() -> None:
        for test in shell.tests.advance_due():
            if count is not None:
                count("packshot_tests_advanced_total", state=str(test.state))

    return (
        Duty(name="advance-tests", every_s=10.0, run=advance),
        Duty(name="deliver-webhooks", every_s=2.0, run=webhooks.deliver, outside=True),
        Duty(name="forget-deliveries", every_s=3600.0, run=webhooks.forget),
        # A server counts more often; this is for a scheduler that runs alone.
        Duty(name="count-events", every_s=1.0, run=shell.events.counter.catch_up),
        Duty(name="forget-events", every_s=6 * 3600.0, run=shell.events.forget),
        *(
            [Duty(name="rotate-image-keys", every_s=3600.0, run=shell.image_keys.rotate_if_old)]
            if shell.settings.images == "signed"
            else []
        ),
        Duty(name="search-bots", every_s=60.0, run=shell.traffic.search_paced),
        *(
            Duty(name=f"{name}-events", every_s=300.0, run=run)
            for name, run in archive_work(shell).items()
        ),
    )


def archive_work(shell: Shell) -> Mapping[str, Callable[[], object]]:
    """What keeps raw events: in files, or in the log for as long as no file can be written."""
    from studio.services.archiving.errors import ParquetMissing
    from studio.services.archiving.parquet import check_parquet

    try:
        check_parquet()
    except ParquetMissing as fault:
        _LOG.warning("events_stay_in_the_log", extra={"why": fault.why, "fix": fault.fix})
        return {"hold": shell.archive.hold}
    return {
        "hold": shell.archive.hold,
        "archive": shell.archive.write,
        "compact": shell.archive.compact,
        "sweep": shell.archive.sweep,
    }


def batch_page(images: Images, links: ImageLinks, batch: str, page: int) -> str:
    """A batch as a page of the server.

    Raises
    ------
    gpu.BatchNotFound
    """
    # Templates of pages: not for commands that show none.
    from studio.web.gallery import gallery_images, pages_of, render_page

    status = images.queue.status(batch)
    rows = batch_entries(images.store, all_rows(images.queue, batch), addresses=links.at())
    shown = gallery_images(rows)
    names = [f"?page={number}" for number in range(1, pages_of(shown) + 1)]
    return render_page(shown, title=status.name or status.id, names=names, page=page)


def template_library(settings: Settings) -> pipelines.TemplateLibrary:
    """The user's own templates first, then the built-in ones."""
    return pipelines.TemplateLibrary(settings.home_dir / "templates", pipelines.BUILT_IN)


def preset_registry(settings: Settings) -> pipelines.PresetRegistry:
    """The user's own presets first, then the built-in ones."""
    return pipelines.PresetRegistry((settings.presets_file, pipelines.BUILT_IN_PRESETS))


def brand_library(settings: Settings) -> pipelines.BrandLibrary:
    """The user's brand kits, and the fonts that set text."""
    fonts = pipelines.FontStore(settings.weights_dir / "fonts")
    return pipelines.BrandLibrary(settings.home_dir / "brands", fonts=fonts)


def templates_of(settings: Settings) -> Templates:
    """The use cases around templates; new ones go beside the user's own."""
    return Templates(
        template_library(settings),
        own=settings.home_dir / "templates",
        brands=brand_library(settings),
    )


def template_search(settings: Settings) -> pipelines.TemplateSearch:
    """Search through the templates, by meaning as well once the sentence model is pulled."""
    return pipelines.TemplateSearch(
        template_library(settings),
        file=settings.home_dir / "cache" / "templates.sqlite",
        sentences=sentence_model(weight_store(settings)),
    )


def sentence_model(weights: pipelines.WeightStore) -> Callable[[], MiniLm | None]:
    """Give the sentence model, read on first use; None as long as it is not pulled."""

    @cache
    def model() -> MiniLm:
        card = pipelines.model_card(_SENTENCE_MODEL)
        file, vocabulary = weights.paths(card.name)
        return MiniLm(key=f"{card.name}@{card.revision}", weights=file, vocabulary=vocabulary)

    return lambda: model() if weights.has(_SENTENCE_MODEL) else None


def clothes_parsers(settings: Settings) -> ClothesParsers:
    """The user's own network that tells garments from who wears them, if there is one."""
    memory = DigestMemory(settings.root_dir / "cache" / "parsers.json")

    def sha256(file: Path) -> str:
        found = memory.sha256(file)
        memory.save()
        return found

    path = settings.clothes_parser
    given = path is not None and path != Path()  # an empty variable names none
    return ClothesParsers(path=path.expanduser() if path and given else None, sha256=sha256)


def generators_of(settings: Settings) -> Generators:
    """The large models: the user's own profiles first, then the built-in ones."""
    own = settings.root_dir / "profiles"
    memory = DigestMemory(settings.root_dir / "cache" / "checkpoints.json")
    return Generators(
        profiles=ProfileRegistry((own, BUILT_IN_PROFILES)),
        checkpoints=CheckpointStore(settings.weights_dir / "generators", memory=memory),
        room=cache(lambda: generator_room(settings)),
        noncommercial=settings.noncommercial,
        lossy=settings.lossy,
        compile_cache=settings.root_dir / "cache" / "compiled",
        measurements=Measurements(settings.root_dir / "measured"),
        most_pictures=settings.paint_batch,
    )


def generator_room(settings: Settings) -> Room:
    """The device that large models run on, and a cache of as much of its memory as they may have.

    Loads torch, which takes seconds: only when a model is about to be loaded.

    Raises
    ------
    DeviceMissing : the device that the settings demand is not here
    """
    from gpu.devices.torch import find_devices, give_back

    devices = find_devices()
    # Apple's GPUs are seen, but what is painted on them was never tried.
    wanted = ("cuda", "cpu") if settings.device == "auto" else (settings.device,)
    device = next((one for one in devices.found if one.kind in wanted), None)
    if device is None:
        raise DeviceMissing(
            device=settings.device,
            why=devices.note,
            fix="check the driver with nvidia-smi, and that torch was installed with CUDA",
        )
    return room(
        device=device.name,
        budget_bytes=generator_budget_bytes(settings, device.total_bytes),
        most_pictures=settings.paint_batch,
        emptied=partial(give_back, device.name),
        label=device.label,
    )


def generator_budget_bytes(settings: Settings, total_bytes: int | None) -> int:
    """What large models may take of a device's memory, in all."""
    share_bytes = int((total_bytes or _UNKNOWN_MEMORY_BYTES) * _SHARE_OF_MEMORY)
    return int(settings.vram_budget_gb * 1e9) or share_bytes


def weight_store(settings: Settings) -> pipelines.WeightStore:
    """The folder of pulled weights."""
    return pipelines.WeightStore(settings.weights_dir)


def credentials_signer(settings: Settings) -> CredentialsSigner:
    """Who signs exported files: the key that the settings name, or this installation's own.

    Raises
    ------
    SigningUnavailable, SigningKeyUnusable
    """
    own = settings.home_dir / "credentials"
    given = settings.c2pa_cert, settings.c2pa_key
    key = read_key(*given) if any(given) else local_key(own, now=datetime.now(UTC))
    return CredentialsSigner(key)


def new_id() -> str:
    """A short id that a person can copy: 12 hex digits of a random UUID."""
    return uuid.uuid4().hex[:12]
