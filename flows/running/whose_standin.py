"""Whose stand-in listens on the workspace's port: another one tells another business of its events.

Two workspaces on one machine have the same port by default. What one sent to the stand-in of the
other would never be heard of again, and that one's list would be taken for proof of absence.
"""

import json
import socket
import time
from enum import StrEnum

from contacts.channels.rehearsal import signing_keys, standin_folder
from contacts.settings import SETTINGS_FILE, Settings
from flows.failure import WORLD, Failure
from flows.running.children import HOST

_SECONDS = 5.0  # for the whole answer, however slowly it comes
_MOST = 4_096  # bytes of an answer that may be anybody's; ours has some three hundred
_ASK = f"GET /health HTTP/1.0\r\nHost: {HOST}\r\n\r\n".encode("ascii")


class Whose(StrEnum):
    OURS = "ours"
    NOBODYS = "nobody's"  # nothing answers there
    ANOTHERS = "another's"  # of another workspace, or no stand-in at all


def standin_answers(settings: Settings) -> bool:
    """Whether messages can go where the settings send them; tries are not wasted on a closed port.

    Raises Failure where another workspace's stand-in, or another program, has the port.
    """
    if settings.email_is_live and settings.sms_is_live:
        return True  # nobody asks the stand-in
    whose = whose_standin(settings)
    if whose is Whose.ANOTHERS:
        raise Failure(
            f"{settings.standin_url} is not this workspace's stand-in, but another workspace's or "
            f"another program. Nothing was done; set standin_port in {SETTINGS_FILE} to another "
            "port and start 'touchline up', or stop what listens there.",
            WORLD,
        )
    return whose is Whose.OURS


def whose_standin(settings: Settings, *, within: float = _SECONDS) -> Whose:
    """Ask what listens there for the fingerprint of its keys; each workspace's are its own."""
    try:
        said = _answer_at(settings.standin_port, within)
    except OSError:
        return Whose.NOBODYS
    folder = standin_folder(settings.state)
    is_ours = folder.exists() and _fingerprint_in(said) == signing_keys(folder).fingerprint()
    return Whose.OURS if is_ours else Whose.ANOTHERS


def _answer_at(port: int, seconds: float) -> bytes:
    """What `/health` there says within these seconds, by no proxy; what comes later is not heard.

    Raises OSError where nobody listens, or not a byte came: ours may be too busy to answer.
    """
    deadline = time.monotonic() + seconds
    said = bytearray()
    with socket.create_connection((HOST, port), timeout=seconds) as connection:
        connection.sendall(_ASK)
        try:
            while len(said) < _MOST and (more := _received(connection, deadline)):
                said += more
        except OSError:
            if not said:
                raise
    return bytes(said)


def _received(connection: socket.socket, deadline: float) -> bytes:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    connection.settimeout(left)
    return connection.recv(_MOST)


def _fingerprint_in(answer: bytes) -> object:
    """That of the keys it signs with; None where it is no answer of a stand-in's."""
    try:
        said = json.loads(answer.partition(b"\r\n\r\n")[2])
    except (ValueError, RecursionError):  # thousands of brackets, for example
        return None
    return said.get("fingerprint") if isinstance(said, dict) else None
