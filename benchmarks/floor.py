"""The raw floor: sqlite3, Jinja2, orjson and a hand-written client, with nothing in between.

It keeps the promise's order of writes (the attempt on disk before its request, the answer after
it) in the product's own batches, and none of the product's rules.
"""

import asyncio
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from uuid import uuid4

import orjson
import uvloop

from benchmarks import API_KEY
from benchmarks.floor_http import Client, Reply
from benchmarks.measured import Measured, measuring
from benchmarks.message import BUSINESS, Message, Words, context_of, unsubscribe_link
from benchmarks.people import NOW, people

BATCH_SIZE, CONNECTIONS = 100, 100
"""The product's own defaults: what a crash may leave in doubt, and what the wire carries."""

_TABLES = """
CREATE TABLE customers (
    id INTEGER PRIMARY KEY, email TEXT, phone TEXT, first_name TEXT, last_name TEXT, company TEXT,
    timezone TEXT, locale TEXT, country TEXT, tier TEXT, persona TEXT, joined_on TEXT,
    attributes TEXT);
CREATE TABLE touches (
    id INTEGER PRIMARY KEY, customer_id INTEGER, state TEXT, due_at TEXT, made_at TEXT);
CREATE INDEX due ON touches (due_at) WHERE state = 'planned';
CREATE TABLE attempts (
    id TEXT PRIMARY KEY, touch_id INTEGER, state TEXT, started_at TEXT, answered_at TEXT,
    provider_id TEXT, http_status INTEGER);
"""
_DUE = """
SELECT touches.id AS touch_id, customers.* FROM touches
JOIN customers ON customers.id = touches.customer_id
WHERE touches.state = 'planned' AND touches.due_at <= ? ORDER BY touches.due_at LIMIT ?
"""


@dataclass(frozen=True, slots=True)
class _Request:
    touch_id: int
    attempt_id: str
    body: bytes


def prepare(path: Path, touches: int) -> None:
    """A database in which so many touches are due."""
    connection = _open(path)
    connection.executescript(_TABLES)
    for person in people(touches):
        row = person | {
            "joined_on": person["joined_on"].isoformat(),
            "attributes": orjson.dumps(person["attributes"]).decode(),
        }
        names = ", ".join(f":{name}" for name in row)
        connection.execute(f"INSERT INTO customers VALUES ({names})", row)  # noqa: S608  # ours
        connection.execute(
            "INSERT INTO touches VALUES (:id, :id, 'planned', :due, NULL)",
            {"id": person["id"], "due": NOW.isoformat()},
        )
    connection.commit()
    connection.close()


def run(path: Path, url: str, *, touches: int, warm_up: int) -> Measured:
    """Send `warm_up` touches, then `touches` more and measure those."""
    return uvloop.run(_run(path, url, touches, warm_up))


async def _run(path: Path, url: str, touches: int, warm_up: int) -> Measured:
    measured = Measured(touches=touches)
    connection = _open(path)
    client = Client(f"{url}/v3/mail/send", API_KEY, connections=CONNECTIONS)
    await client.open()
    floor = _Floor(connection, client)
    await floor.send(warm_up)
    floor.commits = 0
    with measuring(measured):
        await floor.send(touches)
    client.close()
    connection.close()
    measured.commits = floor.commits
    measured.request_bytes = floor.request_bytes
    return measured


class _Floor:
    def __init__(self, connection: sqlite3.Connection, client: Client) -> None:
        self._connection = connection
        self._client = client
        self._message = Message()
        self.commits = 0
        self.request_bytes = 0

    async def send(self, touches: int) -> None:
        left = touches
        while left:
            due = (NOW.isoformat(), min(left, BATCH_SIZE))
            rows = self._connection.execute(_DUE, due).fetchall()
            requests = [self._request(dict(row)) for row in rows]
            self._begin(requests)
            replies = await asyncio.gather(*(self._client.post(one.body) for one in requests))
            self._answered(requests, replies)
            self.request_bytes = len(requests[-1].body)
            left -= len(rows)

    def _request(self, row: dict[str, Any]) -> _Request:
        row["joined_on"] = date.fromisoformat(row["joined_on"])
        row["attributes"] = orjson.loads(row["attributes"])
        words = self._message.render(context_of(row, NOW.date()))
        attempt_id = str(uuid4())
        body = orjson.dumps(request_of(row, words, attempt_id))
        return _Request(row["touch_id"], attempt_id, body)

    def _begin(self, requests: Sequence[_Request]) -> None:
        at = NOW.isoformat()
        self._connection.execute("BEGIN IMMEDIATE")
        self._connection.executemany(
            "UPDATE touches SET state = 'sending' WHERE id = ?",
            [(one.touch_id,) for one in requests],
        )
        self._connection.executemany(
            "INSERT INTO attempts VALUES (?, ?, 'sending', ?, NULL, NULL, NULL)",
            [(one.attempt_id, one.touch_id, at) for one in requests],
        )
        self._commit()

    def _answered(self, requests: Sequence[_Request], replies: Sequence[Reply]) -> None:
        assert all(reply.status == 202 for reply in replies)
        at = NOW.isoformat()
        self._connection.execute("BEGIN IMMEDIATE")
        self._connection.executemany(
            "UPDATE attempts SET state = 'accepted', answered_at = ?, provider_id = ?,"
            " http_status = ? WHERE id = ?",
            [
                (at, reply.message_id, reply.status, one.attempt_id)
                for one, reply in zip(requests, replies, strict=True)
            ],
        )
        self._connection.executemany(
            "UPDATE touches SET state = 'accepted', made_at = ? WHERE id = ?",
            [(at, one.touch_id) for one in requests],
        )
        self._commit()

    def _commit(self) -> None:
        self._connection.commit()
        self.commits += 1


def request_of(row: dict[str, Any], words: Words, attempt_id: str) -> dict[str, Any]:
    """SendGrid's JSON with all that the product's has in it."""
    off = {"enable": False}
    name = f"{row['first_name']} {row['last_name']}"
    return {
        "from": {"email": BUSINESS["email"], "name": "Example Tea"},
        "reply_to": {"email": f"reply+{attempt_id}@reply.tea.example.com"},
        "subject": words.subject,
        "personalizations": [
            {
                "to": [{"email": row["email"], "name": name}],
                "custom_args": {"attempt_id": attempt_id},
            }
        ],
        "content": [
            {"type": "text/plain", "value": words.text},
            {"type": "text/html", "value": words.html},
        ],
        "categories": ["spring"],
        "headers": {
            "List-Unsubscribe": f"<{unsubscribe_link(row['id'])}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        },
        "tracking_settings": {
            "click_tracking": off | {"enable_text": False},
            "open_tracking": off,
            "subscription_tracking": off,
        },
    }


def _open(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.row_factory = sqlite3.Row
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    return connection
