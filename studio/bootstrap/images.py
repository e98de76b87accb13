"""What makes images, of the parts that it needs."""

from __future__ import annotations

import assets
import gpu
import pipelines
from studio.bootstrap.generators import generators_of
from studio.bootstrap.ids import new_id
from studio.bootstrap.libraries import (
    brand_library,
    clothes_parsers,
    preset_registry,
    template_library,
    template_search,
    weight_store,
)
from studio.services.images import Images
from studio.settings import Settings

_MODEL_BUDGET_BYTES = 4 << 30
"""What loaded matting models may hold together; all that are described fit several times over."""


def images_of(
    settings: Settings,
    *,
    store: assets.AssetStore,
    queue: gpu.JobQueue,
    beside: Images | None = None,
) -> Images:
    """The use cases around images.

    Parameters
    ----------
    beside : the installation's own, where these are a tenant's: they share the loaded models
    """
    return Images(
        store=store,
        queue=queue,
        templates=template_library(settings),
        search=template_search(settings),
        weights=weight_store(settings),
        brands=brand_library(settings),
        persons=pipelines.PersonLibrary(settings.home_dir / "persons"),
        parsers=clothes_parsers(settings),
        presets=preset_registry(settings),
        models=beside.models if beside else gpu.ModelCache(budget_bytes=_MODEL_BUDGET_BYTES),
        generators=beside.generators if beside else generators_of(settings),
        new_id=new_id,
        device=settings.device,
        compiled=settings.root_dir / "compiled",
    )
