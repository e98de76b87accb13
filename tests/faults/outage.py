"""Take the database away from a shop that runs, bring it back, and see what became of each event.

    python -m tests.faults.outage [--seconds 30]

`packshot serve --workers 2` runs on a PostgreSQL of its own, under the load of `shoppers.Shoppers`.
The database is killed (SIGKILL to all its processes), later hung (SIGSTOP to them), and at last
stopped in order; each time it is away for at least the given seconds, and until each client has
noticed. The last time, the server is restarted meanwhile, with its snapshot's file damaged: it must
serve from the one before. At the end the database hangs once more, and the server is told to stop.
"""

from __future__ import annotations

import argparse
import tempfile
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx

from studio.bootstrap.shell import Shell, open_shell
from studio.db.counts import counts_of
from studio.db.engine import reading
from studio.services.tests import NewTest, NewVariant
from studio.settings import Settings
from tests.faults.intake import VARIANTS, Cells
from tests.faults.packshot import COMMAND, Packshot, packshot
from tests.faults.postgres import Postgres, postgres
from tests.faults.shoppers import Shoppers, Standing, shopping
from tests.faults.waiting import until
from tests.studio.serving import photo

ITEM = "mug"
PICTURED = "lamp"
SNAPSHOT = "snapshot.json"
ELDER = "snapshot.json.previous"
PAGE = "https://shop.example"
IMPATIENT = f"""
from studio.api import ending, write_threads
write_threads.PATIENCE_S = 0.5
ending.END_S = 2.0
{COMMAND}
"""
"""The command line, which refuses events of a database that hangs, and ends in spite of it, sooner
than it does else."""
FLOW = 10
"""Answers of each kind that show that something flows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a run came to.

    Parameters
    ----------
        standing : of the clients, at the end
        readiness : what the server said of itself in each outage
        exit_code : of the server, when it was told to stop at the end, while its database hung
    """

    counted: Cells
    expected: Cells
    standing: Standing
    readiness: tuple[dict[str, object], ...]
    exit_code: int


def run(folder: Path, *, seconds: float) -> Outcome:
    """Three outages of at least so many seconds each, of `packshot serve --workers 2`.

    Parameters
    ----------
        folder : for the home folders of server and client
    """

    def play(shop: Shop) -> list[dict[str, object]]:
        shop.need_two_snapshots()
        return [
            shop.without(shop.database.kill, seconds=seconds),
            shop.without(shop.database.hang, seconds=seconds),
            shop.without(shop.database.stop, seconds=seconds, meanwhile=shop.restart_damaged),
        ]

    return _played(folder, play, words=("--workers", "2"), code=COMMAND)


def run_briefly(folder: Path) -> Outcome:
    """The database of a single process is killed, then hung, until everybody has noticed."""

    def play(shop: Shop) -> list[dict[str, object]]:
        return [shop.without(shop.database.kill), shop.without(shop.database.hang)]

    return _played(folder, play, words=(), code=IMPATIENT)


def _played(
    folder: Path,
    play: Callable[[Shop], list[dict[str, object]]],
    *,
    words: tuple[str, ...],
    code: str,
) -> Outcome:
    with postgres() as database:
        settings = Settings(home=folder / "server", database_url=database.url, images="signed")
        shell = open_shell(settings)
        key = shell.keys.create(name="shop", scopes=("decide", "events")).secret
        test = _start_test(shell, ITEM)
        _start_test(shell, PICTURED, image=shell.store.put(photo()).digest)
        environment = {
            "PACKSHOT_DATABASE_URL": database.url,
            "PACKSHOT_WORKERS": "1",
            "PACKSHOT_CORS_ORIGINS": PAGE,
            "PACKSHOT_IMAGES": "signed",
        }
        with packshot(folder / "server", *words, environment=environment, code=code) as server:
            until(lambda: _is_ready(server), "a server with a snapshot")
            with shopping(server.url, key=key, home=folder / "client", test=test) as shoppers:
                shop = Shop(shell, database, server, shoppers, key)
                shop.flows(events=False)
                readiness = play(shop)
                shoppers.finish()
            # All is delivered. Who stops now has threads that wait for an answer, and ends.
            database.hang()
            exit_code = server.stop()
            database.start()
        shell.events.counter.settle()
        outcome = Outcome(
            counted=_counted(shell, test),
            expected=shoppers.expected(),
            standing=shoppers.standing(),
            readiness=tuple(readiness),
            exit_code=exit_code,
        )
        shell.engine.dispose()
    return outcome


def _is_ready(server: Packshot) -> bool:
    return httpx.get(f"{server.url}/readyz", timeout=60).status_code == 200


def _start_test(shell: Shell, item: str, *, image: str = "") -> str:
    variants = tuple(NewVariant(name=name, image=image or f"{name}.webp") for name in VARIANTS)
    test = shell.tests.create(NewTest(item=item, variants=variants), who="x").id
    shell.tests.start(test, who="x")
    return test


@dataclass(frozen=True, slots=True)
class Shop:
    """A running server, its database and its shoppers."""

    shell: Shell
    database: Postgres
    server: Packshot
    shoppers: Shoppers
    key: str

    def without(
        self,
        take_away: Callable[[], None],
        *,
        seconds: float = 0.0,
        meanwhile: Callable[[], None] = lambda: None,
    ) -> dict[str, object]:
        """One outage under load; what the server said of itself in it."""
        self.flows(events=True)
        shoppers, before = self.shoppers, self.shoppers.standing()
        take_away()
        over = threading.Event()
        timer = threading.Timer(seconds, over.set)
        timer.start()
        until(lambda: shoppers.standing().refused > before.refused, "events that are refused")
        until(
            lambda: shoppers.standing().spilled > before.spilled + FLOW,
            "events on the client's disk",
        )
        meanwhile()
        self.flows(events=False)
        self.shows_pictures()
        over.wait()
        readiness: dict[str, object] = httpx.get(f"{self.server.url}/readyz", timeout=30).json()
        self.database.start()
        shoppers.resume()
        self.flows(events=True)
        return readiness

    def shows_pictures(self) -> None:
        """Fetch an image at the address that a decision gives, as a shopper's browser does."""
        asked = {"unit": "u", "items": [PICTURED]}
        bearer = {"Authorization": f"Bearer {self.key}"}
        with httpx.Client(base_url=self.server.url, timeout=30) as client:
            told = client.post("/v1/decide", json=asked, headers=bearer).json()
            url = str(told["decisions"][0]["image"])
            assert "?sig=" in url, url
            for _ in range(FLOW):
                shown = client.get(url)
                assert shown.status_code == 200, shown.text
                assert shown.headers["content-type"] == "image/jpeg"
            assert client.get(f"{url}x").status_code == 403

    def flows(self, *, events: bool) -> None:
        """Wait until decisions go on; and events too, from both clients that send them."""
        before = self.shoppers.standing()

        def do_flow() -> bool:
            now = self.shoppers.standing()
            return now.decided >= before.decided + FLOW and (
                not events or (now.posted > before.posted and now.reported > before.reported + FLOW)
            )

        until(do_flow, lambda: (before, self.shoppers.standing()))

    def need_two_snapshots(self) -> None:
        """Change something, so that there is a snapshot before the last."""
        _start_test(self.shell, "cup")
        until((self.server.home / ELDER).exists, "a second snapshot")

    def restart_damaged(self) -> None:
        """Kill the whole server, damage its snapshot, and start it without its database."""
        with self.shoppers.forgiving():
            self.server.kill()
            file = self.server.home / SNAPSHOT
            file.write_bytes(file.read_bytes()[:-20])
            self.server.start()
            self.flows(events=False)


def _counted(shell: Shell, test: str) -> Cells:
    with reading(shell.engine) as connection:
        counts = counts_of(connection, test)
    return {
        one.variant: (one.impressions, one.clicks, one.conversions, one.value_micros)
        for one in counts
    }


def main(argv: Sequence[str] | None = None) -> int:
    """Run once and tell."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--seconds", type=float, default=30.0)
    asked = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as folder:
        found = run(Path(folder), seconds=asked.seconds)
    print(found.standing)
    for variant, cells in sorted(found.expected.items()):
        print(f"  {variant:8} expected {cells}  counted {found.counted.get(variant)}")
    exact = found.counted == found.expected
    print("exact" if exact else "NOT EXACT")
    return 0 if exact else 1


if __name__ == "__main__":
    raise SystemExit(main())
