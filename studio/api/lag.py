"""What is behind, for alerts: the counts, and what webhooks are to be told."""

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


def show_undelivered(services: Services) -> None:
    """Show what webhooks were not told yet, or never.

    Each server shows the deliveries of all: of those the maximum counts, not the sum.

    Raises
    ------
        DatabaseFault: what was shown before stands
    """
    for state, count in services.webhooks.undelivered().items():
        services.metrics.show(f"packshot_webhook_deliveries_{state}", count)
