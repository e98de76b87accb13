"""How far the counts are behind, for alerts."""

from __future__ import annotations

import time

from studio.api.services import Services


def show_lag(services: Services) -> None:
    """Show how far the counts follow the log.

    Raises
    ------
        DatabaseFault: what was shown before stands
    """
    now_s = time.time()
    fresh = services.tests.freshness(now_s=now_s)
    services.metrics.show("packshot_events_waiting", fresh.waiting)
    services.metrics.show("packshot_events_lag_seconds", now_s - fresh.counted_to_s)
