"""The load of a shop that knows what it sent: three clients, each in a thread of its own."""

from __future__ import annotations

import json
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from studio.client import Client, Options
from tests.faults.intake import VARIANTS, Cells
from tests.faults.waiting import until

_JSON = {"Content-Type": "application/json"}
_PAGE = {"Origin": "https://shop.example"}
BATCH = 20
ITEM = "mug"
PAUSE_S = 0.05
"""Between two requests of a client: the load must leave the server some of the machine."""
PRICE = 20
OPTIONS = Options(
    start_s=30.0, flush_s=0.05, spill_after_s=0.0, retry_first_s=0.05, retry_most_s=0.5, close_s=5
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What came of everything so far.

    Parameters
    ----------
        decided  : answers over HTTP that showed a variant of the test
        wrong    : other answers, and requests that failed
        slowest_s : of the decisions over HTTP, while the server ran all the time
        cut      : requests that a restart of the server cut off
        posted   : batches of events that were taken over HTTP
        resent   : of these, ones that had been taken before
        refused  : batches of events that were answered 503, with Retry-After
        recorded : events that the shop's client was given
        reported : of these, ones that the server took
        spilled  : of these, ones that were on disk for a while
        dropped  : of these, ones that were lost
        shown    : decisions of the shop's client that were not of the test
    """

    decided: int
    wrong: tuple[str, ...]
    slowest_s: float
    cut: int
    posted: int
    resent: int
    refused: int
    recorded: int
    reported: int
    spilled: int
    dropped: int
    shown: tuple[str, ...]


class Shoppers:
    """Asks, posts and reports until told to finish.

    Parameters
    ----------
        client : of the shop, started
    """

    def __init__(self, url: str, *, key: str, client: Client, test: str) -> None:
        self._test = test
        self._client = client
        self._http = httpx.Client(
            base_url=url, headers={"Authorization": f"Bearer {key}"}, timeout=60
        )
        self._done: dict[tuple[str, str], set[str]] = defaultdict(set)
        self._decided = self._cut = self._posted = self._resent = self._refused = 0
        self._recorded = 0
        self._slowest_s = 0.0
        self._wrong: list[str] = []
        self._shown: list[str] = []
        self._forgiving = self._gave_up = False
        self._enough = threading.Event()
        self._back = threading.Event()
        self._threads = [
            threading.Thread(target=self._go_on, args=(turn,), name=turn.__name__)
            for turn in (self._ask, self._post, self._shop)
        ]

    def start(self) -> None:
        """Begin."""
        for thread in self._threads:
            thread.start()

    def finish(self) -> None:
        """Send no new events, and wait until the server has taken all."""
        self._end()
        until(lambda: self.standing().reported >= self._recorded, lambda: self._client.health)

    def close(self) -> None:
        """End at once, whatever is still under way."""
        self._gave_up = True
        self._back.set()
        self._end()
        self._http.close()

    def _end(self) -> None:
        """Send nothing new; a batch that was refused is sent until it is taken."""
        self._enough.set()
        for thread in self._threads:
            thread.join()

    def resume(self) -> None:
        """Who waits as it was told may try again now: the test knows that the database is back."""
        self._back.set()

    @contextmanager
    def forgiving(self) -> Iterator[None]:
        """For the length of the block, requests may be cut off: the server is being killed."""
        self._forgiving = True
        yield
        self._forgiving = False

    def standing(self) -> Standing:
        """What came of everything so far."""
        tally = self._client.health.tally
        return Standing(
            decided=self._decided,
            wrong=tuple(self._wrong),
            slowest_s=round(self._slowest_s, 3),
            cut=self._cut,
            posted=self._posted,
            resent=self._resent,
            refused=self._refused,
            recorded=self._recorded,
            # An event whose answer was cut off is a duplicate the second time.
            reported=tally.accepted + tally.duplicates,
            spilled=tally.spilled,
            dropped=tally.dropped + tally.rejected,
            shown=tuple(self._shown),
        )

    def expected(self) -> Cells:
        """What the counts must be, worked out from the events alone."""
        cells = {variant: [0, 0, 0, 0] for variant in VARIANTS}
        for (_, variant), kinds in self._done.items():
            sold = "conversion" in kinds
            one = (1, "click" in kinds, sold, PRICE * 1_000_000 * sold)
            cells[variant] = [have + more for have, more in zip(cells[variant], one, strict=True)]
        return {name: (c[0], c[1], c[2], c[3]) for name, c in cells.items()}

    def _go_on(self, turn: Callable[[int], None]) -> None:
        number = 0
        while not self._enough.wait(PAUSE_S):
            try:
                turn(number)
            except Exception as fault:  # noqa: BLE001 - outermost loop of a thread; what failed is for the test
                self._wrong.append(f"{turn.__name__}: {fault!r}")
            number += 1

    def _ask(self, number: int) -> None:
        """Each second time as a page does, whose requests go another way through the server."""
        headers, was_forgiving = _PAGE if number % 2 else {}, self._forgiving
        answer = self._sent("/v1/decide", {"unit": f"a{number}", "items": [ITEM]}, headers)
        if answer is None:
            return
        if not was_forgiving:
            self._slowest_s = max(self._slowest_s, answer.elapsed.total_seconds())
        reason = answer.json()["decisions"][0]["reason"] if answer.status_code == 200 else "-"
        if reason == "test":
            self._decided += 1
        else:
            self._wrong.append(f"{answer.status_code} {answer.text}")

    def _post(self, number: int) -> None:
        """A batch, until it is taken; each tenth twice more."""
        events = [
            {
                "id": f"h{number}-{place}-{kind}", "type": kind, "unit": f"h{number}-{place}",
                "item": ITEM, "test": self._test, "variant": variant,
                **({"value": PRICE} if kind == "conversion" else {}),
            }
            for place, variant in enumerate(_spread(number))
            for kind in _kinds(place)
        ]  # fmt: skip
        for again in range(3 if number % 10 == 0 else 1):
            self._deliver({"events": events})
            self._posted += 1
            self._resent += again > 0
        for event in events:
            self._done[str(event["unit"]), str(event["variant"])].add(str(event["type"]))

    def _deliver(self, body: dict[str, object]) -> None:
        while not self._gave_up:
            self._back.clear()
            answer = self._sent("/v1/events", body)
            if answer is not None and answer.status_code == 200:
                return
            wait_s = 0.05
            if answer is not None:
                # Refused: what was said to be wrong, and when to come again.
                assert answer.status_code == 503, answer.text
                wait_s = float(answer.headers["Retry-After"])
                self._refused += 1
            self._back.wait(wait_s)

    def _shop(self, number: int) -> None:
        unit = f"c{number}"
        chosen = self._client.show(unit, {}, [ITEM])[ITEM]
        if chosen.reason != "test" or chosen.variant is None:
            self._shown.append(chosen.reason)
            return
        kinds = _kinds(number)
        if "click" in kinds:
            self._client.click(chosen)
        if "conversion" in kinds:
            self._client.conversion(chosen, value=PRICE)
        self._done[unit, chosen.variant].update(kinds)
        self._recorded += len(kinds)

    def _sent(
        self, path: str, body: dict[str, object], headers: Mapping[str, str] = _JSON
    ) -> httpx.Response | None:
        """The answer; None for a request that was cut off when it may be."""
        try:
            return self._http.post(path, content=json.dumps(body), headers={**_JSON, **headers})
        except httpx.TransportError:
            if not self._forgiving:
                raise
            self._cut += 1
            return None


def _spread(number: int) -> list[str]:
    return [VARIANTS[(number + place) % len(VARIANTS)] for place in range(BATCH)]


def _kinds(number: int) -> tuple[str, ...]:
    """What a shopper does: all see, some click, and some of these buy."""
    return ("impression", "click", "conversion")[: 1 + (number % 3 == 0) + (number % 6 == 0)]


@contextmanager
def shopping(url: str, *, key: str, home: Path, test: str) -> Iterator[Shoppers]:
    """The load, for the length of the block."""
    with Client(url, key=key, home=home, options=OPTIONS) as client:
        shoppers = Shoppers(url, key=key, client=client, test=test)
        shoppers.start()
        try:
            yield shoppers
        finally:
            shoppers.close()
