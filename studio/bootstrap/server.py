"""What the HTTP routes need, of the installation and of each of its tenants."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from studio.bootstrap.databases import make_ready
from studio.bootstrap.duties import duties_of, scheduler_of
from studio.bootstrap.shell import Shell, forget_snapshot, open_shell
from studio.bootstrap.stores import remove_leftovers
from studio.bootstrap.streams import stream_mover
from studio.db.engine import DatabaseSilent
from studio.services.gallery import all_rows, batch_entries

if TYPE_CHECKING:
    from studio.api.services import Services, Tenancy
    from studio.services.image_links import ImageLinks
    from studio.services.images import Images


def api_services(shell: Shell) -> Services:
    """What the HTTP routes need of an installation, its image workers and tenants included."""
    stopping = threading.Event()
    own = _services(shell, stopping=stopping)
    return replace(
        own,
        scheduler=scheduler_of(shell, count=own.metrics.add),
        cors_origins=shell.settings.cors_sites,
        executor=shell.images.executor(workers=shell.settings.worker_count),
        tenancy=tenancy_of(shell, stopping=stopping),
        workers=shell.settings.worker_count,
    )


def tenancy_of(shell: Shell, *, stopping: threading.Event | None = None) -> Tenancy:
    """The tenants of an installation, opened as they are found.

    Parameters
    ----------
    stopping : the server's, so that tenants' streams end with it; None: there are no streams
    """
    from studio.api.services import Tenancy

    told = threading.Event() if stopping is None else stopping
    presumed_away, looked = shell.away, False

    def names() -> Sequence[str]:
        nonlocal presumed_away, looked
        silent, presumed_away = presumed_away, False
        if silent:  # a start does not wait again for what has just been waited for
            raise DatabaseSilent("the database did not answer when it was opened")
        found = shell.tenants.names()
        gone = () if looked else set(kept()) - set(found)
        looked = True
        for name in gone:  # who was removed while no server ran is not to be served in an outage
            forget_snapshot(shell.settings.of_tenant(name))
        return found

    def kept() -> Sequence[str]:
        # Who was served before is served from what their folders hold.
        files = (shell.settings.root_dir / "tenants").glob("*/snapshot.json")
        return [file.parent.name for file in files]

    def open_one(name: str) -> Services:
        own = shell.settings.of_tenant(name)
        remove_leftovers(own)
        return tenant_services(open_shell(own, patient=True, beside=shell), stopping=told)

    return Tenancy(names, open_one, kept=kept)


def tenant_services(shell: Shell, *, stopping: threading.Event) -> Services:
    """What the HTTP routes need of a tenant; few threads do the work of all tenants.

    Parameters
    ----------
    stopping : the server's: a stream that did not hear of it would hold it up for half a minute
    """
    own = _services(shell, stopping=stopping)
    duties = duties_of(shell, count=own.metrics.add)
    return replace(own, duties=duties, leave=partial(_leave, shell))


def _leave(shell: Shell) -> None:
    """Close a removed tenant's database, and let no outage bring them back."""
    forget_snapshot(shell.settings)
    if shell.settings.schema_name is None:  # else the connections are the installation's own
        shell.engine.dispose()


def _services(shell: Shell, *, stopping: threading.Event) -> Services:
    """What the routes need of anyone."""
    # Web framework: not for commands that serve nothing.
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
        audit=Audit(shell.engine),
        mover=stream_mover(shell.settings, shell.events.write, count=metrics.add),
        metrics=metrics,
        image_links=shell.image_links,
        batch_page=partial(batch_page, shell.images, shell.image_links),
        recheck=partial(make_ready, shell.engine) if shell.away else None,
        tenant=shell.settings.tenant,
        stopping=stopping,
    )


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
