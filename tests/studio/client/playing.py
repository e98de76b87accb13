"""Plans performed by hand: no socket, no thread, and a clock that moves only when a plan rests."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

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
    Work,
)
from studio.client.outbox import Outbox

Server = Callable[[Request], Heard]


def answer(status: int = 200, body: object = None, **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    return Answer(status=status, headers=named, body=raw)


class Stage:
    """Performs a plan against a server that is a function."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.now_s = 1000.0
        self.began_s = 1000.0
        self.calls: list[tuple[float, Request]] = []
        self.rests: list[float | None] = []
        self.chunks: Iterator[bytes | None] = iter(())
        self.hung_up = 0
        self._plan: Plan | None = None
        self._effect: Effect | None = None
        self._woken = False

    def clock(self) -> float:
        return self.now_s

    def wake(self) -> None:
        self._woken = True

    def stream(self, chunks: Iterable[bytes | None]) -> None:
        """What the stream will say when it is listened to."""
        self.chunks = iter(chunks)

    @property
    def elapsed_s(self) -> float:
        return self.now_s - self.began_s

    def play(self, plan: Plan, *, for_s: float = 0.0, most: int = 10_000) -> bool:
        """Perform until the time is over or the plan waits to be woken; whether it has ended."""
        until_s = self.now_s + for_s
        for _ in range(most):
            try:
                if self._plan is not plan:
                    self._plan, self._effect = plan, next(plan)
                if isinstance(self._effect, Rest) and not self._rested(self._effect, until_s):
                    return False
                self._effect = plan.send(self._perform(self._effect))
            except StopIteration:
                return True
        raise AssertionError(f"a plan that never rests: {self._effect}")

    def _rested(self, rest: Rest, until_s: float) -> bool:
        if self._woken:
            self._woken = False
            return True
        due_s = float("inf") if rest.timeout_s is None else self.now_s + rest.timeout_s
        if due_s > until_s:
            # What is left of the rest is rested when the play goes on.
            left_s = None if rest.timeout_s is None else due_s - until_s
            self._effect, self.now_s = Rest(left_s), until_s
            return False
        self.rests.append(rest.timeout_s)
        self.now_s = due_s
        return True

    def _perform(self, effect: Effect | None) -> object:
        match effect:
            case Call(request, _) | Listen(request, _):
                self.calls.append((self.elapsed_s, request))
                return self.server(request)
            case Hear():
                return next(self.chunks, b"")
            case HangUp():
                self.hung_up += 1
            case Work(work):
                return work()
        return None


def ids_of(request: Request) -> list[str]:
    """The events of a request."""
    return [event["id"] for event in json.loads(request.body)["events"]]


def line(number: int, **more: Any) -> bytes:
    """An event as it lies in the outbox."""
    return json.dumps({"id": f"e{number}", **more}).encode()


class Intake:
    """A server that remembers events by id, and can be told to fail."""

    def __init__(self) -> None:
        self.seen: dict[str, int] = {}
        self.failures: list[Heard] = []

    def __call__(self, request: Request) -> Heard:
        if self.failures:
            return self.failures.pop(0)
        ids = ids_of(request)
        new = [each for each in ids if each not in self.seen]
        for each in ids:
            self.seen[each] = self.seen.get(each, 0) + 1
        duplicates = len(ids) - len(new)
        return answer(body={"accepted": len(new), "duplicates": duplicates, "rejected": []})


def fill(outbox: Outbox, numbers: Iterable[int]) -> list[bool]:
    return [outbox.put(line(number)) for number in numbers]
