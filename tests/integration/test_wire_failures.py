"""What each failure of the wire means, by either client, against real sockets that misbehave."""

import asyncio
import socket
import subprocess
import sys
from contextlib import AbstractAsyncContextManager
from typing import Protocol

import pytest

from contacts.channels.outgoing import Answer
from contacts.channels.wire import LARGEST_ANSWER, Limits, Poster, Reply, WireFailure
from contacts.channels.wire_aiohttp import open_aiohttp
from contacts.channels.wire_pyreqwest import open_pyreqwest
from tests.bad_servers import OK, Behaviour, answering, read_request, server
from tests.free_ports import free_port


class OpenWire(Protocol):
    def __call__(
        self, *, connections: int = 4, connect: float = 1.0, total: float = 1.5
    ) -> AbstractAsyncContextManager[Poster]: ...


@pytest.fixture(params=[open_aiohttp, open_pyreqwest], ids=["aiohttp", "pyreqwest"])
def wire(request: pytest.FixtureRequest) -> OpenWire:
    """How to open one; a test runs once for each client."""

    def opened(
        *, connections: int = 4, connect: float = 1.0, total: float = 1.5
    ) -> AbstractAsyncContextManager[Poster]:
        limits = Limits(connections, connect_timeout=connect, request_timeout=total)
        opener: AbstractAsyncContextManager[Poster] = request.param(limits)
        return opener

    return opened


async def post(
    wire: OpenWire, url: str, *, connect: float = 1.0, total: float = 1.5
) -> Reply | WireFailure:
    async with wire(connect=connect, total=total) as opened:
        return await opened.post(url, b"{}", {})


async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read()


async def dripping(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    for position in range(len(OK)):
        writer.write(OK[position : position + 1])
        await writer.drain()
        await asyncio.sleep(0.05)


async def resetting(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    connection = writer.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    writer.transport.abort()


async def test_a_whole_answer_comes_back_as_it_is(wire: OpenWire) -> None:
    async with server(answering(OK)) as url:
        reply = await post(wire, url)
    assert isinstance(reply, Reply)
    assert (reply.status, reply.headers["x-message-id"], reply.body) == (202, "abc", b"ok")


async def test_an_answer_leaves_its_connection_to_the_next_request(wire: OpenWire) -> None:
    empty = b"HTTP/1.1 202 Accepted\r\nX-Message-Id: abc\r\nContent-Length: 0\r\n\r\n"
    connections: set[asyncio.StreamWriter] = set()

    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.add(writer)
        writer.write(OK if len(bodies) == 1 else empty)

    bodies: list[bytes] = []
    async with server(behave) as url, wire() as opened:
        for _ in range(3):
            reply = await opened.post(url, b"{}", {})
            assert isinstance(reply, Reply)
            bodies.append(reply.body)
    assert bodies == [b"", b"ok", b""]
    assert len(connections) == 1


async def test_a_redirect_is_an_answer_and_is_not_followed(wire: OpenWire) -> None:
    moved = b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"
    async with server(answering(moved)) as url:
        reply = await post(wire, url)
    assert isinstance(reply, Reply)
    assert reply.status == 302


async def test_an_endless_answer_is_cut(wire: OpenWire) -> None:
    endless = b"HTTP/1.1 200 OK\r\nContent-Length: 9999999\r\n\r\n" + b"x" * (LARGEST_ANSWER * 2)
    async with server(answering(endless)) as url:
        reply = await post(wire, url)
    assert isinstance(reply, Reply)
    assert len(reply.body) == LARGEST_ANSWER


@pytest.mark.parametrize(
    ("behave", "code"),
    [
        (silent, "timeout"),
        (dripping, "timeout"),
        (resetting, "reset"),
        (answering(b"", close=True), "disconnected"),
        (answering(OK[:-1], close=True), "cut_short"),
        (answering(OK[:30], close=True), "disconnected"),
        (answering(b"nonsense\r\n\r\n"), "bad_answer"),
    ],
    ids=["silence", "drip", "reset", "closed", "body cut", "head cut", "no HTTP"],
)
async def test_once_bytes_have_left_nobody_knows(
    wire: OpenWire, behave: Behaviour, code: str
) -> None:
    total = 0.5 if code == "timeout" else 1.5
    async with server(behave) as url:
        failure = await post(wire, url, total=total)
    assert failure == WireFailure(Answer.UNKNOWN, code)


async def test_a_refused_connection_may_be_tried_again(wire: OpenWire) -> None:
    failure = await post(wire, f"http://127.0.0.1:{free_port()}/")
    assert failure == WireFailure(Answer.RETRY, "connect")


async def test_a_name_that_does_not_resolve_may_be_tried_again(wire: OpenWire) -> None:
    async with wire(connect=20, total=30) as opened:
        failure = await opened.post("http://nowhere.invalid/", b"{}", {})
    assert failure == WireFailure(Answer.RETRY, "dns")


async def test_a_failed_handshake_may_be_tried_again(wire: OpenWire) -> None:
    async def no_tls(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    listening = await asyncio.start_server(no_tls, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    async with listening, wire(connect=5, total=6) as opened:
        failure = await opened.post(f"https://127.0.0.1:{port}/", b"{}", {})
    assert failure == WireFailure(Answer.RETRY, "tls")


async def test_a_connection_that_nobody_takes_may_be_tried_again(wire: OpenWire) -> None:
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        waiting = [socket.socket() for _ in range(4)]
        for connection in waiting:  # a full queue: the next one gets no answer at all
            connection.setblocking(False)
            connection.connect_ex(full.getsockname())
        failure = await post(wire, f"http://127.0.0.1:{full.getsockname()[1]}/", connect=0.3)
        for connection in waiting:
            connection.close()
    assert failure == WireFailure(Answer.RETRY, "connect_timeout")


async def test_waiting_for_a_connection_in_vain_may_be_tried_again(wire: OpenWire) -> None:
    async with server(silent) as url, wire(connections=1, connect=0.3, total=5) as opened:
        busy = asyncio.create_task(opened.post(url, b"{}", {}))
        await asyncio.sleep(0.1)
        failure = await opened.post(url, b"{}", {})
        busy.cancel()
    assert failure == WireFailure(Answer.RETRY, "connect_timeout")


async def test_f23_a_connection_closed_while_idle_costs_no_second_request(wire: OpenWire) -> None:
    requests = 0

    async def once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal requests
        requests += 1
        writer.write(OK)
        await writer.drain()
        await read_request(reader)  # the next one on this connection gets no answer
        requests += 1
        writer.close()

    async with server(once) as url, wire() as opened:
        assert isinstance(await opened.post(url, b"{}", {}), Reply)
        failure = await opened.post(url, b"{}", {})
    assert failure == WireFailure(Answer.UNKNOWN, "disconnected")
    assert requests == 2


async def test_a_request_names_no_more_than_it_must(wire: OpenWire) -> None:
    seen = b""

    async def keep(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal seen
        seen = await read_request(reader)
        writer.write(OK)

    listening = await asyncio.start_server(keep, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    async with listening, wire() as opened:
        await opened.post(f"http://127.0.0.1:{port}/x", b"{}", {"Authorization": "Bearer k"})
    names = {line.split(b":")[0] for line in seen.split(b"\r\n\r\n")[0].split(b"\r\n")[1:]}
    assert names - {b"Accept", b"User-Agent"} == {b"Host", b"Authorization", b"Content-Length"}


async def test_a_request_for_which_no_file_can_be_opened_may_be_tried_again(
    wire: OpenWire,
) -> None:
    """In a process of its own, for the limit is the whole process's."""
    async with wire() as opened:
        module = type(opened).__module__
    script = (
        "import asyncio, os, resource\n"
        f"from {module} import open_{module.rpartition('_')[2]} as opener\n"
        "from contacts.channels.wire import Limits\n"
        "async def main():\n"
        "    async with opener(Limits(4, 1.0, 2.0)) as wire:\n"
        "        await wire.post('http://127.0.0.1:9/', b'{}', {})\n"
        "        used = max(map(int, os.listdir('/proc/self/fd')))\n"
        "        resource.setrlimit(resource.RLIMIT_NOFILE, (used, used))\n"
        "        print(await wire.post('http://127.0.0.1:9/', b'{}', {}), flush=True)\n"
        "        os._exit(0)\n"  # what ends in order opens files
        "asyncio.run(main())\n"
    )
    said = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True)
    failure = WireFailure(Answer.RETRY, "open_files")
    assert said.stdout.decode().strip() == str(failure)
