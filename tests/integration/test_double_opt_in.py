"""Double opt-in: a yes to marketing mail is a request until its own mail's link confirms it."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, delete, select, update
from sqlalchemy.exc import OperationalError

from contacts.cadences.faults import FaultyFile
from contacts.cadences.load import parse_cadence
from contacts.cadences.room import IN_TIME
from contacts.channels.links import read_confirm
from contacts.delivery.planning.plan import plan
from contacts.listening.by_person import Told, give
from contacts.listening.confirm import Mailed, confirm
from contacts.listening.preferences import Wanted, save
from contacts.listening.unsubscribe import unsubscribe
from contacts.record.consent.choices import Came, Level
from contacts.record.consent.suppression import suppress
from contacts.record.customers.address_keys import address_hash, address_key, link_key
from contacts.record.customers.lookup import find_customer
from contacts.record.engine import reading, writing
from contacts.record.imports import import_customers
from contacts.record.imports.report import ImportReport
from contacts.record.locks import share_customers
from contacts.record.tables import Attempt, Consent, Customer, Queued, Suppression, Touch
from contacts.record.timeline import timeline, upcoming
from contacts.settings import Settings
from contacts.web.app import create_app
from contacts.web.board.person import look_up
from contacts.workspace.own_cadences import own_cadences
from tests.cast import NOW, SIGNING_KEY, agrees, customer
from tests.world import World, loaded, world

HEADER = "email,consent_email,consent_source,consent_at,consent_kind,consent_wording"
NEWS = (
    "  - {key: offer, channel: email, template: offer, day: 0}\n"
    "  - {key: more, channel: email, template: offer, day: 3}\n"
)
ASKED, OFFER = ("ask", "accepted", None), ("offer", "skipped", "unconfirmed")
WAITS = ("offer", "planned", "unconfirmed")
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
ADAS_KEY = address_key(address_hash(SIGNING_KEY, "ada@example.com"))
EVERY_DAY = "{days: [mon, tue, wed, thu, fri, sat, sun], holidays: ignore}"
Take = Callable[..., ImportReport]


@pytest.fixture
def asking(settings: Settings) -> Settings:
    return settings.model_copy(update={"double_opt_in": True, "public_url": "https://t.example"})


@pytest.fixture
def take(sqlite_engine: Engine, asking: Settings, tmp_path: Path) -> Take:
    return taking(sqlite_engine, asking, tmp_path)


def taking(engine: Engine, settings: Settings, folder: Path) -> Take:
    def take(at: datetime = NOW, *, kind: str = "", now: datetime = NOW) -> ImportReport:
        path = folder / "customers.csv"
        row = f"ada@example.com,yes,webshop,{at.isoformat()},{kind},news v3"
        path.write_text(f"{HEADER}\n{row}\n", encoding="utf-8")
        return import_customers(engine, path, settings=settings, now=now)

    return take


async def tick(small: World, now: datetime) -> None:
    cadences = [small.cadence, *own_cadences(small.settings)]
    plan(small.engine, cadences, settings=small.settings, now=now)
    await small.send(now)


async def asked(engine: Engine, settings: Settings) -> tuple[World, str]:
    """Two passes: Ada is asked, and the offer of that day had its turn; the address in her mail."""
    small = world(engine, settings, NEWS, purpose="marketing")
    await tick(small, NOW)
    await small.send(NOW + IN_TIME)
    (mail,) = small.email.got
    (link,) = set(re.findall(r"https://t\.example(/c/[\w.~-]+)", mail.html + mail.text))
    return small, link


@contextmanager
def browser(engine: Engine, settings: Settings, now: datetime = NOW) -> Iterator[TestClient]:
    with TestClient(create_app(settings, engine, clock=lambda: now)) as client:
        yield client


def kept(engine: Engine) -> list[Any]:
    with reading(engine) as connection:
        query = select(Consent).where(Consent.channel == "email").order_by(Consent.id)
        return list(connection.execute(query))


def kinds(engine: Engine) -> list[str]:
    return [one.kind for one in kept(engine)]


async def test_c17_marketing_waits_until_the_link_of_one_mail_has_confirmed_it(
    engine: Engine, asking: Settings, tmp_path: Path
) -> None:
    taking(engine, asking, tmp_path)()
    small, link = await asked(engine, asking)
    assert sorted(small.touches()) == [ASKED, WAITS]
    (mail,) = small.email.got
    assert "List-Unsubscribe" not in mail.headers

    with browser(engine, asking, NOW + DAY) as client:
        assert [client.get(link).status_code, client.head(link).status_code] == [200, 200]
        assert kinds(engine) == ["pending"]  # a mail gateway follows links
        assert [client.post(link).status_code for _ in range(2)] == [200, 200]
        assert "confirmed" in client.get(link).text

    request, word = kept(engine)
    assert (word.granted, word.kind, word.at) == (True, "double", NOW + DAY)
    assert (word.purpose, word.wording) == (request.purpose, "news v3")
    with reading(engine) as connection:
        (attempt,) = connection.execute(select(Attempt.id, Attempt.template)).all()
    assert word.evidence == f"attempt {attempt.id}, {attempt.template}"

    await tick(small, NOW + 3 * DAY)
    assert sorted(small.touches()) == [ASKED, ("more", "accepted", None), OFFER]


async def test_what_fell_due_on_the_day_they_confirmed_leaves_on_the_next(
    sqlite_engine: Engine, asking: Settings, take: Take
) -> None:
    """The mail that asks takes that day's place."""
    take()
    small = world(sqlite_engine, asking, NEWS, purpose="marketing", window=EVERY_DAY)
    await tick(small, NOW)
    await small.send(NOW + HOUR)
    with writing(sqlite_engine) as connection:
        mail = Mailed(small.email.got[0].attempt_id, ADAS_KEY)
        assert confirm(connection, mail, signing_key=SIGNING_KEY, now=NOW + 2 * HOUR)
    await small.send(NOW + 2 * HOUR)
    await small.send(NOW + DAY)
    assert sorted(small.touches()) == [ASKED, ("offer", "accepted", None)]


@pytest.mark.parametrize("way", ["link", "page", "person", "file"])
async def test_what_waits_for_their_word_is_told_and_leaves_as_they_say_it(
    sqlite_engine: Engine, asking: Settings, take: Take, way: str
) -> None:
    take()
    small, _ = await asked(sqlite_engine, asking)
    monday = NOW + 3 * DAY
    await tick(small, monday)
    with reading(sqlite_engine) as connection:
        (held,) = upcoming(connection, 1, settings=asking, now=monday)
    assert (held.kind, held.reason) == ("held", "unconfirmed")
    then = monday + HOUR
    if way == "file":
        take(then, kind="double", now=then)
    with writing(sqlite_engine) as connection:
        if way == "link":
            mail = Mailed(small.email.got[0].attempt_id, ADAS_KEY)
            assert confirm(connection, mail, signing_key=SIGNING_KEY, now=then)
        elif way == "page":
            came = Came(1, "email", link_key(address_hash(SIGNING_KEY, "ada@example.com")))
            save(connection, came, Wanted({"email": Level.EVERYTHING}), settings=asking, now=then)
        elif way == "person":
            told = Told("email", "marketing", "by telephone", then)
            row = find_customer(connection, "1")
            give(connection, row, told, settings=asking, now=then, is_confirmed=True)
    await small.send(then)
    assert sorted(small.touches()) == [ASKED, ("more", "accepted", None), OFFER]


@pytest.mark.parametrize("minutes", [0, 30])
async def test_nothing_else_of_theirs_waits_for_a_word_that_may_never_come(
    sqlite_engine: Engine, asking: Settings, take: Take, minutes: int
) -> None:
    """Mail about what she bought, planned behind the offer of that day, asks with or after it."""
    take()
    small, _ = await asked(sqlite_engine, asking)
    monday = NOW + 3 * DAY
    step = "  - {key: bill, channel: email, template: hello, day: 0, priority: 0}\n"
    plan(sqlite_engine, [small.cadence, loaded(step, name="bills")], settings=asking, now=monday)
    bill = select(Touch.id).where(Touch.step_key == "bill").scalar_subquery()
    then = monday + timedelta(minutes=minutes)
    with writing(sqlite_engine) as connection:
        connection.execute(update(Queued).where(Queued.touch_id == bill).values(ready_at=then))
        connection.execute(update(Touch).where(Touch.id == bill).values(reason="spread"))
    await small.send(monday)
    await small.send(then)
    assert ("bill", "accepted", None) in small.touches()


async def test_whoever_does_not_confirm_is_asked_once_and_gets_no_marketing(
    sqlite_engine: Engine, asking: Settings, take: Take
) -> None:
    take()
    small, _ = await asked(sqlite_engine, asking)
    for days in (1, 3, 6):
        take(NOW + days * DAY, now=NOW + days * DAY)  # the nightly file
        await tick(small, NOW + days * DAY)
    assert sorted(small.touches()) == [ASKED, ("more", "skipped", "unconfirmed"), OFFER]
    assert len(small.email.got) == 1

    take(NOW + 30 * DAY, now=NOW + 30 * DAY)  # the request has lapsed; this is a new one
    assert kinds(sqlite_engine) == ["pending", "pending"]
    await tick(small, NOW + 30 * DAY)
    assert len(small.email.got) == 2


async def test_s10_a_link_that_confirms_ends_and_all_bad_ones_get_one_answer(
    sqlite_engine: Engine, asking: Settings, take: Take
) -> None:
    take()
    _, link = await asked(sqlite_engine, asking)
    other_mark = link[:-1] + ("A" if link[-1] != "A" else "B")
    clock = [NOW + 2 * DAY]
    app = create_app(asking, sqlite_engine, clock=lambda: clock[0])
    with TestClient(app) as client:

        def answers(address: str = link) -> set[tuple[int, str]]:
            return {
                (one.status_code, one.text) for one in (client.get(address), client.post(address))
            }

        bad = answers("/c/anything") | answers(other_mark) | answers(link[:-9])
        clock[0] = NOW + 30 * DAY
        bad |= answers()  # it has lapsed
        clock[0] = NOW + 2 * DAY
        move(sqlite_engine, "ada@example.org")
        bad |= answers()  # whoever reads the old address says nothing about the new one
        move(sqlite_engine, "ada@example.com")
        assert client.get(link).status_code == 200
        with writing(sqlite_engine) as connection:
            hashed = address_hash(SIGNING_KEY, "ada@example.com")
            suppress(connection, address_hash=hashed, channel="email", reason="complained",
                     source="spam complaint", at=NOW)  # fmt: skip
        bad |= answers()  # to the provider she said that it is spam
        with writing(sqlite_engine) as connection:
            connection.execute(delete(Suppression))
            agrees(connection, 1, "email", at=NOW + DAY, granted=False)
        bad |= answers()  # she has taken it back
    assert [status for status, _ in bad] == [404]
    assert [(one.granted, one.kind) for one in kept(sqlite_engine)] == [
        (True, "pending"), (False, "express"),
    ]  # fmt: skip


def move(engine: Engine, address: str) -> None:
    with writing(engine) as connection:
        connection.execute(update(Customer).values(email=address))


async def test_who_confirms_waits_for_a_gate_that_holds_them(
    postgresql_engine: Engine, asking: Settings, tmp_path: Path
) -> None:
    taking(postgresql_engine, asking, tmp_path)()
    _, link = await asked(postgresql_engine, asking)
    mailed = Mailed(*(read_confirm(asking.link_ring, link.removeprefix("/c/")) or ("", "")))
    with postgresql_engine.begin() as gate, postgresql_engine.connect() as page:
        share_customers(gate, gate.execute(select(Customer.id)).scalars().all())
        page.exec_driver_sql("SET lock_timeout = '1ms'")
        with pytest.raises(OperationalError, match="lock timeout"):
            confirm(page, mailed, signing_key=SIGNING_KEY, now=NOW)


async def test_c18_who_opts_out_before_it_leaves_is_not_even_asked(
    sqlite_engine: Engine, asking: Settings, take: Take
) -> None:
    take()
    small = world(sqlite_engine, asking, NEWS, purpose="marketing")
    plan(sqlite_engine, own_cadences(asking), settings=asking, now=NOW)
    with writing(sqlite_engine) as connection:
        unsubscribe(connection, 1, "email", settings=asking, now=NOW)
    await small.send(NOW)
    assert (small.email.got, small.touches()) == ([], [("ask", "skipped", "stopped")])


async def test_who_has_confirmed_elsewhere_before_it_leaves_is_not_asked(
    sqlite_engine: Engine, asking: Settings, take: Take
) -> None:
    take()
    small = world(sqlite_engine, asking, NEWS, purpose="marketing")
    plan(sqlite_engine, own_cadences(asking), settings=asking, now=NOW)
    take(NOW, kind="double")
    await small.send(NOW)
    assert (small.email.got, small.touches()) == ([], [("ask", "skipped", "goal")])


async def test_what_held_before_holds_on_and_what_came_confirmed_is_not_asked(
    sqlite_engine: Engine, asking: Settings, settings: Settings, take: Take, tmp_path: Path
) -> None:
    taking(sqlite_engine, settings, tmp_path)(NOW - DAY)
    take(NOW)  # the same customer, once it is switched on
    assert kinds(sqlite_engine) == ["express"]
    take(NOW, kind="double")
    assert kinds(sqlite_engine) == ["express", "double"]
    small = world(sqlite_engine, asking, NEWS, purpose="marketing")
    await tick(small, NOW)
    assert small.touches()[0] == ("offer", "accepted", None)


async def test_a_request_takes_away_nothing_that_is_implied(
    sqlite_engine: Engine, asking: Settings, take: Take
) -> None:
    take(NOW - DAY, kind="implied")
    take(NOW)
    assert kinds(sqlite_engine) == ["implied", "pending"]
    small = world(sqlite_engine, asking, NEWS, purpose="marketing")
    for days in (0, 3):
        await tick(small, NOW + days * DAY)
    assert {ASKED, ("more", "accepted", None)} <= set(small.touches())


def test_who_agreed_to_service_mail_alone_can_ask_for_more(
    sqlite_engine: Engine, take: Take
) -> None:
    with writing(sqlite_engine) as connection:
        one = customer(connection, email="ada@example.com")
        agrees(connection, one, "email", at=NOW - DAY, purpose="service")
    take()
    take()
    assert kinds(sqlite_engine) == ["express", "pending"]


def test_a_request_that_is_too_old_is_named_and_nobody_is_asked(
    sqlite_engine: Engine, asking: Settings, take: Take
) -> None:
    report = take(NOW - 30 * DAY)
    assert "consent_kind double" in report.warnings[0].message
    plan(sqlite_engine, own_cadences(asking), settings=asking, now=NOW)
    assert world(sqlite_engine, asking, NEWS).touches() == []


def test_a_request_and_its_end_are_told_on_the_timeline_and_on_the_customers_page(
    sqlite_engine: Engine, asking: Settings, take: Take
) -> None:
    take()
    after = NOW + 31 * DAY
    with reading(sqlite_engine) as connection:
        story = {one.title: one for one in timeline(connection, 1, now=after)}
        person = look_up(connection, 1, settings=asking, now=after)
    assert "to be confirmed" in story["Asked for e-mail"].detail
    assert story["Request for e-mail lapsed"].at == NOW + 30 * DAY
    assert person is not None
    mail = person.permissions[0]
    assert (mail.is_asked, mail.is_expired) == (True, True)


def test_without_the_setting_a_yes_is_a_yes(
    sqlite_engine: Engine, settings: Settings, tmp_path: Path
) -> None:
    taking(sqlite_engine, settings, tmp_path)()
    assert (kinds(sqlite_engine), own_cadences(settings)) == (["express"], [])


@pytest.mark.parametrize(
    "ours", ["purpose: consent\nstart: {on: customer.added}",
             "purpose: service\nstart: {on: consent.asked}"],
)  # fmt: skip
def test_no_cadence_of_a_workspace_takes_the_way_of_the_confirming_mail(ours: str) -> None:
    steps = f"steps:\n{NEWS}"
    with pytest.raises(FaultyFile, match="Touchline's own"):
        parse_cadence(f"name: mine\ngoal: to slip through\n{ours}\n{steps}", "mine.yaml")
