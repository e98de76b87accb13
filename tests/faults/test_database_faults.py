"""The database dies or hangs under load: shoppers see their images, and each event counts once."""

from pathlib import Path

import pytest

from tests.faults.outage import run_briefly


@pytest.mark.slow
def test_the_feed_answers_and_no_event_is_lost_or_counted_twice(tmp_path: Path) -> None:
    found = run_briefly(tmp_path)
    standing = found.standing
    # Every decision was made by the test, over HTTP and in the shop's own process.
    assert standing.wrong == ()
    assert standing.shown == ()
    assert [(one["ready"], one["database"]) for one in found.readiness] == [(True, False)] * 2
    assert standing.refused >= 2
    assert standing.spilled > 0
    assert standing.resent > 0
    assert (standing.reported, standing.dropped) == (standing.recorded, 0)
    assert found.counted == found.expected
    assert found.exit_code == 0
