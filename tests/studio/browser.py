"""A real Chromium, spoken to through a pair of pipes: no driver, no network port, no library."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

PATIENCE_S = 60.0
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-dev-shm-usage", "--disable-extensions", "--disable-background-networking",
    "--disable-component-update", "--remote-debugging-pipe", "--window-size=800,600",
)  # fmt: skip


class Navigated(Exception):
    """The page went away before it answered."""


class Chromium:
    """A browser process, and what it says (Chrome DevTools Protocol over fds 3 and 4)."""

    def __init__(self, program: str, folder: Path) -> None:
        to_read, self._write = os.pipe()
        self._read, to_write = os.pipe()
        # The browser knows its pipes by these numbers.
        launch = f'exec "$0" "$@" 3<&{to_read} 4>&{to_write}'
        self._process = subprocess.Popen(
            ["bash", "-c", launch, program, *FLAGS, f"--user-data-dir={folder}", "about:blank"],
            pass_fds=(to_read, to_write),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(to_read)
        os.close(to_write)
        self._answers: dict[int, dict[str, Any]] = {}
        self.events: deque[dict[str, Any]] = deque(maxlen=5000)
        self._heard = threading.Condition()
        self._number = 0
        self._ended = False
        self._reader = threading.Thread(target=self._listen, daemon=True)
        self._reader.start()

    def ask(self, method: str, session: str | None = None, **params: Any) -> dict[str, Any]:
        """Send a command and wait for its result."""
        with self._heard:
            self._number += 1
            number = self._number
        message: dict[str, Any] = {"id": number, "method": method, "params": params}
        if session is not None:
            message["sessionId"] = session
        os.write(self._write, json.dumps(message).encode() + b"\0")
        self.wait(lambda: number in self._answers)
        answer = self._answers.pop(number)
        if "navigated" in answer.get("error", {}).get("message", ""):
            raise Navigated
        assert "error" not in answer, (method, answer["error"])
        result: dict[str, Any] = answer["result"]
        return result

    def wait(self, holds: Callable[[], bool]) -> None:
        """Wait until something was heard."""
        with self._heard:
            assert self._heard.wait_for(lambda: holds() or self._ended, PATIENCE_S), "no answer"
        assert holds(), "the browser ended"

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
        self._reader.join(5)
        os.close(self._write)
        os.close(self._read)

    def _listen(self) -> None:
        pending = b""
        while chunk := os.read(self._read, 1 << 16):
            *messages, pending = (pending + chunk).split(b"\0")
            with self._heard:
                for raw in messages:
                    message = json.loads(raw)
                    if "id" in message:
                        self._answers[message["id"]] = message
                    else:
                        self.events.append(message)
                self._heard.notify_all()
        with self._heard:
            self._ended = True
            self._heard.notify_all()


class Page:
    """One tab, with nothing kept from any other."""

    def __init__(self, browser: Chromium) -> None:
        self._browser = browser
        self._context = browser.ask("Target.createBrowserContext")["browserContextId"]
        target = browser.ask(
            "Target.createTarget", url="about:blank", browserContextId=self._context
        )
        self._session = browser.ask(
            "Target.attachToTarget", targetId=target["targetId"], flatten=True
        )["sessionId"]
        for domain in ("Page", "Runtime"):
            self.ask(f"{domain}.enable")

    def ask(self, method: str, **params: Any) -> dict[str, Any]:
        return self._browser.ask(method, self._session, **params)

    def before_all(self, script: str) -> None:
        """Run a script in each document, before its own."""
        self.ask("Page.addScriptToEvaluateOnNewDocument", source=script)

    def go(self, url: str) -> None:
        """Open an address and wait until it is loaded."""
        seen = self._count("Page.loadEventFired")
        self.ask("Page.navigate", url=url)
        self._browser.wait(lambda: self._count("Page.loadEventFired") > seen)

    def run(self, expression: str) -> Any:
        """The value of an expression; promises are waited for."""
        answer = self.ask(
            "Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True
        )
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def until(self, expression: str) -> None:
        """Wait in the page, or in the one that comes after it, until an expression is true."""
        look = (
            "new Promise(done => { const look = () => "
            f"({expression}) ? done(true) : setTimeout.call(window, look, 10); look(); }})"
        )
        try:
            self.run(look)
        except Navigated:
            self.run(look)

    @property
    def complaints(self) -> list[str]:
        """Uncaught errors, and what scripts wrote to the console as errors."""
        return [
            json.dumps(one["params"])
            for one in self._mine()
            if one["method"] == "Runtime.exceptionThrown"
            or (
                one["method"] == "Runtime.consoleAPICalled"
                and one["params"]["type"] in ("error", "assert")
            )
        ]

    def close(self) -> None:
        self._browser.ask("Target.disposeBrowserContext", browserContextId=self._context)

    def _mine(self) -> list[dict[str, Any]]:
        return [one for one in list(self._browser.events) if one.get("sessionId") == self._session]

    def _count(self, method: str) -> int:
        return sum(one["method"] == method for one in self._mine())


@contextmanager
def chromium(folder: Path) -> Iterator[Chromium]:
    """A browser; skips where none is installed."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        pytest.skip("no Chromium here; run `apt-get install chromium`")
    browser = Chromium(program, folder)
    try:
        yield browser
    finally:
        browser.close()
