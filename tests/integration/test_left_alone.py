"""Whom somebody said to leave alone until a day is left alone, and what waits is given back."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select, update

from contacts.cadences.wishes import Wishes
from contacts.care.freshness import freshness
from contacts.delivery.drafts import Desk
from contacts.delivery.reports import SendReport
from contacts.delivery.transactions import Transactions
from contacts.listening.preferences import Wanted, save
from contacts.record.consent.choices import Came, keep_wishes
from contacts.record.customers.address_keys import address_hash, link_key
from contacts.record.engine import reading, writing
from contacts.record.errors import NoteRefused
from contacts.record.phrases import NoteKind
from contacts.record.tables import Customer, Event, Touch
from contacts.record.timeline import timeline, upcoming
from contacts.record.work.notes import Note, record_note
from contacts.record.work.planned import planned_touches
from contacts.record.work.taking_back import take_back
from contacts.settings import Settings
from tests.cast import NOW, ada
from tests.world import World, world

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
MORNING = date(2026, 11, 21)
SPRING = date(2027, 3, 1)
EVERY_DAY = "{days: [mon, tue, wed, thu, fri, sat, sun], holidays: ignore}"
OFFER = "  - {key: offer, channel: email, template: offer, day: 0}\n"
TALK = "  - {key: talk, channel: call, template: welcome, day: 0}\n"


def small(engine: Engine, settings: Settings, steps: str = OFFER, **top: str) -> World:
    """Ada on a cadence whose touch is planned for now."""
    with writing(engine) as connection:
        ada(connection)
    found = world(engine, settings, steps, **{"purpose": "marketing", "window": EVERY_DAY} | top)
    found.plan(NOW)
    return found


def hers(engine: Engine) -> int:
    with reading(engine) as connection:
        return connection.execute(select(Customer.id)).scalar_one()


def log(engine: Engine, until: date | None = None, **changes: Any) -> int:
    said = {"kind": NoteKind.NOTE, "text": "Until spring", "at": NOW, "waive_until": until}
    who = hers(engine)
    with writing(engine) as connection:
        record_note(connection, Note(who, **(said | changes)), now=NOW)
        newest = select(Event.id).order_by(Event.id.desc()).limit(1)
        return connection.execute(newest).scalar_one()


def waiver(engine: Engine) -> tuple[date | None, str | None]:
    with reading(engine) as connection:
        row = connection.execute(select(Customer.waived_until, Customer.waiver)).one()
        return row.waived_until, row.waiver


@pytest.mark.parametrize(("purpose", "leaves"), [("marketing", 0), ("service", 1)])
async def test_no_marketing_leaves_to_whom_we_leave_alone_and_service_does(
    engine: Engine, settings: Settings, purpose: str, leaves: int
) -> None:
    here = small(engine, settings, purpose=purpose)
    log(engine, SPRING)
    await here.send(NOW)
    assert len(here.email.got) == leaves
    if not leaves:
        assert here.touches() == [("offer", "planned", "waived")], "it may yet be given back"
        await here.send(NOW + 2 * DAY - 10 * MINUTE)
        assert here.touches() == [("offer", "skipped", "waived")]


async def test_a_call_that_a_cadence_asks_for_waits_for_the_day(
    engine: Engine, settings: Settings
) -> None:
    here = small(engine, settings, TALK, purpose="service")
    log(engine, MORNING)
    with reading(engine) as connection:
        ahead = [planned_touches(connection, of=None, until=NOW + n * DAY, limit=9) for n in (1, 2)]
    assert list(map(len, ahead)) == [0, 1], "nobody need get ready for it before"
    await here.send(NOW)
    assert (here.touches(), here.tasks()) == ([("talk", "planned", "waived")], [])
    await here.send(NOW + DAY)
    assert [one.kind for one in here.tasks()] == ["call"]


def test_a_waiver_that_was_logged_before_the_gate_began_counts(
    engine: Engine, settings: Settings
) -> None:
    here = small(engine, settings)
    desk = Desk(settings, here.templates, frozenset(), SendReport())
    passing = Transactions(engine, desk, lambda: NOW)
    batch = passing.prepare(passing.claim().going)
    log(engine, MORNING)
    assert passing.gate(batch)[0] == []


async def test_who_is_left_alone_counts_as_such_though_a_touch_is_planned(
    engine: Engine, settings: Settings
) -> None:
    small(engine, settings)
    for until, counted in ((None, (1, 0)), (SPRING, (0, 1))):
        log(engine, until)
        with reading(engine) as connection:
            found = freshness(connection, now=NOW, settings=settings)
        assert (found.by_touch, found.waived) == counted
        assert (found.covered, found.active, found.uncovered_count) == (1, 1, 0)


def test_the_timeline_tells_until_when_and_what_will_not_be_sent(
    sqlite_engine: Engine, settings: Settings
) -> None:
    small(sqlite_engine, settings)
    log(sqlite_engine, SPRING)
    with reading(sqlite_engine) as connection:
        ahead = upcoming(connection, 1, settings=settings, now=NOW)
        told = [one.title for one in timeline(connection, 1, now=NOW)]
    assert [(one.kind, one.title) for one in ahead] == [
        ("waived", "We leave them alone until Mon 1 Mar 2027"),
        ("skipped", "E-mail 'offer' will be skipped"),
    ]
    assert ahead[1].detail == "we leave the customer alone until a day, as was logged"
    assert told[-1] == "Note; to be left alone until Mon 1 Mar 2027"


@pytest.mark.parametrize("how", ["undone", "ended", "sooner"])
async def test_what_a_waiver_held_goes_when_it_ends_before_its_day(
    engine: Engine, settings: Settings, how: str
) -> None:
    here = small(engine, settings)
    note = log(engine, MORNING + DAY if how == "sooner" else MORNING)
    await here.send(NOW)
    assert here.touches() == [("offer", "planned", "waived")]
    if how == "undone":
        with writing(engine) as connection:
            take_back(connection, note, now=NOW + MINUTE)
    elif how == "ended":
        log(engine, ends_waiver=True)
    else:
        log(engine, MORNING)
    await here.send(NOW + MINUTE)
    assert len(here.email.got) == (how != "sooner")
    assert waiver(engine) == ((MORNING, "Until spring") if how == "sooner" else (None, None))
    await here.send(NOW + DAY)
    assert len(here.email.got) == 1


async def test_what_a_long_waiver_held_is_given_back_while_it_is_fresh(
    engine: Engine, settings: Settings
) -> None:
    here = small(engine, settings)
    note = log(engine, SPRING)
    await here.send(NOW)
    with writing(engine) as connection:
        take_back(connection, note, now=NOW + MINUTE)
    await here.send(NOW + MINUTE)
    assert here.touches() == [("offer", "accepted", None)]


def test_what_a_waiver_held_until_its_time_was_gone_says_so(
    sqlite_engine: Engine, settings: Settings
) -> None:
    here = small(sqlite_engine, settings)
    log(sqlite_engine, SPRING)
    with writing(sqlite_engine) as connection:
        connection.execute(update(Touch).values(reason="waived"))  # as a gate said
    here.plan(NOW + 3 * DAY)
    assert here.touches()[0] == ("offer", "skipped", "waived")


async def test_a_waiver_that_ends_leaves_the_customers_own_pause_as_it_is(
    engine: Engine, settings: Settings
) -> None:
    here = small(engine, settings)
    who = hers(engine)
    with writing(engine) as connection:
        keep_wishes(connection, who, Wishes(paused_until=MORNING), now=NOW)
    log(engine, SPRING)
    log(engine, ends_waiver=True)
    await here.send(NOW)
    assert here.touches() == [("offer", "planned", "customer_paused")]
    await here.send(NOW + DAY)
    assert len(here.email.got) == 1


@pytest.mark.parametrize(
    ("wanted", "left_alone"),
    [(Wanted(paused_until=""), False), (Wanted(best_time="evening"), True)],
)
def test_who_ends_their_own_pause_is_no_longer_left_alone_either(
    engine: Engine, settings: Settings, wanted: Wanted, left_alone: bool
) -> None:
    small(engine, settings)
    who = hers(engine)
    with writing(engine) as connection:
        keep_wishes(connection, who, Wishes(paused_until=MORNING), now=NOW)
    note = log(engine, SPRING)
    key = link_key(address_hash(settings.signing_key, "ada@example.com"))
    with writing(engine) as connection:
        save(connection, Came(who, "email", key), wanted, settings=settings, now=NOW + MINUTE)
        told = [one.detail for one in timeline(connection, who, now=NOW + MINUTE)]
    assert (waiver(engine)[0] == SPRING) == left_alone
    if not left_alone:
        assert "the pause of marketing is over; we no longer leave them alone" in told
        with writing(engine) as connection:
            connection.execute(update(Customer).values(waived_until=MORNING))
            take_back(connection, note, now=NOW + 2 * MINUTE)
        assert waiver(engine)[0] == MORNING, "it is not the one that was logged"


@pytest.mark.parametrize("address", ["ada@example.com", "old@example.com"])
def test_the_link_of_an_address_that_is_theirs_no_more_ends_no_waiver(
    sqlite_engine: Engine, settings: Settings, address: str
) -> None:
    small(sqlite_engine, settings)
    log(sqlite_engine, SPRING)
    came = Came(1, "email", link_key(address_hash(settings.signing_key, address)))
    with writing(sqlite_engine) as connection:
        keep_wishes(connection, 1, Wishes(paused_until=MORNING, waived_until=SPRING), now=NOW)
        save(connection, came, Wanted(paused_until=""), settings=settings, now=NOW + MINUTE)
    assert (waiver(sqlite_engine)[0] is None) == (address == "ada@example.com")


def test_a_waiver_that_has_ended_stays_on_record_whatever_the_customer_chooses(
    sqlite_engine: Engine, settings: Settings
) -> None:
    with writing(sqlite_engine) as connection:
        ada(connection, waived_until=date(2026, 11, 19), waiver="On leave")
    came = Came(1, "email", link_key(address_hash(settings.signing_key, "ada@example.com")))
    with writing(sqlite_engine) as connection:
        for at, pause in ((NOW, "2026-12-20"), (NOW + MINUTE, "")):
            save(connection, came, Wanted(paused_until=pause), settings=settings, now=at)
        told = [one.detail for one in timeline(connection, 1, now=NOW + MINUTE)]
    assert told[-1] == "the pause of marketing is over"
    assert waiver(sqlite_engine) == (date(2026, 11, 19), "On leave")


def test_until_a_day_and_no_longer_is_refused(sqlite_engine: Engine) -> None:
    with writing(sqlite_engine) as connection:
        ada(connection)
    with pytest.raises(NoteRefused, match="say one"):
        log(sqlite_engine, SPRING, ends_waiver=True)
