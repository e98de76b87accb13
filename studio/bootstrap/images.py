"""What makes images, of the parts that it needs."""

from __future__ import annotations

import assets
import gpu
from studio.bootstrap.ids import new_id
from studio.bootstrap.libraries import library_of
from studio.services.images import Images
from studio.services.recipes import Recipes
from studio.services.supplies import Supplies
from studio.settings import Settings

_BUDGET_BYTES = 4 << 30
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
    library = library_of(settings, generators=beside.library.generators if beside else None)
    supplies = Supplies(
        library,
        store=store,
        models=beside.supplies.models if beside else gpu.ModelCache(budget_bytes=_BUDGET_BYTES),
        device=settings.device,
        compiled=settings.root_dir / "compiled",
    )
    recipes = Recipes(library, store=store)
    return Images(
        library, store=store, queue=queue, recipes=recipes, supplies=supplies, new_id=new_id
    )
