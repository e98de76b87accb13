"""Whatever dies at whatever moment: what was answered is counted, and nothing is counted twice."""

from pathlib import Path

import pytest

from tests.faults.intake import run


@pytest.mark.slow
@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_counts_are_those_of_the_set_that_was_sent(
    database: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """A tenth of the events is sent twice, and processes die while they write and count."""
    url = (
        f"sqlite:///{tmp_path / 'packshot.sqlite'}"
        if database == "sqlite"
        else str(request.getfixturevalue("postgres_url"))
    )
    found = run(url, events=3_000, kills=2, seed=1, intakes=1, scheduled=False)
    assert sum(found.kills.values()) >= 2
    assert found.counted == found.expected
    # How late sales came is kept in the same transactions; a recount of the log agrees with both.
    assert found.late == found.expected_late
    assert len(found.late) > len(found.expected)
    assert found.recount == ()
    # Of a batch whose answer got lost, the second sending is told to be known.
    assert found.accepted <= 3_000
