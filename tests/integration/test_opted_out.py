"""Who opted out of late: told to the owner whose customer it is, on the board and by mail."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection, Engine, insert, update

from contacts.cadences.reach import Scope
from contacts.delivery.own_words.morning import morning
from contacts.listening.unsubscribe import unsubscribe
from contacts.messages.templates import templates_of
from contacts.record.book.absences import roster_of
from contacts.record.consent.opted_out import OptedOut, opted_out
from contacts.record.consent.optout import BY_SMS, Said, opt_out
from contacts.record.engine import reading, writing
from contacts.record.tables import Consent, Customer, OwnerRow
from contacts.settings import Settings
from contacts.web.app import create_app
from tests.board import browser
from tests.cast import NOW, ada, agrees, bob, customer, olive
from tests.statements import statements

EARLIER, HOUR = NOW - timedelta(days=30), timedelta(hours=1)
YESTERDAY = NOW - timedelta(days=1)


@pytest.fixture
def people(sqlite_engine: Engine) -> Engine:
    """Ada is Olive's, Bob is Otto's; both are known for a month."""
    known(sqlite_engine)
    return sqlite_engine


def known(engine: Engine) -> tuple[int, int, int]:
    """Their ids, and Olive's."""
    with writing(engine) as connection:
        owner = olive(connection)
        other = insert(OwnerRow).values(email="otto@example.com", name="Otto Other")
        otto = connection.execute(other.returning(OwnerRow.id)).scalar_one()
        both = ada(connection, owner_id=owner), bob(connection, owner_id=otto)
        connection.execute(update(Customer).values(created_at=EARLIER))
    return *both, owner


def stops(connection: Connection, settings: Settings, who: int, *, at: datetime = NOW) -> None:
    said = Said("sms", who, None, BY_SMS, "twilio:SM1", at)
    opt_out(connection, said, settings=settings, now=at)


def test_who_opted_out_is_told_with_what_and_how(engine: Engine, settings: Settings) -> None:
    ada_id, bob_id, owner = known(engine)
    with writing(engine) as connection:
        stops(connection, settings, ada_id)
        unsubscribe(connection, bob_id, "email", settings=settings, now=NOW - HOUR)
        everybody = opted_out(connection, None, since=YESTERDAY, limit=9)
        olives = opted_out(connection, [owner], since=YESTERDAY, limit=9)
        nobody = opted_out(connection, [], since=YESTERDAY, limit=9)
    assert [(one.customer, one.what, one.how) for one in everybody] == [
        ("Ada Archer", "SMS", "SMS reply"),
        ("Bob Baker", "marketing by e-mail", "unsubscribe link"),
    ]
    assert olives == everybody[:1] == [
        OptedOut(ada_id, "Ada Archer", "Archer & Co", owner, "sms", "", "SMS reply", NOW,
                 "America/New_York")
    ]  # fmt: skip
    assert nobody == []


def test_what_was_heard_before_or_taken_back_is_not_told(
    people: Engine, settings: Settings
) -> None:
    with writing(people) as connection:
        stops(connection, settings, 1, at=YESTERDAY - HOUR)
        stops(connection, settings, 2)
        agrees(connection, 2, "sms", at=NOW + HOUR)
        assert opted_out(connection, None, since=YESTERDAY, limit=9) == []


def test_a_no_with_which_somebody_came_is_no_news(people: Engine) -> None:
    no = {"channel": "sms", "granted": False, "source": "file", "at": NOW, "recorded_at": NOW}
    with writing(people) as connection:
        connection.execute(update(Customer).where(Customer.id == 1).values(created_at=NOW))
        connection.execute(insert(Consent), [no | {"customer_id": one} for one in (1, 2)])
        told = opted_out(connection, None, since=YESTERDAY, limit=9)
    assert [one.customer for one in told] == ["Bob Baker"]


def test_stopping_twice_is_told_once(people: Engine, settings: Settings) -> None:
    with writing(people) as connection:
        for minutes in (0, 5):
            stops(connection, settings, 1, at=NOW + timedelta(minutes=minutes))
        unsubscribe(connection, 1, "email", everything=True, settings=settings, now=NOW + HOUR)
        told = opted_out(connection, None, since=YESTERDAY, limit=9)
    assert sorted(one.what for one in told) == ["SMS", "e-mail"]


def test_they_are_found_without_reading_what_everybody_agreed_to(people: Engine) -> None:
    with reading(people) as connection, statements(people) as asked:
        opted_out(connection, None, since=YESTERDAY, limit=9)
        (query,) = [one for one in asked if "consents" in one]
        explained = f"EXPLAIN QUERY PLAN {query}"
        plan = connection.exec_driver_sql(explained, (None,) * query.count("?")).all()
    assert any("ix_consents_withdrawn" in row[3] for row in plan)


def test_the_board_tells_it_to_the_owner_and_the_mail_too(
    people: Engine, settings: Settings
) -> None:
    with writing(people) as connection:
        stops(connection, settings, 1)
    client = browser(create_app(settings, people, clock=lambda: NOW + HOUR))
    olives, ottos = (client.get(f"/?whose={one}").text for one in (1, 2))
    assert "Opted out since Thursday" in olives
    assert '<a class="name" href="/customers/1">Ada Archer</a>' in olives
    assert "no more SMS" in olives
    assert "SMS reply" in olives
    assert "Opted out" not in ottos
    [owner] = settings.owners
    with reading(people) as connection:
        told = morning(
            connection, owner, owner_id=1, roster=roster_of(connection, settings),
            settings=settings, now=NOW + HOUR,
        )  # fmt: skip
    words = templates_of(settings).digest(told)
    assert words.subject == "1 customer opted out"
    assert "No more SMS" in words.text
    assert "Ada Archer, Archer & Co" in words.text


def test_on_a_day_of_many_none_of_them_is_left_out(
    sqlite_engine: Engine, settings: Settings
) -> None:
    with writing(sqlite_engine) as connection:
        for number in range(15):
            who = customer(connection, email=f"{number}@example.com", created_at=EARLIER)
            for minutes in (0, 1):
                stops(connection, settings, who, at=NOW + timedelta(minutes=minutes))
        told = opted_out(connection, None, since=YESTERDAY, limit=15)
        assert sorted(one.customer_id for one in told) == list(range(1, 16))
    page = browser(create_app(settings, sqlite_engine, clock=lambda: NOW + HOUR)).get("/").text
    assert page.count("no more SMS") == 15
    assert '<span class="count">15</span>' in page
    assert '<summary class="small">3 more</summary>' in page


def test_scope_is_said_as_what_they_want_no_more_of(people: Engine, settings: Settings) -> None:
    said = Said("email", 1, None, "spam complaint", "sendgrid:1", NOW, Scope.ALL, "complained")
    with writing(people) as connection:
        opt_out(connection, said, settings=settings, now=NOW)
        (one,) = opted_out(connection, None, since=YESTERDAY, limit=9)
    assert (one.what, one.how) == ("e-mail", "spam complaint")
