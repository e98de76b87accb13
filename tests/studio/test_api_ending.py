"""A server that is told to stop ends, though a thread of it waits for good."""

import subprocess
import sys

import pytest

SCRIPT = """
import sys, threading
from concurrent.futures import ThreadPoolExecutor
from studio.api import ending

ending.END_S = 0.1 if "hangs" in sys.argv else 60.0
stopping = threading.Event()
ending.end_in_time(stopping)
if "hangs" in sys.argv:
    ThreadPoolExecutor(thread_name_prefix="hung").submit(threading.Event().wait)
if "stops" in sys.argv:
    stopping.set()
print("stopped", flush=True)
"""


@pytest.mark.parametrize("words", [["stops", "hangs"], ["stops"], []])
def test_a_process_ends_whatever_hangs(words: list[str]) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", SCRIPT, *words],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 0
    assert ended.stdout.startswith("stopped\n")
    # Who ends in time is not cut off, and one that was not told to stop is left alone.
    assert ("stopped_while_busy" in ended.stdout) == ("hangs" in words)
    assert ("hung_0" in ended.stdout) == ("hangs" in words)
