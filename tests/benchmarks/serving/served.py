"""One server to be measured, as a process: `python -m tests.benchmarks.serving.served KIND HOME`.

All kinds run on the product's own server class. It prints the port that it listens on.
"""

import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import structlog
from fastapi import FastAPI
from pydantic import BaseModel

from studio.api.app import create_app
from studio.api.collecting import set_aside
from studio.api.following import following
from studio.api.server import Server
from studio.api.services import Services
from tests.benchmarks.serving import workload
from tests.studio.serving import make_services

_ANSWER_BYTES: Final = 5_200


class Decision(BaseModel):
    """As an ordinary route would tell it."""

    item: str
    image: str | None
    variant: str | None
    test: str | None
    segment: str | None
    propensity: float | None
    reason: str


class Answer(BaseModel):
    """As an ordinary route would answer."""

    snapshot: str
    decisions: list[Decision]


class Asked(BaseModel):
    """As an ordinary route would read it."""

    unit: Any = None
    attributes: Any = None
    items: list[Any]
    placement: Any = None


class Nothing:
    """A quick answer that looks at nothing and says nothing."""

    path = b"/v1/decide"
    limit_bytes = 2**20

    def reply(self, _headers: dict[bytes, bytes], _body: bytes) -> tuple[bytes, bytes]:
        """Two bytes."""
        return b"0123456789abcdef", b"{}"


def empty(_home: Path) -> Any:
    """A handler that reads the request and answers two bytes."""
    return _constant(b"{}")


def sized(_home: Path) -> Any:
    """A handler that reads the request and answers as many bytes as 30 decisions take."""
    return _constant(b"x" * _ANSWER_BYTES)


def _constant(answer: bytes) -> Any:
    length = b"%d" % len(answer)

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            for kind in ("startup", "shutdown"):
                await receive()
                await send({"type": f"lifespan.{kind}.complete"})
            return
        while (await receive()).get("more_body"):
            pass
        headers = [(b"content-type", b"application/json"), (b"content-length", length)]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": answer})

    return app


def packshot(home: Path) -> Any:
    """The product, as a serving process of several runs it."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(30))

    @contextmanager
    def settled(services: Services) -> Iterator[None]:
        with following(services):
            set_aside()
            yield

    return create_app(make_services(home), loopback=True, beside=settled)


def route(home: Path) -> Any:
    """The same decisions through an ordinary route: pydantic in, pydantic out."""
    feed = make_services(home).feed
    app = FastAPI()

    @app.post("/v1/decide")
    async def decide(asked: Asked) -> Answer:
        answer = feed.decide(asked.unit, asked.attributes, asked.items)
        decisions = [
            Decision(
                item=one.item,
                image=one.image,
                variant=one.variant,
                test=one.test,
                segment=one.segment,
                propensity=one.propensity,
                reason=str(one.reason),
            )
            for one in answer.decisions
        ]
        return Answer(snapshot=answer.snapshot, decisions=decisions)

    return app


def growthbook(_home: Path) -> Any:
    """The same tests evaluated by GrowthBook's SDK, behind an ordinary route."""
    from growthbook import GrowthBook

    client = GrowthBook(features=workload.features())
    app = FastAPI()

    @app.post("/v1/decide")
    async def decide(asked: Asked) -> Answer:
        client.set_attributes({**asked.attributes, "id": asked.unit})
        decisions = []
        for item in asked.items:
            found = client.eval_feature(item)
            result = found.experimentResult
            decisions.append(
                Decision(
                    item=item,
                    image=found.value,
                    variant=None if result is None else result.key,
                    test=None if found.experiment is None else found.experiment.key,
                    segment=None,
                    propensity=None,
                    reason=found.source,
                )
            )
        return Answer(snapshot="1", decisions=decisions)

    return app


KINDS: dict[str, Callable[[Path], Any]] = {
    "empty": empty,
    "sized": sized,
    "quick": empty,
    "packshot": packshot,
    "route": route,
    "growthbook": growthbook,
}


def main() -> None:
    """Serve until SIGTERM."""
    kind, home = sys.argv[1], Path(sys.argv[2])
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(2048)
        print(listening.getsockname()[1], flush=True)
        app = KINDS[kind](home)
        quick = (
            Nothing() if kind == "quick" else getattr(getattr(app, "state", None), "quick", None)
        )
        Server(app, stopping=threading.Event(), quick=quick).run(sockets=[listening])


if __name__ == "__main__":
    main()
