"""Memory of one picture that the next one takes over."""

import ctypes
from contextlib import suppress

_TRIM_THRESHOLD, _TOP_PAD, _MMAP_THRESHOLD = -1, -2, -3
"""What mallopt(3) calls them."""
_LARGEST_KEPT_BYTES = 32 << 20
"""The most that glibc takes for it; a plane of 2,000 px in float32 has half of that."""
_KEPT_BYTES = 256 << 20
_GROWN_BY_BYTES = 16 << 20


def keep_freed_memory() -> bool:
    """Let the process keep what arrays free for those that come next; whether it does so.

    The C library gives blocks of some megabytes back to the system at once and asks for new ones,
    each of whose pages the system then has to clear: a twentieth of all processor time of a batch
    of photos. Where the library is another than glibc nothing is changed.
    """
    with suppress(OSError, AttributeError):
        mallopt = ctypes.CDLL(None).mallopt
        wanted = (
            (_MMAP_THRESHOLD, _LARGEST_KEPT_BYTES),
            (_TRIM_THRESHOLD, _KEPT_BYTES),
            (_TOP_PAD, _GROWN_BY_BYTES),
        )
        return all(mallopt(name, value) == 1 for name, value in wanted)
    return False
