"""After a sweep each active customer is in hand, or is listed with the reason and a remedy.

Whatever is imported, edited, erased, answered or failed before.
"""

import asyncio
import shutil
from collections.abc import Callable
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test
from sqlalchemy import Connection, Engine, func, select

from contacts.care.needy import needy
from contacts.care.sweep import Swept, sweep
from contacts.channels.incoming import EventKind, IncomingEvent
from contacts.channels.outbox import Outbox
from contacts.delivery.planning.plan import plan
from contacts.delivery.send import send_due
from contacts.listening.apply import apply_events
from contacts.privacy.erase import erase
from contacts.record.engine import reading, writing
from contacts.record.imports import import_customers
from contacts.record.phrases import NoteKind
from contacts.record.tables import Attempt, Customer, Enrolment, Queued, Task, Touch
from contacts.record.work.notes import Note, record_note
from contacts.settings import Settings
from contacts.workspace.plannable import Plannable
from contacts.workspace.sweeping import WorkspacePlanner
from tests.cast import NOW, SIGNING_KEY
from tests.world import Sender, World, loaded, world

BRIEF = hypothesis_settings(
    max_examples=7,
    stateful_step_count=8,
    derandomize=True,  # the same lives every time, and no folder of examples
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate, Phase.shrink],
)
PEOPLE = st.sampled_from(["ada", "bob", "cleo", "gus"])
HEADER = "email,first_name,owner,timezone,freshness_days,consent_email,consent_source,consent_at\n"
WELCOME = "  - {key: hello, channel: email, template: hello, day: 0, any_time: true}"
MONTHLY = "  - {key: word, channel: email, template: hello, day: 25, any_time: true}"
DAY, MONTH = timedelta(days=1), timedelta(days=30)


class Machine(RuleBasedStateMachine):
    engine: Engine
    settings: Settings
    templates: World
    empty: Callable[[], None]

    def __init__(self) -> None:
        super().__init__()
        self.empty()
        self.now, self.held, self.numbers = NOW, False, count()
        self.ours = self.settings
        self.cadences = [
            loaded(WELCOME, name="welcome", stop="{on: [reply, opt_out]}"),
            loaded(MONTHLY, name="nurture", start="{on: customer.idle}", stop="{on: [reply]}"),
        ]

    @initialize(who=st.lists(PEOPLE, min_size=2, unique=True))
    def begin(self, who: list[str]) -> None:
        for one in who:
            self.import_one(one, owner="olive@example.com", zone="", limit="")

    @rule(
        who=PEOPLE,
        owner=st.sampled_from(["olive@example.com", ""]),
        zone=st.sampled_from(["", "Asia/Kolkata"]),
        limit=st.sampled_from(["", "1", "20"]),
    )
    def import_one(self, who: str, owner: str, zone: str, limit: str) -> None:
        path = self.settings.workspace / "data" / "customers.csv"
        said = "yes,form,2026-10-01" if who != "cleo" else "no,form,2026-10-01"
        row = f"{who}@example.com,{who.title()},{owner},{zone},{limit},{said}\n"
        path.write_text(HEADER + row, encoding="utf-8")
        import_customers(self.engine, path, settings=self.settings, now=self.now)

    @rule(who=PEOPLE)
    def move_to_mars(self, who: str) -> None:
        """A zone that another machine knows and this one does not."""
        with writing(self.engine) as connection:
            theirs = Customer.__table__.update().where(Customer.email == f"{who}@example.com")
            connection.execute(theirs.values(timezone="Mars/Olympus"))

    @rule(who=PEOPLE)
    def erase_one(self, who: str) -> None:
        if (customer := self.find(who)) is not None:
            erase(self.engine, customer, signing_key=SIGNING_KEY, now=self.now)

    @rule(kind=st.sampled_from([EventKind.REPLIED, EventKind.BOUNCED, EventKind.OPTED_OUT]))
    def hear(self, kind: EventKind) -> None:
        with writing(self.engine) as connection:
            last = select(Attempt.id).order_by(Attempt.started_at.desc(), Attempt.id.desc())
            attempt = connection.execute(last.limit(1)).scalar()
            if attempt is None:
                return
            event = IncomingEvent(
                "sendgrid", f"e-{next(self.numbers)}", kind, "email", self.now, attempt,
                detail="550 5.1.1 no such user",
            )  # fmt: skip
            apply_events(connection, [event], settings=self.settings, now=self.now)

    @rule(named=st.booleans())
    def name_owners(self, named: bool) -> None:
        self.ours = self.settings if named else self.settings.model_copy(update={"owners": []})

    @rule(held=st.booleans())
    def hold_cadences(self, held: bool) -> None:
        self.held = held

    @rule(who=PEOPLE, days=st.sampled_from([0, 3, 90]))
    def waive(self, who: str, days: int) -> None:
        if (customer := self.find(who)) is not None:
            until = (self.now + days * DAY).date()
            self.log(Note(customer, NoteKind.NOTE, "Away.", self.now, waive_until=until))

    @rule(who=PEOPLE)
    def leave_alone_no_longer(self, who: str) -> None:
        if (customer := self.find(who)) is not None:
            self.log(Note(customer, NoteKind.NOTE, "Back.", self.now, ends_waiver=True))

    @rule(who=PEOPLE)
    def call(self, who: str) -> None:
        if (customer := self.find(who)) is not None:
            self.log(Note(customer, NoteKind.CALL, "All well.", self.now))

    @rule(span=st.sampled_from([DAY, MONTH, 3 * MONTH]))
    def wait(self, span: timedelta) -> None:
        self.now += span

    @rule()
    def tick(self) -> None:
        plan(self.engine, self.cadences, settings=self.settings, now=self.now, some_held=self.held)
        sending = send_due(
            self.engine, Outbox(email=Sender(), sms=Sender(), live=frozenset()),
            settings=self.settings, templates=self.templates.templates, now=self.now,
        )  # fmt: skip
        asyncio.run(sending)

    @rule()
    def night(self) -> None:
        swept = self.sweep()
        with reading(self.engine) as connection:
            self.check(connection, swept)
            before = _numbers(connection)
        assert self.sweep().repaired == {}
        with reading(self.engine) as connection:
            assert _numbers(connection) == before, "a second sweep does nothing"

    def teardown(self) -> None:
        self.night()

    def sweep(self) -> Swept:
        found = Plannable(self.cadences, {"renewal": []} if self.held else {})
        planner = WorkspacePlanner(self.engine, self.ours, self.now, found)
        return sweep(
            self.engine, settings=self.ours, now=self.now, planner=lambda: planner, limit=100
        )

    def check(self, connection: Connection, swept: Swept) -> None:
        everybody = connection.execute(select(Customer).where(Customer.active)).all()
        assert swept.found.active == len(everybody)
        listed = {one.customer_id: one for one in swept.found.uncovered}
        alone = {one.id for one in everybody if not _is_in_hand(connection, one, self.now)}
        assert listed.keys() == alone
        assert all(one.reason and one.remedy for one in listed.values())
        lost = {one.id for one in everybody if one.timezone == "Mars/Olympus"}
        assert self.held or alone <= lost, "what can be repaired is"
        left = needy(connection, settings=self.ours, now=self.now)
        assert {*left.slipping} <= lost
        owned = bool(self.ours.owners)
        unowned = {one.id for one in everybody if one.owner_id is None or not owned}
        assert {one.customer_id for one in swept.found.unowned} == unowned
        assert swept.found.holds == (not alone and not unowned)

    def find(self, who: str) -> int | None:
        with reading(self.engine) as connection:
            known = select(Customer.id).where(Customer.email == f"{who}@example.com")
            return connection.execute(known).scalar()

    def log(self, note: Note) -> None:
        with writing(self.engine) as connection:
            record_note(connection, note, now=self.now)


def _is_in_hand(connection: Connection, customer: Any, now: Any) -> bool:
    """By the words of the promise, one customer at a time."""
    if customer.waived_until is not None and customer.waived_until >= now.date():
        return True
    tasks = select(Task.state).where(Task.customer_id == customer.id)
    if "open" in connection.execute(tasks).scalars().all():
        return True
    touches = select(Touch.state, Touch.due_at, Queued.touch_id).outerjoin(
        Queued, Queued.touch_id == Touch.id
    )
    return any(
        state in ("sending", "unknown")
        or (state == "planned" and queued is not None and due_at >= now - MONTH)
        for state, due_at, queued in connection.execute(
            touches.where(Touch.customer_id == customer.id)
        )
    )


def _numbers(connection: Connection) -> list[int]:
    tables = (Enrolment, Touch, Queued, Task)
    counts = (select(func.count()).select_from(table) for table in tables)
    return [connection.execute(one).scalar_one() for one in counts]


def test_after_a_sweep_each_customer_is_in_hand_or_listed(
    sqlite_engine: Engine, sqlite_template: Path, settings: Settings
) -> None:
    record = Path(str(sqlite_engine.url.database))

    def empty() -> None:
        sqlite_engine.dispose()
        for file in record.parent.iterdir():
            file.unlink()
        shutil.copyfile(sqlite_template, record)

    class Here(Machine):
        pass

    Here.engine, Here.settings, Here.empty = sqlite_engine, settings, staticmethod(empty)
    Here.templates = world(sqlite_engine, settings, WELCOME)
    run_state_machine_as_test(Here, settings=BRIEF)
