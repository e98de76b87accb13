"""A crew's connections are shared out, whichever process would be quicker to take them."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from multiprocessing.context import SpawnProcess

import pytest

from studio.api.accepting import Acceptor, Held, Share


class _Noted(asyncio.Protocol):
    """What a server's protocol does: it notes itself while its connection lasts."""

    def __init__(self, held: Held[asyncio.Protocol]) -> None:
        self._held = held
        self.transport: asyncio.BaseTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self._held.add(self)

    def connection_lost(self, _fault: Exception | None) -> None:
        self._held.discard(self)


@pytest.fixture
def listening() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0), backlog=128) as one:
        yield one


class _Process:
    """What a process of a crew has, here beside others in one loop."""

    def __init__(
        self, listening: socket.socket, share: Share, *, patience_s: float = 3600.0
    ) -> None:
        self.held: Held[asyncio.Protocol] = Held(share)
        self.share = share
        self._socket = listening.dup()
        self.acceptor = Acceptor(
            self._socket,
            share=share,
            held=self.held,
            protocol=lambda: _Noted(self.held),
            patience_s=patience_s,
        )

    async def close(self) -> None:
        self.acceptor.close()
        await self.acceptor.wait_closed()
        for one in list(self.held):
            assert isinstance(one, _Noted)
            assert isinstance(one.transport, asyncio.Transport)
            one.transport.abort()
        await until(lambda: not self.held)
        self._socket.close()


async def until(reached: object) -> None:
    assert callable(reached)
    async with asyncio.timeout(60):
        while not reached():
            await asyncio.sleep(0)


def connect(clients: ExitStack, listening: socket.socket, count: int) -> list[socket.socket]:
    address = listening.getsockname()
    return [clients.enter_context(socket.create_connection(address)) for _ in range(count)]


def test_connections_are_shared_out(listening: socket.socket) -> None:
    async def play() -> None:
        crew = [_Process(listening, share) for share in Share.of_crew(4)]
        with ExitStack() as clients:
            connect(clients, listening, 32)
            # What was taken is told until it has begun, so that it is never told as less.
            await until(lambda: sum(crew[0].share.held) == sum(len(one.held) for one in crew) == 32)
            assert min(len(one.held) for one in crew) >= 6
        await until(lambda: not any(one.held for one in crew))
        assert list(crew[0].share.held) == [0] * 4
        for one in crew:
            await one.close()

    asyncio.run(play())


def test_who_lost_its_connections_takes_the_next(listening: socket.socket) -> None:
    async def play() -> None:
        own, other = Share.of_crew(2)
        second, first = _Process(listening, other), _Process(listening, own)
        with ExitStack() as clients:
            connect(clients, listening, 8)
            await until(lambda: sum(own.held) == len(first.held) + len(second.held) == 8)
            kept = len(second.held)
            for one in list(first.held):
                assert isinstance(one, _Noted)
                assert isinstance(one.transport, asyncio.Transport)
                one.transport.abort()
            await until(lambda: not first.held)
            # The other one comes first at each turn, and holds more.
            connect(clients, listening, 2)
            await until(lambda: len(first.held) == 2)
            assert len(second.held) == kept
        for process in (first, second):
            await process.close()

    asyncio.run(play())


def test_who_leaves_is_not_waited_for(listening: socket.socket) -> None:
    async def play() -> None:
        first, second = (_Process(listening, share) for share in Share.of_crew(2))
        await second.close()
        with ExitStack() as clients:
            connect(clients, listening, 8)
            # It would wait for an hour, were the other still expected.
            await until(lambda: len(first.held) == 8)
        await first.close()

    asyncio.run(play())


def test_who_does_not_come_is_not_waited_for_long(listening: socket.socket) -> None:
    async def play() -> None:
        own, deaf = Share.of_crew(2)
        deaf.holds(0)
        process = _Process(listening, own, patience_s=0.0)
        with ExitStack() as clients:
            connect(clients, listening, 8)
            await until(lambda: len(process.held) == 8)
        await process.close()

    asyncio.run(play())


def test_a_process_that_can_open_no_more_goes_on_afterwards(
    listening: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("studio.api.accepting._AGAIN_S", 0.0)
    faults = [OSError(24, "Too many open files"), ConnectionAbortedError()]

    class Failing(socket.socket):
        def accept(self) -> tuple[socket.socket, object]:
            if faults:
                raise faults.pop()
            return super().accept()

    async def play() -> None:
        (share,) = Share.of_crew(1)
        held: Held[asyncio.Protocol] = Held(share)
        failing = Failing(fileno=os.dup(listening.fileno()))
        acceptor = Acceptor(failing, share=share, held=held, protocol=lambda: _Noted(held))
        with ExitStack() as clients:
            connect(clients, listening, 2)
            await until(lambda: len(held) == 2)
        await until(lambda: not held)
        acceptor.close()
        await acceptor.wait_closed()
        failing.close()

    asyncio.run(play())
    assert not faults


def _hold(share: Share) -> None:
    share.holds(7)


def test_processes_see_each_others_numbers() -> None:
    own, other = Share.of_crew(2)
    process: SpawnProcess = multiprocessing.get_context("spawn").Process(
        target=_hold, args=(other,)
    )
    process.start()
    process.join(60)
    assert process.exitcode == 0
    own.holds(9)
    assert list(own.held) == [9, 7]
    assert own.has_more
    assert not other.has_more
    own.holds(8)
    assert not own.has_more
