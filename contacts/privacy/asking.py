"""Asks providers to erase whom we erased, again and again until they confirm it.

To ask twice is harmless, so no transaction is open meanwhile and no worker waits for another one.
"""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Engine

from contacts.channels.erasing import Eraser
from contacts.privacy.erase import remove_words
from contacts.privacy.requests import Answered, Request, name_messages, note_answers, waiting
from contacts.privacy.stopping import in_doubt
from contacts.record.engine import writing
from contacts.record.upkeep.overwriting import overwrite_what_goes

MOST = 100
"""SendGrid takes so many erase jobs a minute; a pass asks for no more."""
_AT_ONCE = 8


async def ask_providers(engine: Engine, erasers: Mapping[str, Eraser], *, now: datetime) -> int:
    """Make the requests whose time has come; return how many were confirmed.

    Nobody is asked about a customer to whom a message is still on its way: what is erased before
    it would be there again.
    """
    due = _due(engine, now)
    answers: list[Answered] = []
    for start in range(0, len(due), _AT_ONCE):
        some = [_ask(erasers[one.provider], one) for one in due[start : start + _AT_ONCE]]
        answers += await asyncio.gather(*some)
    if not answers:
        return 0
    with writing(engine) as connection:
        overwrite_what_goes(connection)
        note_answers(connection, answers, now=now)
    return sum(one.done for one in answers)


def _due(engine: Engine, now: datetime) -> Sequence[Request]:
    with writing(engine) as connection:
        overwrite_what_goes(connection)
        rows = waiting(connection, now=now, limit=MOST)
        customers = {row.customer_id for row in rows}
        settled = {one for one in customers if not in_doubt(connection, one)}
        for customer_id in settled:
            remove_words(connection, customer_id)
        theirs = [row for row in rows if row.customer_id in settled]
        name_messages(connection, theirs, now=now)
        return [
            Request(row.id, row.customer_id, row.provider, row.target, row.tries)
            for row in waiting(connection, now=now, limit=MOST)
            if row.customer_id in settled and row.target is not None
        ]


async def _ask(eraser: Eraser, request: Request) -> Answered:
    said = await eraser.erase(request.target)
    return Answered(request, said.done, said.http_status, said.code)
