from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from pipelines.generate import (
    BUILT_IN_PROFILES,
    CheckpointStore,
    DigestMemory,
    Profile,
    ProfileRegistry,
)
from tests.pipelines.generate.hubs import LocalHub, local_hub
from tests.pipelines.generate.repository import FILES


@pytest.fixture
def hub() -> Iterator[LocalHub]:
    with local_hub() as served:
        served.repos["us/model"] = dict(FILES)
        yield served


@pytest.fixture
def store(tmp_path: Path) -> CheckpointStore:
    return CheckpointStore(tmp_path / "store", memory=DigestMemory(tmp_path / "digests.json"))


@pytest.fixture
def profile() -> Profile:
    known = ProfileRegistry((BUILT_IN_PROFILES,)).get("sdxl-inpaint")
    return replace(known, repo="us/model", revision="")
