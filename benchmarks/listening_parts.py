"""What the measuring of webhooks runs beside it: a sender, the web app, and SendGrid's requests."""

import base64
import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from sqlalchemy import select

from benchmarks.measured import Measured
from contacts.channels.rehearsal import signing_keys, standin_folder
from contacts.record.engine import open_record, reading
from contacts.record.tables import Attempt, Customer
from contacts.settings import load_settings
from flows.running.ports import free_ports

_PATIENCE = 30.0  # seconds until the web app answers


class Sender:
    """Another process, which sends what is due once it is told to."""

    def __init__(self, place: Path, database: str | None, *, port: int, touches: int) -> None:
        command = [sys.executable, "-m", "benchmarks.sending_beside", str(place)]
        command += ["--port", str(port), "--touches", str(touches)]
        if database is not None:
            command += ["--database", database]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.kill()
        self._process.wait()

    def wait_until_ready(self) -> None:
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == "ready\n"

    def go(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write("go\n")
        self._process.stdin.flush()

    def measured(self) -> Measured:
        """What it cost; waits until all is sent."""
        said, _ = self._process.communicate()
        return Measured(**json.loads(said))


@contextmanager
def running_web_app(place: Path, database: str | None) -> Iterator[tuple[int, str]]:
    """The web app's process group, and the address of SendGrid's events."""
    [port] = free_ports(1)
    ours = {"TOUCHLINE_WEB_PORT": str(port)}
    if database is not None:
        ours["TOUCHLINE_DATABASE_URL"] = database
    command = [sys.executable, "-m", "contacts.web", "--workspace", str(place)]
    with (place / "web.log").open("wb") as log:
        process = subprocess.Popen(
            command, env=os.environ | ours, start_new_session=True, stdout=log, stderr=log
        )
    try:
        _wait_for(f"http://127.0.0.1:{port}/health")
        yield process.pid, f"http://127.0.0.1:{port}/webhooks/sendgrid/events"
    finally:
        process.terminate()
        process.wait()


def _wait_for(url: str) -> None:
    until = time.monotonic() + _PATIENCE
    while True:
        try:
            with urllib.request.urlopen(url, timeout=1):  # noqa: S310  # loopback
                return
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.1)


@dataclass(frozen=True, slots=True)
class Request:
    """One event as SendGrid posts it, signed when it is sent."""

    body: bytes
    key: EllipticCurvePrivateKey

    def headers(self) -> dict[str, str]:
        at = str(int(time.time()))
        signature = self.key.sign(at.encode() + self.body, ECDSA(SHA256()))
        return {
            "Content-Type": "application/json",
            "X-Twilio-Email-Event-Webhook-Signature": base64.b64encode(signature).decode(),
            "X-Twilio-Email-Event-Webhook-Timestamp": at,
        }


def requests_of(place: Path, database: str | None) -> list[Request]:
    """Three requests about each message on record."""
    given = {} if database is None else {"database_url": database}
    settings = load_settings(place, **given)
    key = load_pem_private_key(
        signing_keys(standin_folder(settings.state)).private_pem, password=None
    )
    assert isinstance(key, EllipticCurvePrivateKey)
    engine = open_record(settings.url)
    with reading(engine) as connection:
        rows = connection.execute(
            select(Attempt.id, Customer.email).join(Customer, Customer.id == Attempt.customer_id)
        ).all()
    engine.dispose()
    at = int(time.time())
    return [
        Request(json.dumps([_event(row.id, row.email, kind, at)]).encode(), key)
        for row in rows
        for kind in ("processed", "delivered", "delivered")
    ]


def _event(attempt_id: str, email: str, kind: str, at: int) -> dict[str, Any]:
    return {
        "email": email,
        "event": kind,
        "timestamp": at,
        "sg_event_id": f"{kind}-{attempt_id}",
        "sg_message_id": f"{attempt_id}.recvd",
        "attempt_id": attempt_id,
    }
