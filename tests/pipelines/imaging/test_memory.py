"""What one picture's arrays free is there for the next one's, not given back to the system."""

import platform
import subprocess
import sys

import pytest

_PAGES_ASKED_FOR = """
import resource, sys
import numpy as np
from pipelines.imaging.memory import keep_freed_memory

if sys.argv[1] == "keep":
    assert keep_freed_memory()


def picture():
    return np.ones((2000, 1500), np.float32)


picture()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(10):
    picture()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="the C library is not glibc")
def test_further_pictures_ask_the_system_for_next_to_no_memory() -> None:
    given_back, kept = (_asked_for(how) for how in ("give back", "keep"))
    assert kept < given_back / 10


def _asked_for(how: str) -> int:
    words = [sys.executable, "-c", _PAGES_ASKED_FOR, how]
    return int(subprocess.run(words, capture_output=True, text=True, check=True).stdout)
