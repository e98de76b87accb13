"""`packshot serve --workers`: several processes on one port, and what becomes of requests."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import httpx
import pytest

from tests.studio.cli.test_serve import process

ASKED = {"unit": "s", "items": ["mug"]}
LIMIT_S = 120.0


class Crew:
    """A running crew: its address, and what it logged."""

    def __init__(self, running: subprocess.Popen[str]) -> None:
        self.running = running
        self.logged: list[dict[str, object]] = []
        self._heard = threading.Condition()
        self._over = False
        self._reader = threading.Thread(target=self._read)
        self._reader.start()
        self.url = str(self.wait_for("listening")["url"])

    def events(self, event: str, **fields: object) -> list[dict[str, object]]:
        return [
            one for one in self.logged if one["event"] == event and fields.items() <= one.items()
        ]

    def wait_for(
        self, event: str, *, other_than: int | None = None, **fields: object
    ) -> dict[str, object]:
        """The first such event; of a process's starts, the first of another one than is known."""

        def found() -> list[dict[str, object]]:
            return [
                one
                for one in self.events(event, **fields)
                if other_than is None or one["pid"] != other_than
            ]

        with self._heard:
            self._heard.wait_for(lambda: bool(found() or self._over), timeout=LIMIT_S)
        assert found(), self.logged
        return found()[0]

    def names(self) -> set[str]:
        """Of the processes that answer."""
        started = self.events("process_started")
        return {str(one["process"]) for one in started} - {"background"}

    def pid_of(self, name: str) -> int:
        """Of the process that holds a post now."""
        pid = self.events("process_started", process=name)[-1]["pid"]
        assert isinstance(pid, int)
        return pid

    def end(self) -> int:
        self.running.terminate()
        code = self.running.wait(LIMIT_S)
        self._reader.join()
        return code

    def _read(self) -> None:
        assert self.running.stderr is not None
        for line in self.running.stderr:
            if not line.startswith("{"):
                continue  # a word to the person at the terminal
            with self._heard:
                self.logged.append(json.loads(line))
                self._heard.notify_all()
        with self._heard:
            self._over = True
            self._heard.notify_all()


@pytest.fixture(scope="module")
def crew(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crew]:
    home = tmp_path_factory.mktemp("home")
    with process(home, "serve", "--port", "0", "--workers", "2") as running:
        made = Crew(running)
        yield made
        assert made.end() == 0
        assert made.logged[-1]["event"] == "stopped"
        assert not made.events("process_killed")
        for name in ("server-1", "server-2", "background"):
            with pytest.raises(ProcessLookupError):
                os.kill(made.pid_of(name), 0)


@contextmanager
def asking(crew: Crew, *, keep_alive: bool) -> Iterator[list[object]]:
    """A client that keeps asking for the length of the block; what it got."""
    enough = threading.Event()
    got: list[object] = []
    limits = httpx.Limits(max_keepalive_connections=1 if keep_alive else 0)

    def ask() -> None:
        with httpx.Client(base_url=crew.url, timeout=LIMIT_S, limits=limits) as client:
            while not enough.is_set():
                try:
                    got.append(client.post("/v1/decide", json=ASKED).status_code)
                except httpx.HTTPError as fault:
                    got.append(fault)

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        yield got
    finally:
        enough.set()
        thread.join()


def test_a_change_reaches_every_process(crew: Crew) -> None:
    variants = [{"name": "a", "image": "a.webp"}, {"name": "b", "image": "b.webp"}]
    with httpx.Client(base_url=crew.url, timeout=LIMIT_S) as client:
        made = client.post("/v1/tests", json={"item": "mug", "variants": variants}).json()
        assert client.post(f"/v1/tests/{made['id']}/start").status_code == 200
    pause = threading.Event()
    answers: list[str] = []
    # Each request on a connection of its own: many in a row come from both processes.
    while answers[-20:] != ["test"] * 20:
        answer = httpx.post(f"{crew.url}/v1/decide", json=ASKED).json()
        answers.append(answer["decisions"][0]["reason"])
        assert len(answers) < 3000
        pause.wait(0.01)


def test_events_count_once_whichever_process_takes_them(crew: Crew) -> None:
    test = httpx.get(f"{crew.url}/v1/tests").json()[0]["id"]
    event = {"type": "impression", "item": "mug", "test": test, "variant": "a"}
    batches = [
        [{**event, "id": f"e{batch}-{number}", "unit": f"u{number}"} for number in range(25)]
        for batch in range(8)
    ]

    def send(events: list[dict[str, str]]) -> tuple[int, int]:
        answer = httpx.post(f"{crew.url}/v1/events", json={"events": events}, timeout=LIMIT_S)
        assert answer.status_code == 200, answer.text
        return answer.json()["accepted"], answer.json()["duplicates"]

    with ThreadPoolExecutor(4) as senders:
        taken = list(senders.map(send, [*batches, *batches]))
    assert sum(accepted for accepted, _ in taken) == 200
    assert sum(duplicates for _, duplicates in taken) == 200


def test_no_request_is_dropped_while_a_process_is_replaced(crew: Crew) -> None:
    with asking(crew, keep_alive=True) as kept, asking(crew, keep_alive=False) as fresh:
        before = crew.pid_of("server-1")
        os.kill(before, signal.SIGTERM)
        crew.wait_for("process_died", process="server-1", exit_code=0)
        crew.wait_for("process_started", process="server-1", other_than=before)
        pause = threading.Event()
        enough = len(kept) + 20
        while len(kept) < enough:
            pause.wait(0.01)
    assert set(kept) == set(fresh) == {200}


def test_a_killed_process_is_started_again_and_the_others_answer(crew: Crew) -> None:
    before = crew.pid_of("background")
    os.kill(before, signal.SIGKILL)
    crew.wait_for("process_died", process="background", exit_code=-9)
    crew.wait_for("process_started", process="background", other_than=before)
    ready = httpx.get(f"{crew.url}/readyz", timeout=LIMIT_S)
    assert (ready.status_code, ready.json()["ready"]) == (200, True)


def test_one_scrape_tells_of_every_process(crew: Crew) -> None:
    httpx.post(f"{crew.url}/v1/decide", json=ASKED).raise_for_status()
    pause = threading.Event()
    wanted = {f'packshot_decide_failures_total{{process="{name}"}} 0' for name in crew.names()}
    while not wanted <= set((page := httpx.get(f"{crew.url}/metrics").text).splitlines()):
        assert not pause.wait(0.05)
    assert page.count("# TYPE packshot_decide_failures_total counter") == 1
    assert page.count("# TYPE packshot_snapshot_age_seconds gauge") == 1
