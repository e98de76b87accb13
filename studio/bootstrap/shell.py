"""Everything that an entry point may use, wired."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

import assets
import gpu
from assets.index import sql as asset_index
from gpu.queues import sql as job_queue
from studio.bootstrap.databases import is_away, make_ready, open_database, tenants_of
from studio.bootstrap.ids import new_id
from studio.bootstrap.images import images_of
from studio.bootstrap.stores import blobs_of
from studio.bootstrap.streams import streamed_events
from studio.bootstrap.webhooks import webhooks_of
from studio.db.engine import Engine
from studio.services.images import Images
from studio.services.tenants import Tenants
from studio.settings import Settings

if TYPE_CHECKING:
    from studio.services.archiving.archive import Archive
    from studio.services.archiving.rebuild import Rebuilding
    from studio.services.events import Events
    from studio.services.feed import Feed
    from studio.services.image_keys import SignedImages
    from studio.services.image_links import ImageLinks
    from studio.services.keys import Keys
    from studio.services.lessons import Lessons
    from studio.services.previews import Previews
    from studio.services.streaming import StreamedEvents
    from studio.services.tests import Tests
    from studio.services.traffic import Traffic
    from studio.services.traffic_search import TrafficSearch
    from studio.services.webhooks import Webhooks


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
        """Who is left out of the counts."""
        from studio.services.traffic import Traffic

        return Traffic(self.engine, clock=time.time)

    @cached_property
    def traffic_search(self) -> TrafficSearch:
        """Finds units that are no people."""
        from studio.services.traffic_search import TrafficSearch

        return TrafficSearch(self.engine, clock=time.time)

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
        from studio.services.image_key_file import KeyFile
        from studio.services.image_keys import SignedImages

        # An embedded database is away no sooner than this file beside it.
        embedded = self.engine.dialect.name == "sqlite"
        file = None if embedded else KeyFile(self.settings.home_dir / "image-keys.json")
        return SignedImages(self.engine, clock=time.time, previews=self.previews, file=file)

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
        return webhooks_of(self.settings, self.engine)

    @cached_property
    def lessons(self) -> Lessons:
        """What finished tests have taught about templates."""
        from studio.services.lessons import Lessons

        templates = self.images.library.templates
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
    engine = open_database(settings, beside=None if beside is None else beside.engine)
    can_wait = patient and _snapshot_file(settings).exists()
    # Where the installation's own did not answer, no tenant waits for theirs again.
    presumed = beside is not None and beside.away
    away = can_wait and (presumed or is_away(engine))
    if not can_wait:
        make_ready(engine)
    blobs = blobs_of(settings)
    store = assets.AssetStore(
        blobs=blobs,
        index=asset_index.SqlIndex(engine),
        clock=time.time,
    )
    queue = job_queue.SqlJobQueue(engine, clock=time.time)
    shared = None if beside is None else beside.images
    images = images_of(settings, store=store, queue=queue, beside=shared)
    return Shell(
        settings=settings,
        engine=engine,
        store=store,
        queue=queue,
        images=images,
        blobs=blobs,
        away=away,
    )


def forget_snapshot(settings: Settings) -> None:
    """Let nobody be served from a snapshot any more: it is built anew where a database tells it."""
    _snapshot_file(settings).unlink(missing_ok=True)


def _snapshot_file(settings: Settings) -> Path:
    return settings.home_dir / "snapshot.json"
