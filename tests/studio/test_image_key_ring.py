"""What a process knows of the keys of signed image addresses."""

from __future__ import annotations

import threading

from studio.db.records import ImageKeyRecord
from studio.services.image_key_ring import KeyRing, Keys

PATIENCE_S = 20.0


def key(number: int) -> ImageKeyRecord:
    return ImageKeyRecord(number=number, secret=b"s", made_s=0.0, from_s=0.0, until_s=None)


def test_an_answer_that_comes_late_brings_no_former_keys_back() -> None:
    """A key that leaked would open again, until the database is asked the next time."""
    asked, answer = threading.Event(), threading.Event()
    former, newer = (key(1),), (key(2), key(1))
    told: list[Keys] = [former]

    def read() -> Keys:
        found = told[-1]
        if threading.current_thread() is slow:
            asked.set()
            assert answer.wait(PATIENCE_S)
        return found

    ring = KeyRing(read, clock=lambda: 0.0)
    late: list[Keys] = []
    slow = threading.Thread(target=lambda: late.append(ring.renew()))
    slow.start()
    assert asked.wait(PATIENCE_S)
    told.append(newer)
    assert ring.renew() == newer
    answer.set()
    slow.join(PATIENCE_S)
    assert late == [newer]
    assert ring.known(fresh_s=1.0) == newer
