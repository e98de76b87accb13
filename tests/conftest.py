"""Fixtures that every package's tests may use."""

from pathlib import Path

import pytest

SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real photos and logs that lies beside some checkouts."""
    if not SHARED_DATA.is_dir():
        pytest.skip("no folder of real test data beside this checkout")
    return SHARED_DATA
