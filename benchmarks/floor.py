"""The raw floor: a bare database driver, Jinja2, orjson and a hand-written client, nothing else.

It keeps the promise's order of writes (the attempt on disk before its request, the answer after
it) in the product's own batches, and none of the product's rules.
"""

import asyncio
from pathlib import Path
from uuid import uuid4

import uvloop

from benchmarks.floor_http import Client
from benchmarks.floor_letters import Letters, letters_of
from benchmarks.floor_record import Answered, Record, opened
from benchmarks.measured import Measured, measuring

BATCH_SIZE, CONNECTIONS = 100, 100
"""The product's own defaults: what a crash may leave in doubt, and what the wire carries."""


def run(
    place: Path, channel: str, *, url: str, database: str | None, touches: int, warm_up: int
) -> Measured:
    """Send `warm_up` touches, then `touches` more and measure those."""
    measured = Measured(touches=touches)
    uvloop.run(_run(measured, opened(place, database), letters_of(channel, url), warm_up))
    return measured


async def _run(measured: Measured, record: Record, letters: Letters, warm_up: int) -> None:
    client = Client(
        letters.url,
        authorization=letters.authorization,
        kind=letters.kind,
        connections=CONNECTIONS,
    )
    await client.open()
    await _send(record, letters, client, warm_up)
    record.commits = 0
    with measuring(measured):
        measured.request_bytes = await _send(record, letters, client, measured.touches)
    measured.commits = record.commits
    client.close()
    record.close()


async def _send(record: Record, letters: Letters, client: Client, touches: int) -> int:
    """Return the size of a request."""
    left, size = touches, 0
    while left:
        rows = record.due(min(left, BATCH_SIZE))
        attempts = [(str(uuid4()), int(row["touch_id"])) for row in rows]
        bodies = [
            letters.body(row, attempt_id)
            for row, (attempt_id, _) in zip(rows, attempts, strict=True)
        ]
        record.begin(attempts)
        replies = await asyncio.gather(*map(client.post, bodies))
        assert all(reply.status == letters.accepted for reply in replies)
        record.answered(
            [
                Answered(touch_id, attempt_id, letters.provider_id(reply), reply.status)
                for (attempt_id, touch_id), reply in zip(attempts, replies, strict=True)
            ]
        )
        left, size = left - len(rows), len(bodies[-1])
    return size
