"""Erases a customer everywhere that this machine reaches: record, providers, stand-in, logs."""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from contacts.channels.erasing import Eraser, Erasing
from contacts.channels.outbox import open_outbox
from contacts.channels.rehearsal import standin_folder
from contacts.channels.standin.forget import erase_from_folder
from contacts.channels.standin_asking import ask_standin_to_forget
from contacts.channels.wire import Limits, open_wire
from contacts.privacy.asking import ask_providers
from contacts.privacy.erase import Erased, erase
from contacts.privacy.files import Place, find, mask_logs, places_in
from contacts.privacy.leftovers import compact, sqlite_files
from contacts.privacy.requests import Stuck, unconfirmed
from contacts.record.engine import reading
from flows.running.whose_standin import Whose, whose_standin

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from contacts.settings import Settings


@dataclass(slots=True)
class Outcome:
    """What was done, and what is left to somebody."""

    erased: Erased
    confirmed: int = 0
    waiting: list[Stuck] = field(default_factory=list)
    logs: int = 0
    left_in_record: bool = False
    """Whether the record's own files still show one of the addresses."""
    not_compacted: str | None = None
    places: list[Place] = field(default_factory=list)
    """Files of the business that still have one of the addresses."""


def erase_everywhere(
    engine: "Engine", settings: "Settings", customer_id: int, *, now: datetime
) -> Outcome:
    """The record first, in one transaction: from there on nothing goes back."""
    outcome = Outcome(erase(engine, customer_id, signing_key=settings.signing_key, now=now))
    own = [one.value for one in outcome.erased.addresses if not one.is_shared]
    outcome.confirmed = asyncio.run(_ask(engine, settings, own, now))
    with reading(engine) as connection:
        outcome.waiting = list(unconfirmed(connection, customer_id=customer_id))
    outcome.logs = mask_logs(settings.state, own)
    outcome.not_compacted = compact(engine)
    record = sqlite_files(engine)
    outcome.left_in_record = any(True for path in record for _ in places_in(path, own))
    outcome.places = find(settings.workspace, own, but=record)
    return outcome


async def _ask(engine: "Engine", settings: "Settings", own: list[str], now: datetime) -> int:
    """Have the stand-in forget, then the providers; return how many requests they confirmed."""
    runs = whose_standin(settings) is Whose.OURS
    if runs:
        limits = Limits(1, settings.connect_timeout, settings.request_timeout)
        async with open_wire(limits) as wire:
            await ask_standin_to_forget(wire, settings.standin_url, own)
    else:
        await erase_from_folder(standin_folder(settings.state), own)
    async with open_outbox(settings) as outbox:
        live = {"sendgrid": settings.email_is_live, "twilio": settings.sms_is_live}
        erasers: dict[str, Eraser] = {
            name: eraser if runs or live[name] else _Emptied()
            for name, eraser in outbox.erasers.items()
        }
        return await ask_providers(engine, erasers, now=now)


class _Emptied:
    """Stands for a stand-in that does not run, whose book was emptied in its folder."""

    async def erase(self, _target: str) -> Erasing:
        return Erasing(done=True)
