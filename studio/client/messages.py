"""What a client says and hears, free of sockets: requests, answers, and what to do next."""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request to the server; `path` begins below the server's address."""

    method: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the server answered; names of headers are in small letters."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def detail(self) -> str:
        """Why the server refused, from its problem document where it sent one."""
        try:
            problem = json.loads(self.body)
            return str(problem["detail"])
        except (ValueError, KeyError, TypeError):
            return f"status {self.status}"


@dataclass(frozen=True, slots=True)
class Unreachable:
    """No answer came, and why: refused, timed out, cut off."""

    why: str


Heard: TypeAlias = Answer | Unreachable


@dataclass(frozen=True, slots=True)
class Call:
    """Send a request; gives what was heard."""

    request: Request
    timeout_s: float


@dataclass(frozen=True, slots=True)
class Listen:
    """Open a stream; gives the answer's head, or the whole answer where it is no stream."""

    request: Request
    timeout_s: float


@dataclass(frozen=True, slots=True)
class Hear:
    """Wait for the stream's next bytes; gives None if none came in time, b"" when it ended."""

    timeout_s: float


@dataclass(frozen=True, slots=True)
class HangUp:
    """Close the stream."""


@dataclass(frozen=True, slots=True)
class Rest:
    """Wait, until woken or until the time is over; None: until woken."""

    timeout_s: float | None


@dataclass(frozen=True, slots=True)
class Work:
    """Do what may take a while and touches the disk; gives its result."""

    work: Callable[[], object]


Effect: TypeAlias = Call | Listen | Hear | HangUp | Rest | Work
Plan: TypeAlias = Generator[Effect, Any, None]
"""What to do next, step by step: a plan yields an effect and is sent what came of it.

Plans hold all rules, of sending, waiting and trying again. The two shells, one of threads and one
of asyncio, only perform effects, and tests perform them by hand.
"""
