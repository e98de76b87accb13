"""How the snapshot stays fresh: by the server's stream of changes, or by asking again and again.

The stream tells versions; the snapshot itself is fetched with its ETag, packed, so that a cache in
between may answer. Where streams do not work (a proxy that buffers, an older server), the snapshot
is polled, and the stream tried again from time to time.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Generator
from typing import Any, Final, TypeAlias

from abtest.errors import AbtestError
from studio.client.backoff import Backoff, retry_after_s
from studio.client.errors import ClientError, KeyRefused, ServerUnsuitable
from studio.client.held import Held
from studio.client.messages import (
    Answer,
    Call,
    Effect,
    HangUp,
    Hear,
    Heard,
    Listen,
    Plan,
    Request,
    Rest,
    Unreachable,
    Work,
)
from studio.client.options import Options
from studio.client.sse import EventReader, StreamMalformed

_LOG = logging.getLogger(__name__)

SNAPSHOT_PATH: Final = "/v1/snapshot"
STREAM_PATH: Final = "/v1/snapshot/stream"
STREAM_AGAIN_S: Final = 60.0
"""How long a client polls before it tries a stream again that did not work."""
FIRST_WORD_S: Final = 5.0
"""A stream says its version at once; one that says nothing is held back by a proxy."""
SPREAD_S: Final = 0.2
"""Clients that hear of a change fetch it spread over this time, not all in one instant."""

Fetched: TypeAlias = Generator[Effect, Any, bool]


class Follower:
    """Keeps a held snapshot fresh.

    Parameters
    ----------
        clock   : monotonic seconds
        random  : a number in [0, 1)
        settled : called whenever a fetch has ended, well or not
    """

    def __init__(
        self,
        held: Held,
        *,
        options: Options,
        clock: Callable[[], float],
        random: Callable[[], float],
        settled: Callable[[], None],
    ) -> None:
        self._held = held
        self._options = options
        self._clock = clock
        self._random = random
        self._settled = settled
        self._backoff = Backoff(
            first_s=options.retry_first_s, most_s=options.retry_most_s, random=random
        )
        self._wait_s = 0.0
        self._stream_from_s = float("-inf")
        self._closing = False
        self.failure: ClientError | str | None = None
        self.streaming = False

    def open(self) -> None:
        """Let another plan begin after one that ended."""
        self._closing = False

    def close(self) -> None:
        """Let the plan end."""
        self._closing = True

    def plan(self) -> Plan:
        """What to do next, until `close`."""
        while not self._closing:
            if not (yield from self._fetch()):
                yield Rest(self._wait_s)
            elif self._options.stream and self._clock() >= self._stream_from_s:
                yield from self._stream()
            else:
                yield Rest(self._options.poll_s * (0.9 + 0.2 * self._random()))

    def _fetch(self) -> Fetched:
        """Ask for the snapshot; whether what is held is now the server's."""
        etag = self._held.etag
        headers = {"Accept-Encoding": "gzip", "Accept": "application/json"}
        if etag is not None:
            headers["If-None-Match"] = etag
        request = Request(method="GET", path=SNAPSHOT_PATH, headers=headers)
        heard: Heard = yield Call(request, self._options.request_s)
        if isinstance(heard, Unreachable):
            self._failed(heard.why)
        elif heard.status == 304 and etag is not None:
            self._held.confirm()
            self._succeeded()
        elif heard.status == 200:
            yield from self._install(heard)
        else:
            self._refused(heard)
        self._settled()
        return self.failure is None

    def _install(self, answer: Answer) -> Plan:
        etag = answer.headers.get("etag")
        # Seconds for tens of thousands of tests: not in an event loop.
        fault: Exception | None = yield Work(lambda: self._installed(answer.body, etag))
        if fault is None:
            _LOG.info("snapshot_changed", extra={"version": self._held.snapshot.version})
            self._succeeded()
        else:
            self._failed(
                ServerUnsuitable(
                    f"the server's snapshot cannot be read ({fault}); server and client must be "
                    "of versions that fit"
                ),
                wait_s=self._options.retry_most_s,
            )

    def _installed(self, document: bytes, etag: str | None) -> Exception | None:
        try:
            self._held.install(document, etag)
        except (ValueError, TypeError, AbtestError) as fault:
            return fault
        return None

    def _refused(self, answer: Answer) -> None:
        match answer.status:
            case 401 | 403:
                refused = KeyRefused(status=answer.status, detail=answer.detail)
                self._failed(refused, wait_s=self._options.retry_most_s)
            case 404 | 405:
                why = f"the server has no {SNAPSHOT_PATH}: its address or its version is not right"
                self._failed(ServerUnsuitable(why), wait_s=self._options.retry_most_s)
            case _:
                wait_s = max(retry_after_s(answer) or 0.0, self._backoff.next_s())
                self._failed(answer.detail, wait_s=wait_s)

    def _stream(self) -> Plan:
        """Follow the stream until it breaks or a fetch fails."""
        heard: Heard = yield Listen(
            Request(method="GET", path=STREAM_PATH, headers={"Accept": "text/event-stream"}),
            self._options.request_s,
        )
        if not _is_stream(heard):
            why = heard.why if isinstance(heard, Unreachable) else f"status {heard.status}"
            self._stream_failed(why, again_s=STREAM_AGAIN_S)
            return
        reader = EventReader()
        spoke = False
        while not self._closing:
            chunk: bytes | None = yield Hear(self._options.silence_s if spoke else FIRST_WORD_S)
            if not chunk:
                break
            spoke = self.streaming = True
            try:
                told = [_etag(event.data) for event in reader.feed(chunk) if _tells(event.name)]
            except StreamMalformed:
                break
            self._held.confirm()
            if told and (told[-1] is None or told[-1] != _plain(self._held.etag)):
                yield Rest(SPREAD_S * self._random())
                if not (yield from self._fetch()):
                    break
        self.streaming = False
        yield HangUp()
        # A stream that ended in good order, as when its server stops, is opened at once elsewhere.
        self._stream_failed("ended", again_s=0.0 if spoke else STREAM_AGAIN_S)
        if not self._closing:
            yield Rest(self._options.poll_s * self._random())

    def _stream_failed(self, why: str, *, again_s: float) -> None:
        _LOG.info("stream_lost", extra={"why": why, "again_s": again_s})
        self._stream_from_s = self._clock() + again_s

    def _succeeded(self) -> None:
        if self.failure is not None:
            _LOG.warning("snapshot_fresh_again", extra={"after": str(self.failure)})
        self.failure = None
        self._backoff.reset()

    def _failed(self, failure: ClientError | str, *, wait_s: float | None = None) -> None:
        if str(failure) != str(self.failure):
            level = logging.ERROR if isinstance(failure, ClientError) else logging.WARNING
            _LOG.log(level, "snapshot_not_refreshed", extra={"why": str(failure)})
        self.failure = failure
        self._wait_s = self._backoff.next_s() if wait_s is None else wait_s


def _is_stream(heard: Heard) -> bool:
    if isinstance(heard, Unreachable) or heard.status != 200:
        return False
    return heard.headers.get("content-type", "").startswith("text/event-stream")


def _tells(name: str) -> bool:
    return name == "snapshot"


def _etag(data: str) -> str | None:
    """The ETag that an event tells; None where it tells none, which is fetched."""
    try:
        return _plain(str(json.loads(data)["etag"]))
    except (ValueError, TypeError, KeyError):
        return None


def _plain(etag: str | None) -> str | None:
    """An ETag without the mark of weakness, which proxies that pack answers add."""
    return None if etag is None else etag.removeprefix("W/")
