from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path
from typing import TypeAlias
from unittest.mock import patch

import pytest
from PIL import Image
from sqlalchemy import Engine

from assets import (
    Asset,
    AssetNotFound,
    AssetStore,
    BlobCorrupt,
    BlobNotFound,
    BlobStoreFull,
    Derivation,
    DigestInvalid,
    ImageRefused,
    ImageUnreadable,
    LocalBlobs,
    MemoryBlobs,
    RenditionRefused,
    digest_of,
)
from assets.encode import encode_rendition
from assets.index.sql import SqlIndex

Encode: TypeAlias = Callable[..., bytes]


def derived_from(source: Asset, *, recipe_hash: str = "r1") -> Derivation:
    return Derivation(
        source_digest=source.digest,
        recipe_hash=recipe_hash,
        recipe={"kind": "white"},
        report={"checks": []},
    )


def test_a_source_is_stored_under_its_digest(store: AssetStore, encoded: Encode) -> None:
    data = encoded("JPEG", size=(48, 36))
    asset = store.put(data)
    assert asset == Asset(
        digest=digest_of(data),
        media_type="image/jpeg",
        width_px=48,
        height_px=36,
        size_bytes=len(data),
    )
    assert store.read(asset.digest) == data
    with store.open(asset.digest) as stream:
        assert stream.read() == data
    record = store.record(asset.digest)
    assert (record.kind, record.created_s, record.derivations) == ("source", 1000.0, ())


def test_the_same_bytes_are_one_asset(store: AssetStore, encoded: Encode) -> None:
    assert store.put(encoded("PNG")) == store.put(encoded("PNG"))


def test_an_output_is_found_by_its_recipe(store: AssetStore, encoded: Encode) -> None:
    source = store.put(encoded("JPEG"))
    output = store.put(encoded("PNG"), derivation=derived_from(source))
    found = store.find_output("r1")
    assert found is not None
    assert found.asset == output
    assert found.derivations[0].recipe == {"kind": "white"}
    assert store.find_output("r2") is None


def test_an_output_whose_bytes_are_gone_is_not_found(
    store: AssetStore, encoded: Encode, tmp_path: Path
) -> None:
    source = store.put(encoded("JPEG"))
    output = store.put(encoded("PNG"), derivation=derived_from(source))
    LocalBlobs(tmp_path / "blobs").path(output.digest).unlink()
    assert store.find_output("r1") is None


def test_lineage_leads_to_the_source(store: AssetStore, encoded: Encode) -> None:
    source = store.put(encoded("JPEG"))
    cutout = store.put(encoded("PNG", seed=1), derivation=derived_from(source))
    scene = store.put(encoded("PNG", seed=2), derivation=derived_from(cutout, recipe_hash="r2"))
    assert [step.asset for step in store.lineage(scene.digest)] == [scene, cutout, source]
    assert [step.asset for step in store.lineage(source.digest)] == [source]


def test_lineage_ends_where_a_recipe_gives_its_source_back(
    store: AssetStore, encoded: Encode
) -> None:
    source = store.put(encoded("PNG", seed=0))
    output = store.put(encoded("PNG", seed=1), derivation=derived_from(source))
    again = store.put(encoded("PNG", seed=0), derivation=derived_from(output, recipe_hash="back"))
    assert again == source
    assert [step.asset for step in store.lineage(output.digest)] == [output, source]


def test_an_output_needs_a_known_source(store: AssetStore, encoded: Encode) -> None:
    stranger = Asset(
        digest="ab" * 32, media_type="image/png", width_px=1, height_px=1, size_bytes=1
    )
    with pytest.raises(AssetNotFound, match="put the image into the store first"):
        store.put(encoded("PNG"), derivation=derived_from(stranger))


@pytest.mark.parametrize("kept", [0, 10, 2000])
def test_a_truncated_upload_leaves_nothing(
    store: AssetStore, encoded: Encode, tmp_path: Path, kept: int
) -> None:
    data = encoded("JPEG", size=(200, 200))[:kept]
    with pytest.raises(ImageRefused):
        store.put(data)
    assert not (tmp_path / "blobs").exists()
    with pytest.raises(AssetNotFound):
        store.record(digest_of(data))


def test_a_full_disk_leaves_no_record(sqlite_engine: Engine, encoded: Encode) -> None:
    class FullBlobs(MemoryBlobs):
        def write(self, digest: str, data: bytes) -> None:
            raise BlobStoreFull(path=digest, size_bytes=len(data))

    store = AssetStore(blobs=FullBlobs(), index=SqlIndex(sqlite_engine), clock=lambda: 0.0)
    with pytest.raises(BlobStoreFull):
        store.put(encoded("PNG"))
    with pytest.raises(AssetNotFound):
        store.record(digest_of(encoded("PNG")))


def test_damage_is_found_and_repaired(store: AssetStore, encoded: Encode, tmp_path: Path) -> None:
    data = encoded("PNG")
    asset = store.put(data)
    assert store.verify(asset.digest) == asset
    path = LocalBlobs(tmp_path / "blobs").path(asset.digest)
    path.chmod(0o644)
    path.write_bytes(data[:-1] + b"!")
    with pytest.raises(BlobCorrupt, match="put the original image into the store again"):
        store.verify(asset.digest)
    store.put(data)
    assert store.verify(asset.digest) == asset


def test_missing_bytes_and_records_are_named(
    store: AssetStore, encoded: Encode, tmp_path: Path
) -> None:
    asset = store.put(encoded("PNG"))
    LocalBlobs(tmp_path / "blobs").path(asset.digest).unlink()
    with pytest.raises(BlobNotFound):
        store.verify(asset.digest)
    with pytest.raises(AssetNotFound):
        store.rendition("ab" * 32)
    with pytest.raises(DigestInvalid):
        store.read("../../etc/passwd")


def test_a_rendition_is_made_once(store: AssetStore, encoded: Encode) -> None:
    asset = store.put(encoded("JPEG", size=(400, 300)))
    with patch("assets.renditions.encode_rendition", wraps=encode_rendition) as encode:
        with ThreadPoolExecutor(8) as pool:
            made = list(
                pool.map(
                    lambda _: store.rendition(asset.digest, width_px=100, media_type="image/webp"),
                    range(8),
                )
            )
        assert encode.call_count == 1
    assert len(set(made)) == 1
    assert made[0].original_digest == asset.digest
    assert (made[0].asset.media_type, made[0].asset.width_px) == ("image/webp", 100)
    with Image.open(BytesIO(store.read(made[0].asset.digest))) as picture:
        assert (picture.format, picture.size) == ("WEBP", (100, 75))


def test_a_lost_rendition_is_made_again(store: AssetStore, encoded: Encode, tmp_path: Path) -> None:
    asset = store.put(encoded("JPEG"))
    small = store.rendition(asset.digest, width_px=10).asset
    LocalBlobs(tmp_path / "blobs").path(small.digest).unlink()
    assert store.rendition(asset.digest, width_px=10).asset == small
    assert digest_of(store.read(small.digest)) == small.digest


@pytest.mark.parametrize(
    ("name", "media_type"),
    [("JPEG", "image/jpeg"), ("PNG", "image/png"), ("TIFF", "image/jpeg"), ("HEIF", "image/jpeg")],
)
def test_without_a_wish_a_rendition_is_what_browsers_show(
    store: AssetStore, encoded: Encode, name: str, media_type: str
) -> None:
    rendition = store.rendition(store.put(encoded(name)).digest)
    assert (rendition.asset.media_type, rendition.asset.width_px) == (media_type, 40)


def test_a_source_at_full_size_still_loses_its_metadata(store: AssetStore) -> None:
    exif = Image.Exif()
    exif[0x010E] = "where it was taken"
    buffer = BytesIO()
    Image.new("RGB", (40, 20), "red").save(buffer, "JPEG", exif=exif)
    source = store.put(buffer.getvalue())
    shown = store.rendition(source.digest)
    assert shown.asset.digest != source.digest
    assert b"where it was taken" not in store.read(shown.asset.digest)


def test_an_output_at_full_size_is_its_own_rendition(store: AssetStore, encoded: Encode) -> None:
    source = store.put(encoded("JPEG"))
    output = store.put(encoded("PNG"), derivation=derived_from(source))
    assert store.rendition(output.digest, width_px=4000).asset == output


def test_impossible_renditions_are_refused(store: AssetStore, encoded: Encode) -> None:
    asset = store.put(encoded("PNG"))
    with pytest.raises(RenditionRefused, match="width 0"):
        store.rendition(asset.digest, width_px=0)
    with pytest.raises(RenditionRefused, match="format 'image/gif'"):
        store.rendition(asset.digest, media_type="image/gif")


def test_real_photos_are_taken(store: AssetStore, shared_data: Path) -> None:
    photos = [
        path
        for path in sorted((shared_data / "photos").rglob("*"))
        if path.suffix.lower() in {".jpg", ".jpeg", ".png", ".webp", ".avif", ".heic", ".gif"}
    ]
    assert photos
    for path in photos[::4]:
        asset = store.put(path.read_bytes())
        small = store.rendition(asset.digest, width_px=200, media_type="image/webp")
        assert small.asset.width_px == min(200, asset.width_px)


def test_a_source_that_is_no_image_names_what_is_wrong(store: AssetStore) -> None:
    with pytest.raises(ImageUnreadable, match="empty"):
        store.put(b"")
