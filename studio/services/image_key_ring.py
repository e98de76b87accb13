"""The keys of signed image addresses that a process knows, and what the database says of them.

::

    ring = KeyRing(read, clock=time.time, file=KeyFile(home / "image-keys.json"))
    ring.known(fresh_s=1.0)     # at once, or as soon as the database has told; the newest first

Shoppers' images are not to wait for a database. It is asked by one thread beside those who need
the keys. They wait for it while it answers; of one that has not done so in time nobody waits for
anything again until it has. What it last said stands meanwhile, and is kept in a file, for a
process that starts while it is away.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Final, TypeAlias

from studio.db.engine import DatabaseFault, DatabaseSilent
from studio.db.records import ImageKeyRecord
from studio.services.image_key_file import KeyFile

PATIENCE_S: Final = 0.5
"""How long who needs a key waits for a database that answered the last time."""

Keys: TypeAlias = tuple[ImageKeyRecord, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """What the database said when it was asked at a moment; the higher the turn the later."""

    keys: Keys
    turn: int


class KeyRing:
    """Keys, newest first, and how they are asked for.

    Parameters
    ----------
        read  : the database's keys; at least one, unless it raises
        clock : seconds since the epoch
        file  : keeps them for a start without the database; None: nothing does
    """

    def __init__(
        self,
        read: Callable[[], Keys],
        *,
        clock: Callable[[], float],
        file: KeyFile | None = None,
    ) -> None:
        self._read = read
        self._clock = clock
        self._file = file
        self._lock = threading.Lock()  # held for moments only, never while the database is asked
        self._told = _Told(keys=(), turn=0)
        self._turns = 0
        self._asked_s = float("-inf")
        self._asking: Future[Keys] | None = None
        self._answers = True

    @property
    def answers(self) -> bool:
        """Whether the database answered in time when it was last asked."""
        return self._answers

    def known(self, *, fresh_s: float) -> Keys:
        """The keys; the last ones known where the database is away or says nothing.

        Parameters
        ----------
            fresh_s : how long ago the database may have been asked

        Raises
        ------
            DatabaseFault: no key is known, and none can be read
        """
        keys, now_s = self._told.keys, self._clock()
        if keys and 0.0 <= now_s - self._asked_s < fresh_s:
            return keys
        asking, waits = self._ask_beside(now_s), self._answers
        if keys and not waits:
            return keys
        try:
            return asking.result(PATIENCE_S)
        except TimeoutError:
            self._answers = False
            return self._else(DatabaseSilent(f"no answer within {PATIENCE_S:g} s"))
        except DatabaseFault as fault:
            return self._else(fault)

    def renew(self) -> Keys:
        """The database's keys of this moment, for as long as it takes.

        Raises
        ------
            DatabaseFault
        """
        with self._lock:
            turn = self._begin()
        return self._note(self._read(), turn)

    def _else(self, fault: DatabaseFault) -> Keys:
        """What is known without the database; raises its fault where that is nothing."""
        if not self._told.keys and self._file is not None:
            self._note(self._file.read(), turn=0)
        if not self._told.keys:
            raise fault
        return self._told.keys

    def _ask_beside(self, now_s: float) -> Future[Keys]:
        """The question that is being asked, or a new one."""
        with self._lock:
            if self._asking is not None:
                return self._asking
            self._asked_s = now_s
            asking: Future[Keys] = Future()
            self._asking = asking
            turn = self._begin()
        # A daemon: a database that never answers must not keep the process from ending.
        run = threading.Thread(
            target=self._ask, args=(asking, turn), name="image-keys", daemon=True
        )
        run.start()
        return asking

    def _ask(self, asking: Future[Keys], turn: int) -> None:
        try:
            keys = self._note(self._read(), turn)
        except BaseException as fault:  # noqa: BLE001 - told to whoever waits for it
            self._end(answers=False)
            asking.set_exception(fault)
        else:
            self._end(answers=True)
            asking.set_result(keys)

    def _end(self, *, answers: bool) -> None:
        with self._lock:
            self._asking = None
            self._answers = answers

    def _begin(self) -> int:
        self._turns += 1
        return self._turns

    def _note(self, keys: Keys, turn: int) -> Keys:
        """Know what was told, unless it was asked for before what is known."""
        with self._lock:
            if turn < self._told.turn:
                return self._told.keys
            changed = keys != self._told.keys
            self._told = _Told(keys=keys, turn=turn)
            # Within the lock, so that of two answers the later one stays in the file.
            if changed and turn and self._file is not None:
                self._file.write(keys)
        return keys
