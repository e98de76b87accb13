"""What every refusal of a use case is."""

from __future__ import annotations


class ServiceError(Exception):
    """A request that cannot be carried out; the sentence says why and what to do."""
