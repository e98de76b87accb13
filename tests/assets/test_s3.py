"""What is peculiar to a bucket; the contract of all stores is in `test_blobs`."""

import socket

import pytest
from botocore.stub import Stubber

from assets import BlobStoreAway, BlobStoreUnusable, BlobStoreUnwritable, digest_of
from assets.blobs.s3 import S3Blobs

DATA = b"some bytes"
DIGEST = digest_of(DATA)


def test_stores_below_others_hold_their_own(s3_url: str) -> None:
    shop, tenant = S3Blobs.at(s3_url), S3Blobs.at(s3_url, below="tenants/oak")
    shop.write(DIGEST, DATA)
    assert shop.exists(DIGEST)
    assert not tenant.exists(DIGEST)
    tenant.write(DIGEST, DATA)
    shop.remove(DIGEST)
    assert tenant.read(DIGEST) == DATA


def test_bytes_that_are_there_are_not_sent_again(
    s3_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    blobs = S3Blobs.at(s3_url, below="once")
    blobs.write(DIGEST, DATA)
    monkeypatch.setattr(blobs._client, "put_object", None)
    blobs.write(DIGEST, DATA)
    with pytest.raises(TypeError):
        blobs.write(digest_of(b"others"), b"others")


def test_a_store_that_is_away_is_told_apart_from_missing_bytes() -> None:
    with socket.create_server(("127.0.0.1", 0)) as door:
        port = door.getsockname()[1]
    blobs = S3Blobs.at(f"s3://shop?endpoint=http://127.0.0.1:{port}&region=us-east-1")
    with pytest.raises(BlobStoreAway, match="s3://shop/ does not give its bytes now"):
        blobs.read(DIGEST)
    with pytest.raises(BlobStoreAway):
        blobs.exists(DIGEST)


def test_a_bucket_that_is_not_ours_can_neither_be_read_nor_written(s3_url: str) -> None:
    blobs = S3Blobs.at(s3_url)
    refusal = {"service_error_code": "AccessDenied", "http_status_code": 403}
    with Stubber(blobs._client) as store:
        store.add_client_error("head_object", "404")
        store.add_client_error("put_object", **refusal)
        store.add_client_error("get_object", **refusal)
        store.add_client_error("delete_object", **refusal)
        with pytest.raises(
            BlobStoreUnwritable,
            match=r"s3://shop/packshot/: .*AccessDenied.*[^.]; see that the bucket",
        ):
            blobs.write(DIGEST, DATA)
        with pytest.raises(BlobStoreAway, match="AccessDenied"):
            blobs.read(DIGEST)
        with pytest.raises(BlobStoreUnwritable, match="AccessDenied"):
            blobs.remove(DIGEST)


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("https://shop.test/pictures", "an address looks like s3://bucket/prefix"),
        ("s3:///pictures", "an address looks like s3://bucket/prefix"),
        ("s3://key:secret@shop/pictures", "do not belong in it"),
        ("s3://shop?zone=here", "no option is called zone"),
        ("s3://shop?endpoint=nowhere", "nowhere"),
    ],
)
def test_what_is_no_address_is_refused(url: str, why: str) -> None:
    with pytest.raises(BlobStoreUnusable, match=why) as found:
        S3Blobs.at(url)
    assert "secret" not in str(found.value)
