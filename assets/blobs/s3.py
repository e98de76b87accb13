"""Bytes in a bucket of S3, or of what speaks its language: one object a blob, never half-written.

::

    blobs = S3Blobs.at("s3://shop-pictures/packshot")
    blobs = S3Blobs.at("s3://shop/packshot?endpoint=http://store:8333&region=us-east-1")

Who may do so is found as all programs of AWS do: variables (`AWS_ACCESS_KEY_ID`, ...), the shared
files, or the machine's role. Nothing is asked of the bucket before the first use.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import Any, BinaryIO, Final, Self
from urllib.parse import parse_qsl, urlsplit

from assets.errors import BlobNotFound, BlobStoreAway, BlobStoreUnusable, BlobStoreUnwritable
from assets.keys import blob_key, check_digest

_CONNECT_S: Final = 5.0
_ANSWER_S: Final = 30.0
"""A store that says nothing for so long is as good as gone."""
_ATTEMPTS: Final = 3
_CONNECTIONS: Final = 32
"""Kept for threads that read and write at the same time."""
_MISSING: Final = {"404", "NoSuchKey", "NotFound"}
_OPTIONS: Final = {"endpoint", "region"}


class S3Blobs:
    """A `BlobStore` in a bucket that is there already.

    Parameters
    ----------
        client : boto3's, of S3
        prefix : of all keys, without a slash at its ends
    """

    def __init__(self, client: Any, *, bucket: str, prefix: str = "") -> None:
        self._client = client
        self._bucket = bucket
        self._prefix = f"{prefix}/" if prefix else ""

    @classmethod
    def at(cls, url: str, *, below: str = "") -> Self:
        """Those of an address.

        Parameters
        ----------
            url   : s3://bucket/prefix, with `endpoint` and `region` as options in the query
            below : a folder in it

        Raises
        ------
            BlobStoreUnusable: no such address, or boto3 is not installed
        """
        bucket, prefix, options = _parts(url)
        try:
            import boto3
            from botocore.config import Config
        except ImportError as fault:
            why = f"boto3 is not installed ({fault}); pip install 'packshot[s3]' brings it"
            raise BlobStoreUnusable(url=url, why=why) from fault
        config = Config(
            connect_timeout=_CONNECT_S,
            read_timeout=_ANSWER_S,
            retries={"total_max_attempts": _ATTEMPTS, "mode": "standard"},
            max_pool_connections=_CONNECTIONS,
        )
        try:
            client = boto3.client(
                "s3",
                endpoint_url=options.get("endpoint"),
                region_name=options.get("region"),
                config=config,
            )
        except ValueError as fault:
            raise BlobStoreUnusable(url=url, why=str(fault)) from fault
        return cls(client, bucket=bucket, prefix="/".join(each for each in (prefix, below) if each))

    def write(self, digest: str, data: bytes) -> None:
        """Store the bytes durably, whole or not at all; as `BlobStore.write`."""
        key = self._key(digest)
        if self._holds(key, data):
            return
        with self._translated(digest, writes=True):
            self._client.put_object(Bucket=self._bucket, Key=key, Body=data)

    def read(self, digest: str) -> bytes:
        """All bytes. Raises BlobNotFound, BlobStoreAway."""
        key = self._key(digest)
        with self._translated(digest):
            answer = self._client.get_object(Bucket=self._bucket, Key=key)
            with answer["Body"] as body:
                data: bytes = body.read()
        return data

    def open(self, digest: str) -> BinaryIO:
        """A stream of the bytes that the caller closes. Raises BlobNotFound, BlobStoreAway."""
        # Whole: a stream that breaks off has told its reader a length already.
        return BytesIO(self.read(digest))

    def exists(self, digest: str) -> bool:
        """Whether bytes lie under this digest; says nothing about damage. Raises BlobStoreAway."""
        return self._head(self._key(digest)) is not None

    def remove(self, digest: str) -> None:
        """Delete the bytes, if they are there. Raises BlobStoreUnwritable, BlobStoreAway."""
        key = self._key(digest)
        with self._translated(digest, writes=True):
            self._client.delete_object(Bucket=self._bucket, Key=key)

    def _key(self, digest: str) -> str:
        return f"{self._prefix}{blob_key(check_digest(digest))}"

    def _holds(self, key: str, data: bytes) -> bool:
        """Whether the object has these very bytes, as far as the store can tell."""
        head = self._head(key)
        if head is None or head["ContentLength"] != len(data):
            return False
        # What S3 calls an entity tag is the MD5 of what came in one piece and unencrypted.
        md5 = hashlib.md5(data, usedforsecurity=False).hexdigest()
        return bool(head["ETag"].strip('"') == md5)

    def _head(self, key: str) -> Any:
        try:
            with self._translated(key):
                return self._client.head_object(Bucket=self._bucket, Key=key)
        except BlobNotFound:
            return None

    @contextmanager
    def _translated(self, digest: str, *, writes: bool = False) -> Iterator[None]:
        from botocore.exceptions import BotoCoreError, ClientError

        place = f"s3://{self._bucket}/{self._prefix}"
        try:
            yield
        except ClientError as fault:
            code = str(fault.response.get("Error", {}).get("Code", ""))
            if code in _MISSING and not writes:
                raise BlobNotFound(digest=digest) from None
            if writes:
                fix = "see that the bucket is there and that the keys of access may write to it"
                raise BlobStoreUnwritable(path=place, why=str(fault), fix=fix) from fault
            raise BlobStoreAway(place=place, why=str(fault)) from fault
        except (BotoCoreError, OSError) as fault:
            raise BlobStoreAway(place=place, why=str(fault)) from fault


def _parts(url: str) -> tuple[str, str, dict[str, str]]:
    """Bucket, prefix and options of an address. Raises BlobStoreUnusable."""
    told = urlsplit(url)
    options = dict(parse_qsl(told.query, keep_blank_values=True))
    if told.scheme != "s3" or not told.netloc or "@" in told.netloc:
        why = "an address looks like s3://bucket/prefix; keys of access do not belong in it"
        raise BlobStoreUnusable(url=f"{told.scheme}:...", why=why)
    if unknown := options.keys() - _OPTIONS:
        why = f"no option is called {', '.join(sorted(unknown))}; there are endpoint and region"
        raise BlobStoreUnusable(url=url, why=why)
    return told.netloc, told.path.strip("/"), options
