import pytest

from assets import Asset, AssetRecord, Derivation, DigestInvalid

DIGEST = "ab" * 32


def an_asset() -> Asset:
    return Asset(digest=DIGEST, media_type="image/png", width_px=2, height_px=3, size_bytes=9)


@pytest.mark.parametrize(("width_px", "height_px", "size_bytes"), [(0, 3, 9), (2, 0, 9), (2, 3, 0)])
def test_an_asset_has_pixels_and_bytes(width_px: int, height_px: int, size_bytes: int) -> None:
    with pytest.raises(ValueError, match="no pixels or no bytes"):
        Asset(
            digest=DIGEST,
            media_type="image/png",
            width_px=width_px,
            height_px=height_px,
            size_bytes=size_bytes,
        )


def test_an_asset_needs_a_digest() -> None:
    with pytest.raises(DigestInvalid):
        Asset(digest="x", media_type="image/png", width_px=1, height_px=1, size_bytes=1)


def test_an_output_says_how_it_was_made() -> None:
    with pytest.raises(ValueError, match="does not say how it was made"):
        AssetRecord(asset=an_asset(), kind="output", created_s=0.0)


def test_a_derivation_needs_a_recipe_hash() -> None:
    with pytest.raises(ValueError, match="hash of its recipe"):
        Derivation(source_digest=DIGEST, recipe_hash="", recipe={}, report={})


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_derivation_holds_only_what_json_holds(value: float) -> None:
    with pytest.raises(ValueError, match="JSON"):
        Derivation(source_digest=DIGEST, recipe_hash="h", recipe={}, report={"ssim": value})
