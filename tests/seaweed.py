"""A real server that speaks S3's language, from PyPI, for as long as a block lasts."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sysconfig
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from tests.faults.waiting import until

BUCKET = "shop"
_PORTS = ("master.port", "master.port.grpc", "volume.port", "volume.port.grpc",
          "filer.port", "filer.port.grpc", "s3.port", "s3.port.grpc")  # fmt: skip
_SETTINGS = (
    "-s3.iam=false", "-s3.port.iceberg=0", "-s3.port.lance=0", "-volume.max=8",
    "-master.volumeSizeLimitMB=64", "-master.telemetry=false",
)  # fmt: skip


@contextmanager
def seaweed() -> Iterator[str]:
    """The address of a bucket, which takes any keys of access."""
    program = Path(sysconfig.get_path("scripts")) / "weed"
    folder = tempfile.mkdtemp(prefix="packshot-seaweed-")
    ports = dict(zip(_PORTS, _free_ports(len(_PORTS)), strict=True))
    running = subprocess.Popen(
        [program, "server", "-s3", f"-dir={folder}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1",
         *_SETTINGS, *(f"-{name}={port}" for name, port in ports.items())],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    endpoint = f"http://127.0.0.1:{ports['s3.port']}"
    try:
        until(lambda: _has_bucket(endpoint), "a store with a bucket")
        yield f"s3://{BUCKET}/packshot?endpoint={endpoint}&region=us-east-1"
    finally:
        running.kill()
        running.wait()
        shutil.rmtree(folder, ignore_errors=True)


def _has_bucket(endpoint: str) -> bool:
    config = Config(retries={"total_max_attempts": 1}, connect_timeout=2, read_timeout=10)
    client = boto3.client(
        "s3", endpoint_url=endpoint, region_name="us-east-1", config=config,
        aws_access_key_id="any", aws_secret_access_key="any",
    )  # fmt: skip
    try:
        client.create_bucket(Bucket=BUCKET)
    except ClientError as fault:
        return "BucketAlready" in str(fault)
    except BotoCoreError:
        return False
    return True


def _free_ports(count: int) -> list[int]:
    with ExitStack() as held:
        doors = [held.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [door.getsockname()[1] for door in doors]
