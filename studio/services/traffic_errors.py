"""What can go wrong when a person decides on a unit."""

from __future__ import annotations

from studio.services.experiment_errors import ExperimentError


class UnitInvalid(ExperimentError):
    """The unit's id or the reason cannot be kept."""

    def __init__(self, *, field: str, why: str) -> None:
        super().__init__(f"{field}: {why}")
        self.field = field
        self.why = why
