"""Names of worker processes by which another process on the same machine sees that they died.

A lease runs out by itself, but a user who restarts a killed batch should not wait for that.
"""

from __future__ import annotations

import os
import socket
from functools import cache
from pathlib import Path
from typing import Final

_UNKNOWN_START: Final = "0"
_GONE_STATES: Final = {"Z", "X"}  # a zombie has ended; only its parent has not asked yet


def worker_id(label: str = "0") -> str:
    """Name this process `host:pid:start#label`; its start tells a reused process id apart."""
    pid = os.getpid()
    return f"{_machine()}:{pid}:{_start_of(pid) or _UNKNOWN_START}#{label}"


def is_dead(name: str) -> bool:
    """Whether the process behind a worker's name has surely ended.

    A worker on another machine, or a name of another form, may live: its lease decides.
    """
    try:
        machine, pid_text, start = name.partition("#")[0].rsplit(":", 2)
        pid = int(pid_text)
    except ValueError:
        return False
    if machine != _machine():
        return False
    if start == _UNKNOWN_START:
        return not _exists(pid)
    return _start_of(pid) != start


@cache
def _machine() -> str:
    """Host, boot and process namespace: a container may share its host's name, not its pids."""
    parts = [socket.gethostname()]
    boot = Path("/proc/sys/kernel/random/boot_id")
    namespace = Path("/proc/self/ns/pid")
    try:
        parts.append(boot.read_text().strip()[:8])
        parts.append(str(namespace.stat().st_ino))
    except OSError:
        pass
    return "/".join(parts)


def _start_of(pid: int) -> str | None:
    """When the process began, in clock ticks since boot (proc(5), field 22); None if it ended."""
    if not Path("/proc/self/stat").exists():
        return _UNKNOWN_START if _exists(pid) else None
    try:
        after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if after_name[0] in _GONE_STATES else after_name[19]


def _exists(pid: int) -> bool:
    if os.name != "posix":
        return True  # elsewhere signal 0 would end the process
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
