"""The keys of signed image addresses: made on first use, kept in the database, changed by age.

All servers of a database sign with the same key. A new one signs from the next window on, so that
all change over together, and the one before opens what it has signed until that expires.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Final

from studio.db import image_keys as rows
from studio.db.audit import add_entry
from studio.db.engine import DatabaseSilent, Engine, reading, writing
from studio.db.records import ImageKeyRecord
from studio.services.errors import ImageLinkRefused
from studio.services.image_key_file import KeyFile
from studio.services.image_key_ring import KeyRing
from studio.services.image_links import (
    WINDOW_S,
    WINDOWS,
    AskedImage,
    SignedAddresses,
    opens,
)
from studio.services.previews import Previews

ROTATE_S: Final = 30 * 24 * 3600.0
"""A key of this age is followed by another one."""
FRESH_S: Final = 1.0
"""How long the database's keys are believed: a key that was ended opens nothing after it."""
_UNKNOWN_S: Final = 0.1
"""A number that is not known is asked for at once, but no oftener than this."""
_SECRET_BYTES: Final = 32


class SignedImages:
    """Signs images' addresses and checks them: the choice ``signed``.

    Parameters
    ----------
        previews : whose tokens open the image that they show
        file     : keeps the keys for a start without the database
    """

    def __init__(
        self,
        engine: Engine,
        *,
        clock: Callable[[], float],
        previews: Previews,
        file: KeyFile | None = None,
        new_secret: Callable[[], bytes] = lambda: secrets.token_bytes(_SECRET_BYTES),
    ) -> None:
        self._engine = engine
        self._clock = clock
        self._previews = previews
        self._new_secret = new_secret
        self._ring = KeyRing(self._read, clock=clock, file=file)

    def at(self, now_s: float | None = None) -> SignedAddresses:
        """The addresses to give from now on, or from another moment on.

        Raises
        ------
            DatabaseFault: no key is known, and none can be read
        """
        keys = self._ring.known(fresh_s=FRESH_S)
        return SignedAddresses.of(keys, now_s=self._clock() if now_s is None else now_s)

    def check(self, asked: AskedImage) -> float:
        """How many seconds a request's address is good for.

        Raises
        ------
            ImageLinkRefused, DatabaseFault
        """
        if asked.sig is None and asked.preview is not None:
            return self._check_preview(asked, asked.preview)
        if asked.sig is None:
            raise ImageLinkRefused(why="unsigned")
        opened = opens(asked, self._find)
        if opened is None:
            raise ImageLinkRefused(why="altered")
        until_s = min(opened[0], opened[1].until_s or opened[0])
        return self._left_s(until_s)

    def _check_preview(self, asked: AskedImage, token: str) -> float:
        seen = self._previews.opened(token)
        # A signature covers the size and the format: a token must not ask for any number of them.
        whole = asked.width_px is None and asked.format_name is None
        if seen is None or seen.image != asked.digest or not whole:
            raise ImageLinkRefused(why="altered")
        return self._left_s(seen.until_s)

    def _left_s(self, until_s: float) -> float:
        left_s = until_s - self._clock()
        if left_s <= 0:
            raise ImageLinkRefused(why="expired")
        return left_s

    def rotate(self, *, who: str, at_once: bool = False) -> ImageKeyRecord:
        """Sign with a new key from the next window on, in 12 hours at most.

        Parameters
        ----------
            who     : whom the audit trail names
            at_once : from now on, and let no address that was given before open anything

        Raises
        ------
            DatabaseFault
        """
        self._ring.renew()
        while (new := self._rotated(who=who, at_once=at_once)) is None:
            pass  # another process was quicker by a moment, and its key is one of those to end
        self._ring.renew()
        return new

    def _rotated(self, *, who: str, at_once: bool) -> ImageKeyRecord | None:
        """A new key; None, and nothing is changed, where its number has just been taken."""
        now_s = self._clock()
        window = int(now_s // WINDOW_S)
        from_s = float((window if at_once else window + 1) * WINDOW_S)
        with writing(self._engine) as connection:
            before = [key.number for key in rows.image_keys(connection)]
            new = self._new(number=max(before, default=0) + 1, from_s=from_s)
            if not rows.add_image_key(connection, new):
                return None
            until_s = now_s if at_once else from_s + WINDOWS * WINDOW_S
            rows.end_image_keys(connection, before, until_s=until_s)
            rows.forget_image_keys(connection, before_s=now_s - WINDOW_S)
            add_entry(
                connection,
                "image_key",
                str(new.number),
                at_s=now_s,
                who=who,
                action="replace" if at_once else "rotate",
                detail={"signs_from_s": from_s, "former_until_s": until_s},
            )
        return new

    def rotate_if_old(self, *, who: str = "scheduler") -> ImageKeyRecord | None:
        """As `rotate`, where the newest key is of `ROTATE_S`; to be called by a scheduler."""
        newest = self._ring.renew()[0]
        return self.rotate(who=who) if self._clock() - newest.made_s >= ROTATE_S else None

    def _find(self, number: int) -> ImageKeyRecord | None:
        newest = 0
        for fresh_s in (FRESH_S, _UNKNOWN_S):
            keys = self._ring.known(fresh_s=fresh_s)
            for key in keys:
                if key.number == number:
                    return key
            newest = keys[0].number
        if number > newest and not self._ring.answers:
            # Perhaps another server made it a moment ago: no reason to tell a shopper that an
            # address is wrong.
            raise DatabaseSilent(f"image key {number} is not known yet, and cannot be asked for")
        return None

    def _read(self) -> tuple[ImageKeyRecord, ...]:
        with reading(self._engine) as connection:
            found = rows.image_keys(connection)
        if found:
            return found
        with writing(self._engine) as connection:
            # Of two processes at once one writes its own, and both read it.
            rows.add_image_key(connection, self._new(number=1, from_s=0.0))
        with reading(self._engine) as connection:
            return rows.image_keys(connection)

    def _new(self, *, number: int, from_s: float) -> ImageKeyRecord:
        return ImageKeyRecord(
            number=number,
            secret=self._new_secret(),
            made_s=self._clock(),
            from_s=from_s,
            until_s=None,
        )
