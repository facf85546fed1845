"""Events that a fault of ours kept from being applied: kept whole, and tried again."""

import traceback
from collections.abc import Sequence
from dataclasses import asdict, fields, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, delete, select, update

from contacts.cadences.reach import Scope
from contacts.channels.incoming import EventKind, IncomingEvent
from contacts.listening.apply import apply_events
from contacts.listening.store import storable
from contacts.record.consent.suppression import suppress
from contacts.record.customers.address_keys import address_hash, customers_at
from contacts.record.engine import reading, writing
from contacts.record.errors import RecordError
from contacts.record.inserting import insert_into
from contacts.record.locks import hold_customers
from contacts.record.upkeep.stuck_events import StuckEvent
from contacts.settings import Settings

_STOPS = {EventKind.OPTED_OUT: "opt_out", EventKind.COMPLAINED: "complained"}


def set_aside(
    connection: Connection,
    event: IncomingEvent,
    error: Exception,
    *,
    signing_key: str,
    now: datetime,
) -> None:
    """Keep an event that could not be applied; one that is kept already counts one more try.

    Whoever asked to stop is left alone from now on all the same (P3).
    """
    known = storable(event)
    if known.kind in _STOPS and known.address:
        hold_customers(connection, customers_at(connection, known.channel, known.address))
        suppress(
            connection,
            address_hash=address_hash(signing_key, known.address),
            channel=known.channel,
            reason=_STOPS[known.kind],
            source=f"{known.provider}, set aside",
            at=min(known.occurred_at, now),
            scope=Scope.MARKETING if known.marketing_only else Scope.ALL,
        )
    statement = insert_into(connection.dialect.name, StuckEvent).values(
        provider=known.provider,
        event_id=known.event_id,
        received_at=now,
        why=place_of(error),
        said=_as_json(known),
    )
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["provider", "event_id"],
            set_={"tries": StuckEvent.tries + 1, "why": statement.excluded.why},
        )
    )


def try_again(engine: Engine, *, settings: Settings, now: datetime) -> int:
    """Apply what was set aside, oldest first, each by itself; return how many still cannot be."""
    with reading(engine) as connection:
        rows = connection.execute(
            select(StuckEvent.id, StuckEvent.said).order_by(StuckEvent.received_at, StuckEvent.id)
        ).all()
    return sum(not _applied(engine, row.id, row.said, settings=settings, now=now) for row in rows)


def place_of(error: Exception) -> str:
    """Kind and place of a fault, for whoever mends it; its words may quote a person."""
    frames: Sequence[traceback.FrameSummary] = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if "/contacts/" in frame.filename] or frames
    if not ours:
        return type(error).__name__
    path = ours[-1].filename.rpartition("/contacts/")[2]
    return f"{type(error).__name__} at contacts/{path}:{ours[-1].lineno}"[:200]


def _applied(
    engine: Engine, row_id: int, said: dict[str, Any], *, settings: Settings, now: datetime
) -> bool:
    try:
        with writing(engine) as connection:
            apply_events(connection, [_from_json(said)], settings=settings, now=now)
            connection.execute(delete(StuckEvent).where(StuckEvent.id == row_id))
    except RecordError:
        raise
    except Exception as error:  # noqa: BLE001  # whatever it is, the others must have their turn
        with writing(engine) as connection:
            more = {"tries": StuckEvent.tries + 1, "why": place_of(error)}
            connection.execute(update(StuckEvent).where(StuckEvent.id == row_id).values(more))
        return False
    return True


def _as_json(event: IncomingEvent) -> dict[str, Any]:
    return asdict(event) | {"occurred_at": event.occurred_at.isoformat()}


def _from_json(said: dict[str, Any]) -> IncomingEvent:
    known = {field.name for field in fields(IncomingEvent)}
    event = IncomingEvent(**{name: value for name, value in said.items() if name in known})
    return replace(
        event,
        kind=EventKind(said["kind"]),
        occurred_at=datetime.fromisoformat(said["occurred_at"]),
    )
