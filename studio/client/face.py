"""What a shop's program calls while it runs, the same for every kind of client."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import SupportsFloat

from studio.client.choices import Choice, Choices
from studio.client.core import Core, Health


class Face:
    """Decides and records: plain functions that never wait and never raise."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def decide(
        self,
        unit: object,
        attributes: object,
        items: Iterable[str],
        *,
        defaults: Mapping[str, str] | None = None,
    ) -> Choices:
        """The images of items for one shopper, without recording anything; never raises.

        Parameters
        ----------
            unit       : your stable id of the shopper or visit
            attributes : what is known of the shopper, a dict of JSON values
            items      : ids of products
            defaults   : item to its image, shown where the server knows none
        """
        return self._core.decide(unit, attributes, items, defaults=defaults)

    def show(
        self,
        unit: object,
        attributes: object,
        items: Iterable[str],
        *,
        defaults: Mapping[str, str] | None = None,
    ) -> Choices:
        """`decide`, and record that each image was seen: for items that are certainly shown."""
        choices = self._core.decide(unit, attributes, items, defaults=defaults)
        self._core.record_impressions(choices)
        return choices

    def impression(self, choice: Choice) -> str | None:
        """Record that the image was seen; the event's id, None where nothing is counted."""
        return self._core.record("impression", choice)

    def click(self, choice: Choice) -> str | None:
        """Record a click on the image; the event's id, None where nothing is counted."""
        return self._core.record("click", choice)

    def conversion(self, choice: Choice, *, value: SupportsFloat | None = None) -> str | None:
        """Record a purchase, of this much money; the event's id, None where nothing is counted."""
        return self._core.record("conversion", choice, value=value)

    @property
    def health(self) -> Health:
        """How the client is: age of its snapshot, events that wait or were lost."""
        return self._core.health
