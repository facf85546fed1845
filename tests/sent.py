"""Touches that were sent, or are on their way, for tests that begin after the gate."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, insert, select

from contacts.record.tables import Attempt, CadenceVersion, Enrolment, Message, Queued, Touch
from contacts.record.touches.attempts import new_attempt_id
from tests.cast import NOW

CADENCE = """\
name: onboarding
goal: first 30 days
purpose: service
start: {on: customer.added}
stop: {on: [reply, opt_out]}
steps:
  - {key: hello, channel: email, template: welcome, day: 0}
  - {key: tips, channel: email, template: tips, day: 3}
"""


@dataclass(frozen=True, slots=True)
class Sent:
    attempt_id: str
    touch_id: int
    enrolment_id: int


def enrolled(
    connection: Connection,
    customer_id: int,
    *,
    name: str = "onboarding",
    stop_on: str = "reply, opt_out",
    purpose: str = "service",
) -> int:
    """The customer's active enrolment, whose next touch is under way; returns its id."""
    theirs = select(Enrolment.id).where(
        Enrolment.customer_id == customer_id, Enrolment.cadence == name
    )
    if (there := connection.execute(theirs).scalar_one_or_none()) is not None:
        return int(there)
    source = CADENCE.replace("onboarding", name).replace("reply, opt_out", stop_on)
    source = source.replace("purpose: service", f"purpose: {purpose}")
    found = connection.execute(select(CadenceVersion.id).where(CadenceVersion.name == name))
    version = found.scalar_one_or_none() or _insert(
        connection, CadenceVersion, name=name, sha256=name, source=source, created_at=NOW
    )
    return _insert(
        connection,
        Enrolment,
        customer_id=customer_id,
        cadence=name,
        version_id=version,
        trigger="customer.added",
        state="active",
        started_at=NOW,
        started_on=NOW.date(),
    )


def sent(  # the parts of a message that tests vary
    connection: Connection,
    customer_id: int,
    *,
    channel: str = "email",
    state: str = "accepted",
    address: str = "ada@example.com",
    step: str = "hello",
    enrolment_id: int | None = None,
    at: datetime = NOW,
    words: dict[str, Any] | None = None,
) -> Sent:
    """A touch with one attempt in `state`, and its words."""
    enrolment_id = enrolment_id or enrolled(connection, customer_id)
    touch_id = _touch(connection, customer_id, enrolment_id, channel, step, state, at)
    attempt_id = new_attempt_id()
    connection.execute(
        insert(Attempt).values(
            id=attempt_id,
            touch_id=touch_id,
            customer_id=customer_id,
            channel=channel,
            local_date=at.date(),
            state=state,
            fence=1,
            lease_until=at + timedelta(minutes=1),
            template="welcome/en@1f3a",
            body_hash="0" * 64,
            started_at=at,
            provider_id=f"provider-{touch_id}" if state == "accepted" else None,
        )
    )
    said = {"subject": "Hello", "text": "Hello Ada & Bob", "html": "<p>Hello Ada &amp; Bob</p>"}
    connection.execute(
        insert(Message).values(attempt_id=attempt_id, address=address, **(said | (words or {})))
    )
    return Sent(attempt_id, touch_id, enrolment_id)


def planned(
    connection: Connection, customer_id: int, enrolment_id: int, *, step: str = "tips"
) -> int:
    """A touch that waits in the queue; returns its id."""
    due = NOW + timedelta(days=3)
    touch_id = _touch(connection, customer_id, enrolment_id, "email", step, "planned", due)
    connection.execute(insert(Queued).values(ready_at=due, touch_id=touch_id))
    return touch_id


def state_of(engine: Engine, touch_id: int) -> str:
    with engine.connect() as connection:
        return str(connection.execute(select(Touch.state).where(Touch.id == touch_id)).scalar_one())


def _touch(
    connection: Connection,
    customer_id: int,
    enrolment_id: int,
    channel: str,
    step: str,
    state: str,
    at: datetime,
) -> int:
    return _insert(
        connection,
        Touch,
        customer_id=customer_id,
        enrolment_id=enrolment_id,
        cadence="onboarding",
        step_key=step,
        occurrence=f"{NOW.date()}/1/{enrolment_id}",
        channel=channel,
        purpose="service",
        state=state,
        due_at=at,
        not_after=at + timedelta(days=2),
        wall_time=f"{at:%Y-%m-%dT%H:%M}",
        zone="America/New_York",
        created_at=at,
        made_at=at if state == "accepted" else None,
    )


def _insert(connection: Connection, table: Any, **values: Any) -> int:
    return int(connection.execute(insert(table).values(values)).inserted_primary_key[0])
