"""Whose stand-in listens on the workspace's port: another one tells another business of its events.

Two workspaces on one machine have the same port by default. What one sent to the stand-in of the
other would never be heard of again, and that one's list would be taken for proof of absence.
"""

import http.client
import json
from contextlib import closing
from enum import StrEnum

from contacts.channels.rehearsal import signing_keys, standin_folder
from contacts.settings import SETTINGS_FILE, Settings
from flows.failure import WORLD, Failure
from flows.running.children import HOST

_SECONDS = 5.0
_MOST = 65_536  # bytes of an answer that may be anybody's


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


def whose_standin(settings: Settings) -> Whose:
    """Ask what listens there for the key that it signs with; each workspace's is its own."""
    try:
        key = _key_at(settings.standin_port)
    except (http.client.HTTPException, ValueError):
        return Whose.ANOTHERS
    except OSError:
        return Whose.NOBODYS
    folder = standin_folder(settings.state)
    is_ours = folder.exists() and key == signing_keys(folder).fingerprint()
    return Whose.OURS if is_ours else Whose.ANOTHERS


def _key_at(port: int) -> object:
    """What `/health` there calls its key. Not by urllib, which may ask a proxy for it."""
    connection = http.client.HTTPConnection(HOST, port, timeout=_SECONDS)
    with closing(connection):
        connection.request("GET", "/health")
        said = json.loads(connection.getresponse().read(_MOST))
    return said.get("key") if isinstance(said, dict) else None
