"""`packshot scheduler` as a process: it waits to lead, leads, acts, and ends when told to."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from studio.db.leadership import leadership_of
from studio.services.tests import Tests
from tests.studio.commanding import Commands

ROOT = Path(__file__).resolve().parents[3]


def test_it_waits_for_another_to_end_then_closes_what_is_over(
    packshot: Commands, tmp_path: Path
) -> None:
    test = packshot("test", "create", "mug", "--variant", "a=https://x.example/a",
                    "--variant", "b=https://x.example/b", "--json").data["id"]  # fmt: skip
    engine = packshot.shell().engine
    Tests(engine, clock=lambda: time.time() - 90_000, new_id=str).start(test, who="anna")
    lead = leadership_of(engine)
    assert lead.hold()
    with subprocess.Popen(
        [sys.executable, "-m", "studio.cli", "scheduler"],
        cwd=ROOT, stderr=subprocess.PIPE, text=True,
        env={**os.environ, "PACKSHOT_LOG_FORMAT": "json", "PYTHONPATH": str(ROOT)},
    ) as process:  # fmt: skip
        assert process.stderr is not None
        events: list[str] = []
        for line in process.stderr:
            event = json.loads(line)["event"]
            events.append(event)
            if event == "waiting_to_lead":
                assert packshot("db", "backup", tmp_path / "copy").code == 0
                lead.release()
            if event == "test_advanced":
                process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
    assert events[0] == "waiting_to_lead"
    assert events.index("scheduler_leads") < events.index("test_advanced")
    assert events[-1] == "stopped"
    (entry,) = [one for one in packshot("test", "audit", test, "--json").data
                if one["action"] == "advance"]  # fmt: skip
    assert entry["who"] == "scheduler"
