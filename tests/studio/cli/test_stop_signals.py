"""A process that hears it is to end does so, whatever of it hangs, and whenever it hears."""

import signal
import subprocess
import sys

import pytest

SCRIPT = """
import sys, threading
from concurrent.futures import ThreadPoolExecutor
from studio.api import ending

ending.END_S = 0.1 if "hangs" in sys.argv else 60.0
from studio.cli.stop_signals import StopSignals

told = StopSignals()
if "works" in sys.argv:
    told.begin_work()
if "hangs" in sys.argv:
    ThreadPoolExecutor(thread_name_prefix="hung").submit(threading.Event().wait)
print("waits", flush=True)
told.wait()
print("heard", flush=True)
"""


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("words", [["works"], ["works", "hangs"], [], ["hangs"]])
def test_a_process_ends_when_told(words: list[str], stop: signal.Signals) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", SCRIPT, *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "waits\n"
        process.send_signal(stop)
        said = process.stdout.read()
        assert process.wait(60) == 0
    # Who has begun nothing ends at once; who works ends what it does.
    assert ("heard" in said) == ("works" in words), said
    assert ("stopped_while_busy" in said) == ("hangs" in words), said
