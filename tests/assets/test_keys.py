import hashlib

import pytest

from assets import DigestInvalid, digest_of
from assets.keys import blob_key, check_digest


def test_a_digest_is_the_sha_256_of_the_bytes() -> None:
    assert digest_of(b"abc") == hashlib.sha256(b"abc").hexdigest()


def test_a_key_is_sharded_and_ends_in_the_digest() -> None:
    digest = digest_of(b"abc")
    assert blob_key(digest).parts == (digest[:2], digest[2:4], digest)


@pytest.mark.parametrize(
    "text",
    ["", "ab", "../../etc/passwd", "A" * 64, "g" * 64, "a" * 63, "a" * 65, "a" * 64 + "\n"],
)
def test_what_is_no_digest_never_becomes_a_path(text: str) -> None:
    with pytest.raises(DigestInvalid, match="64 lower-case hexadecimal digits"):
        check_digest(text)
    with pytest.raises(DigestInvalid):
        blob_key(text)
