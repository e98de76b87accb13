"""Stores, indexes and pictures for the tests of the asset store."""

from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import pytest
from PIL import Image
from sqlalchemy import Engine, create_engine

from assets import AssetStore, BlobStore, LocalBlobs, MemoryBlobs
from assets.blobs.s3 import S3Blobs
from assets.index.sql import SqlIndex, create_schema

Encode: TypeAlias = Callable[..., bytes]


@pytest.fixture(params=["local", "memory", "s3"])
def blobs(request: pytest.FixtureRequest, tmp_path: Path) -> BlobStore:
    if request.param == "s3":
        return S3Blobs.at(request.getfixturevalue("s3_url"), below=tmp_path.name)
    return LocalBlobs(tmp_path / "blobs") if request.param == "local" else MemoryBlobs()


@pytest.fixture
def sqlite_engine(tmp_path: Path) -> Iterator[Engine]:
    engine = create_engine(f"sqlite:///{tmp_path / 'index.sqlite'}")
    create_schema(engine)
    yield engine
    engine.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    if request.param == "sqlite":
        yield request.getfixturevalue("sqlite_engine")
        return
    engine = create_engine(request.getfixturevalue("postgres_url"))
    create_schema(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def store(tmp_path: Path, sqlite_engine: Engine) -> AssetStore:
    return AssetStore(
        blobs=LocalBlobs(tmp_path / "blobs"), index=SqlIndex(sqlite_engine), clock=lambda: 1000.0
    )


@pytest.fixture(scope="session")
def encoded() -> Encode:
    """Encode a picture: `encoded("PNG", size=(40, 30), mode="RGB", seed=0, **options)`."""

    def encode(
        name: str = "PNG",
        *,
        size: tuple[int, int] = (40, 30),
        mode: str = "RGB",
        seed: int = 0,
        **options: Any,
    ) -> bytes:
        noise = np.random.default_rng(seed).integers(0, 256, (size[1], size[0], 4), np.uint8)
        picture = Image.fromarray(noise, "RGBA").convert(mode)
        buffer = BytesIO()
        picture.save(buffer, name, **options)
        return buffer.getvalue()

    return encode
