"""Who is told of what happens in tests, and how they are reached."""

from __future__ import annotations

import random
import time
from functools import partial
from typing import TYPE_CHECKING

from studio.bootstrap.ids import new_id
from studio.db.engine import Engine
from studio.settings import Settings

if TYPE_CHECKING:
    from studio.services.scheduling.scheduler import Count
    from studio.services.webhooks import Webhooks


def webhooks_of(settings: Settings, engine: Engine, *, count: Count | None = None) -> Webhooks:
    """The webhooks of a database, and how they are reached."""
    from studio.services.deliveries import Deliveries
    from studio.services.outgoing import post
    from studio.services.webhooks import Webhooks

    private = settings.webhook_private_hosts
    deliveries = Deliveries(
        engine,
        clock=time.time,
        post=partial(post, private=private),
        chance=random.random,
        count=count,
    )
    return Webhooks(engine, clock=time.time, new_id=new_id, deliveries=deliveries, private=private)
