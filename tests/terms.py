"""A small world with a contract of Ada's, and a cadence that its end starts."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, select

from contacts.record.engine import reading, writing
from contacts.record.imports import import_contracts
from contacts.record.tables import Customer, Enrolment
from contacts.settings import Settings
from tests.cast import NOW, ada
from tests.world import World, world

DAY = timedelta(days=1)
TODAY = NOW.date()
ENDING = "{on: contract.ending, before: 60d}"
ENDED = "{on: contract.ended, after: 7d, where: \"contract.kind == 'project'\"}"
STEPS = """\
  - {key: recap, channel: email, template: term, day: 0}
  - {key: reminder, channel: email, template: term, day: 28}
"""
WORDS = "{{ contract.id }} ends {{ contract.ends_on|date('short') }}, {{ recap.count }} benefits"


def here_with(
    engine: Engine, settings: Settings, start: str, *, steps: str = STEPS, **top: str
) -> World:
    folder = settings.workspace / "templates" / "email" / "term"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "subject.txt").write_text(WORDS)
    (folder / "body.html").write_text("<p>Soon.</p>")
    with writing(engine) as connection:
        ada(connection, joined_on=TODAY - 400 * DAY)
    window = "{start: '09:00', end: '18:00', days: [mon, tue, wed, thu, fri, sat, sun]}"
    return world(engine, settings, steps, start=start, window=window, **top)


def contract(here: World, folder: Path, **changes: Any) -> None:
    """Import one contract of Ada's."""
    row = {"id_": "C-1", "whose": "ada@example.com", "starts": TODAY - 300 * DAY, "kind": "plan"}
    one = row | changes
    file = folder / "contracts.csv"
    file.write_text(
        "contract_id,email,starts_on,ends_on,value,currency,kind\n"
        f"{one['id_']},{one['whose']},{one['starts']},{one['ends']},9,EUR,{one['kind']}\n"
    )
    now = one.get("now", NOW)
    report = import_contracts(here.engine, file, settings=here.settings, now=now)
    assert report.faults == []


def first_customer(engine: Engine) -> int:
    with reading(engine) as connection:
        return connection.execute(select(Customer.id).order_by(Customer.id)).scalars().first() or 0


def enrolments(engine: Engine) -> list[tuple[str, str | None, str]]:
    with reading(engine) as connection:
        rows = connection.execute(select(Enrolment).order_by(Enrolment.id))
        return [(row.state, row.reason, row.trigger) for row in rows]
