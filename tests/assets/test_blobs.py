"""The contract of every place for bytes."""

import pytest

from assets import BlobNotFound, BlobStore, DigestInvalid, digest_of

DATA = b"some bytes"
DIGEST = digest_of(DATA)


def test_bytes_come_back(blobs: BlobStore) -> None:
    blobs.write(DIGEST, DATA)
    assert blobs.read(DIGEST) == DATA
    with blobs.open(DIGEST) as stream:
        assert stream.read(4) == DATA[:4]


def test_writing_twice_changes_nothing(blobs: BlobStore) -> None:
    blobs.write(DIGEST, DATA)
    blobs.write(DIGEST, DATA)
    assert blobs.read(DIGEST) == DATA


def test_existence_is_known(blobs: BlobStore) -> None:
    assert not blobs.exists(DIGEST)
    blobs.write(DIGEST, DATA)
    assert blobs.exists(DIGEST)


def test_missing_bytes_are_named(blobs: BlobStore) -> None:
    with pytest.raises(BlobNotFound, match=DIGEST):
        blobs.read(DIGEST)
    with pytest.raises(BlobNotFound, match="put the image into the store again"):
        blobs.open(DIGEST)


def test_removed_bytes_are_gone_and_may_come_again(blobs: BlobStore) -> None:
    blobs.write(DIGEST, DATA)
    blobs.remove(DIGEST)
    blobs.remove(DIGEST)
    assert not blobs.exists(DIGEST)
    blobs.write(DIGEST, DATA)
    assert blobs.read(DIGEST) == DATA


def test_damaged_bytes_are_repaired_by_writing_again(blobs: BlobStore) -> None:
    blobs.write(DIGEST, b"some bites")
    blobs.write(DIGEST, DATA)
    assert blobs.read(DIGEST) == DATA


def test_only_digests_name_blobs(blobs: BlobStore) -> None:
    with pytest.raises(DigestInvalid):
        blobs.write("../escape", DATA)
    with pytest.raises(DigestInvalid):
        blobs.read("/etc/passwd")
    with pytest.raises(DigestInvalid):
        blobs.exists("../escape")
    with pytest.raises(DigestInvalid):
        blobs.remove("../escape")
