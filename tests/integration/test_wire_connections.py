"""Connections are kept while they can be trusted, checked by TLS, and never more than allowed."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from yarl import URL

from contacts.channels.outgoing import Answer
from contacts.channels.wire import Reply, Wire, WireFailure, open_wire

OK = b"HTTP/1.1 202 Accepted\r\nContent-Length: 2\r\n\r\nok"
CLOSING = b"HTTP/1.1 202 Accepted\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok"


class Counted:
    """A server that counts its connections and requests."""

    def __init__(self, answer: bytes) -> None:
        self.answer = answer
        self.url = URL()
        self.connections = 0
        self.requests = 0
        self.at_once = 0
        self.most_at_once = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
                await reader.readexactly(length)
                await self._answer(writer)
        except (asyncio.IncompleteReadError, OSError):
            writer.close()

    async def _answer(self, writer: asyncio.StreamWriter) -> None:
        self.requests += 1
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        await asyncio.sleep(0.01)
        self.at_once -= 1
        writer.write(self.answer)
        await writer.drain()


@asynccontextmanager
async def counted(answer: bytes = OK, tls: ssl.SSLContext | None = None) -> AsyncIterator[Counted]:
    server = Counted(answer)
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0, ssl=tls)
    port = listening.sockets[0].getsockname()[1]
    server.url = URL(f"http{'s' if tls else ''}://127.0.0.1:{port}/x")
    yield server
    listening.close()


@asynccontextmanager
async def wire(connections: int = 4) -> AsyncIterator[Wire]:
    async with open_wire(connections=connections, connect_timeout=5, request_timeout=10) as opened:
        yield opened


async def test_one_connection_serves_request_after_request() -> None:
    async with counted() as server, wire() as opened:
        for _ in range(3):
            assert isinstance(await opened.post(server.url, b"{}", {}), Reply)
    assert (server.connections, server.requests) == (1, 3)


async def test_a_connection_that_the_server_closes_is_not_used_again() -> None:
    async with counted(CLOSING) as server, wire() as opened:
        for _ in range(3):
            assert isinstance(await opened.post(server.url, b"{}", {}), Reply)
    assert (server.connections, server.requests) == (3, 3)


async def test_no_more_requests_are_under_way_than_connections_allowed() -> None:
    async with counted() as server, wire(connections=2) as opened:
        await asyncio.gather(*(opened.post(server.url, b"{}", {}) for _ in range(9)))
    assert (server.connections, server.most_at_once, server.requests) == (2, 2, 9)


async def test_a_cancelled_request_leaves_no_connection_in_doubt_behind() -> None:
    async with counted() as server, wire() as opened:
        task = asyncio.create_task(opened.post(server.url, b"{}", {}))
        while not server.requests:
            await asyncio.sleep(0.001)
        task.cancel()
        await asyncio.wait([task])
        reply = await opened.post(server.url, b"{}", {})
    assert task.cancelled()
    assert isinstance(reply, Reply)
    assert server.connections == 2


async def test_a_header_cannot_begin_another_line() -> None:
    async with counted() as server, wire() as opened:
        with pytest.raises(ValueError, match="line break"):
            await opened.post(server.url, b"{}", {"A": "b\r\nC: d"})
    assert server.requests == 0


async def test_a_trusted_certificate_is_accepted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate(tmp_path, "127.0.0.1")))
    async with counted(tls=server_side(tmp_path)) as server, wire() as opened:
        reply = await opened.post(server.url, b"{}", {})
    assert isinstance(reply, Reply)
    assert reply.body == b"ok"


@pytest.mark.parametrize("address", ["127.0.0.1", "127.0.0.2"], ids=["unknown", "of another host"])
async def test_another_certificate_gets_no_byte_of_the_request(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    path = certificate(tmp_path, address)
    if address != "127.0.0.1":
        monkeypatch.setenv("SSL_CERT_FILE", str(path))
    async with counted(tls=server_side(tmp_path)) as server, wire() as opened:
        failure = await opened.post(server.url, b"{}", {})
    assert failure == WireFailure(Answer.RETRY, "tls")
    assert server.requests == 0


def certificate(folder: Path, address: str) -> Path:
    """A certificate for an address, signed by its own key; the key lies beside it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a server of the tests")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(address))]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, SHA256())
    )
    (folder / "key.pem").write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
    path = folder / "certificate.pem"
    path.write_bytes(made.public_bytes(Encoding.PEM))
    return path


def server_side(folder: Path) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(folder / "certificate.pem", folder / "key.pem")
    return context
