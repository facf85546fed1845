"""A loopback proxy before PostgreSQL that cuts a connection at a chosen moment."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Literal

from sqlalchemy import URL

When = Literal["commit acknowledged", "statement sent"]
_ACKNOWLEDGED = b"COMMIT\0"
"""The tag by which PostgreSQL says that a transaction is on its disk."""


class Cutter:
    """Passes everything on until it sees `marked`, a piece of SQL, in what a client says.

    "commit acknowledged": the next commit reaches the server, and its answer nobody; what connects
    later is passed on. "statement sent": the statement reaches nobody, and neither does anything
    later: the database is down.
    """

    def __init__(self, server: str, marked: bytes, when: When) -> None:
        self._server, self._marked, self._when = server, marked, when
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.has_cut = False
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.socket(socket.AF_UNIX)
                server.connect(self._server)
                armed = threading.Event()
                for one in (
                    threading.Thread(target=self._upward, args=(client, server, armed)),
                    threading.Thread(target=self._downward, args=(client, server, armed)),
                ):
                    one.daemon = True
                    one.start()

    def _upward(self, client: socket.socket, server: socket.socket, armed: threading.Event) -> None:
        """What the client says."""
        tail = b""
        with suppress(OSError):
            while said := client.recv(65536):
                if not self.has_cut and self._marked in tail + said:
                    if self._when == "statement sent":
                        self.has_cut = True
                        self.close()
                        break
                    armed.set()
                tail = (tail + said)[-len(self._marked) :]
                server.sendall(said)
        _hang_up(client, server)

    def _downward(
        self, client: socket.socket, server: socket.socket, armed: threading.Event
    ) -> None:
        """What the server answers."""
        with suppress(OSError):
            while said := server.recv(65536):
                if armed.is_set() and _ACKNOWLEDGED in said:
                    self.has_cut = True
                    break
                client.sendall(said)
        _hang_up(client, server)


@contextmanager
def cutting(database: URL, *, marked: str, when: When) -> Iterator[tuple[Cutter, URL]]:
    """A proxy before the server of `database`, which listens on a Unix socket; and its address."""
    folder = database.query["host"]
    cutter = Cutter(f"{folder}/.s.PGSQL.5432", marked.encode(), when)
    try:
        yield cutter, database.set(host="127.0.0.1", port=cutter.port, query={})
    finally:
        cutter.close()


def _hang_up(*connections: socket.socket) -> None:
    for connection in connections:
        with suppress(OSError):
            connection.shutdown(socket.SHUT_RDWR)
        connection.close()
