"""What a command's error says to its user."""

from abtest import AbtestError
from assets import AssetError
from gpu import GpuError
from pipelines import PipelineError
from studio.cli.context import settings
from studio.db.engine import DatabaseFault
from studio.db.shown import first_line, shown_url
from studio.services.errors import DatabaseUnusable, ServiceError
from studio.settings import SettingsInvalid
from studio.streams import StreamBroken

_EXPECTED = (
    PipelineError,
    AssetError,
    GpuError,
    AbtestError,
    ServiceError,
    SettingsInvalid,
    StreamBroken,
)


def in_words(fault: Exception) -> str | None:
    """An expected error in one line; None for a fault of ours, which shows where it happened."""
    if isinstance(fault, _EXPECTED):
        return str(fault)
    if isinstance(fault, DatabaseFault):
        return str(DatabaseUnusable(url=shown_url(settings().url), why=first_line(fault)))
    return None
