"""Erases a customer everywhere that this machine reaches: record, providers, stand-in, logs."""

import asyncio
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from contacts.channels.erasing import Eraser, Erasing
from contacts.channels.outbox import refuse_clear_text
from contacts.channels.rehearsal import standin_folder
from contacts.channels.standin.forget import erase_from_folder
from contacts.channels.standin_asking import ask_standin_to_forget
from contacts.channels.wire import Limits, open_wire
from contacts.delivery.ways_out import ways_out
from contacts.privacy.asking import ask_providers
from contacts.privacy.erase import Erased, erase
from contacts.privacy.files import Searched, holds, mask_logs, search
from contacts.privacy.leftovers import compact, sqlite_files
from contacts.privacy.requests import Stuck, unconfirmed
from contacts.record.engine import reading
from contacts.record.sending.live import refuse_rehearsal
from contacts.web.board.gallery import GALLERY
from flows.running.whose_standin import Whose, whose_standin

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

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
    searched: Searched = field(default_factory=Searched)
    """Files of the business that still have one of the addresses."""
    failed: list[str] = field(default_factory=list)
    """Files of ours that could not be cleaned, and why."""


def erase_everywhere(
    engine: "Engine", settings: "Settings", customer_id: int, *, now: datetime
) -> Outcome:
    """The record first, in one transaction: from there on nothing goes back.

    Afterwards only we know the addresses, so that what fails is told and holds up nothing else.
    """
    refuse_clear_text(settings)
    refuse_rehearsal(engine, settings)
    outcome = Outcome(erase(engine, customer_id, signing_key=settings.signing_key, now=now))
    own = [one.value for one in outcome.erased.addresses if not one.is_shared]
    runs = whose_standin(settings) is Whose.OURS
    with _telling(outcome, standin_folder(settings.state)):
        asyncio.run(_forget(settings, own, runs=runs))
    with _telling(outcome, settings.state):
        outcome.logs = mask_logs(settings.state, own)
    with _telling(outcome, settings.workspace):
        (settings.workspace / GALLERY).unlink(missing_ok=True)  # it shows their messages whole
    outcome.confirmed = asyncio.run(_ask(engine, settings, now, runs=runs))
    with reading(engine) as connection:
        outcome.waiting = list(unconfirmed(connection, customer_id=customer_id))
    outcome.not_compacted = compact(engine)
    record = sqlite_files(engine)
    outcome.left_in_record = any(holds(path, own) for path in record)
    outcome.searched = search(settings.workspace, own, but=record)
    return outcome


@contextmanager
def _telling(outcome: Outcome, folder: "Path") -> "Iterator[None]":
    try:
        yield
    except OSError as error:
        said = (error.strerror or str(error)).lower()
        outcome.failed.append(f"{error.filename or folder}: {said}")
    except ValueError:
        outcome.failed.append(f"{folder}: a journal there has a line that cannot be read")


async def _forget(settings: "Settings", own: list[str], *, runs: bool) -> None:
    """Have the stand-in forget them, or do it in its folder."""
    if not runs:
        await erase_from_folder(standin_folder(settings.state), own)
        return
    limits = Limits(1, settings.connect_timeout, settings.request_timeout)
    async with open_wire(limits) as wire:
        await ask_standin_to_forget(wire, settings.standin_url, own)


async def _ask(engine: "Engine", settings: "Settings", now: datetime, *, runs: bool) -> int:
    """Return how many requests the providers confirmed."""
    async with ways_out(engine, settings, now=now) as outbox:
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
