"""Results of jobs, as they lie in a store."""

from typing import Any

from assets import AssetStore, Derivation
from tests.pipelines.making import as_bytes, product_photo


def made(
    store: AssetStore,
    *,
    passed: bool,
    kind: str = "white",
    suffix: str = ".jpg",
    side: int = 300,
    spec: str = "ebay",
    weight: int = 0,
) -> dict[str, Any]:
    """A job's result in the store; `weight` pads its file to at least so many bytes."""
    photo = as_bytes(product_photo())
    source = store.put(photo)
    picture = product_photo(size=(side, side))
    data = as_bytes(picture, "JPEG" if suffix == ".jpg" else "PNG")
    data += bytes(max(0, weight - len(data)))
    outcome = "pass" if passed else "fail"
    report = {"schema": 1, "passed": passed, "kind": kind, "source": source.digest,
              "settings": {"spec": spec},
              "checks": [{"name": "size", "value": "1", "limit": "2", "outcome": outcome, "fix": "x"}]}  # fmt: skip
    derivation = Derivation(
        source_digest=source.digest, recipe_hash=f"{kind}{side}{passed}", recipe={}, report=report
    )
    asset = store.put(data, derivation=derivation)
    return {
        "asset": asset.digest,
        "suffix": suffix,
        "report": report,
        "media_type": asset.media_type,
    }
