"""What is next, as the customer's choices and answers will have it, before any gate says so."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import Engine

from contacts.cadences.wishes import Wishes
from contacts.record.consent.choices import keep_wishes
from contacts.record.customers.lookup import find_customer
from contacts.record.engine import reading, writing
from contacts.record.timeline import Entry, upcoming
from contacts.settings import Settings
from contacts.web.board.person import look_up
from contacts.web.pages import Pages
from flows.commands.timeline import show
from tests.cast import NOW, ada, agrees, customer
from tests.world import World, world

OFFER = "  - {key: offer, channel: email, template: offer, day: 3}\n"
EVERY_DAY = "{days: [mon, tue, wed, thu, fri, sat, sun], holidays: ignore}"
MONDAY = datetime(2026, 11, 23, 14, tzinfo=UTC)  # nine in New York


def next_for_ada(small: World, wishes: Wishes) -> Entry:
    """What is next for Ada who chose so after it was planned."""
    with writing(small.engine) as connection:
        ada_id = ada(connection)
    small.plan(NOW)
    with writing(small.engine) as connection:
        keep_wishes(connection, ada_id, wishes, now=NOW)
        (entry,) = upcoming(connection, ada_id, settings=small.settings, now=NOW)
    return entry


@pytest.fixture
def offered(sqlite_engine: Engine, settings: Settings) -> World:
    how = {"purpose": "marketing", "topic": "tea", "window": EVERY_DAY}
    return world(sqlite_engine, settings, OFFER, **how)


def test_what_nothing_stands_against_is_planned_for_its_hour(offered: World) -> None:
    entry = next_for_ada(offered, Wishes(topics_off=frozenset({"coffee"})))
    assert (entry.kind, entry.at, entry.reason, entry.detail) == ("planned", MONDAY, None, "")


def test_what_is_due_and_was_not_sent_yet_says_so(offered: World) -> None:
    entry = next_for_ada(offered, Wishes())
    late = MONDAY + timedelta(hours=2)
    with reading(offered.engine) as connection:
        of = {"settings": offered.settings, "now": late}
        (now,) = upcoming(connection, 1, **of)
    assert (entry.detail, now.detail) == ("", "due: the next pass sees to it")
    assert (now.kind, now.at) == ("planned", MONDAY)


@pytest.mark.parametrize("until", [date(2026, 12, 20), date(2026, 11, 25)])
def test_a_pause_that_outlasts_a_message_says_that_it_will_be_skipped(
    offered: World, until: date
) -> None:
    """The shorter one ends in its last hour, and the window opens as its time is gone."""
    entry = next_for_ada(offered, Wishes(paused_until=until))
    assert (entry.kind, entry.reason) == ("skipped", "customer_paused")
    assert entry.title == "E-mail 'offer' will be skipped"
    assert entry.detail == "the customer paused marketing for a while"


def test_a_pause_is_why_where_no_window_opens_in_time_after_it(
    sqlite_engine: Engine, settings: Settings
) -> None:
    how = {"purpose": "marketing", "window": "{days: [mon, fri], holidays: ignore}"}
    small = world(sqlite_engine, settings, OFFER, **how)
    entry = next_for_ada(small, Wishes(paused_until=date(2026, 11, 24)))
    assert (entry.kind, entry.reason) == ("skipped", "customer_paused")


async def test_a_message_waits_until_a_pause_ends_as_it_was_told(offered: World) -> None:
    entry = next_for_ada(offered, Wishes(paused_until=date(2026, 11, 24)))
    assert (entry.kind, entry.at) == ("planned", datetime(2026, 11, 24, 14, tzinfo=UTC))
    assert entry.detail == (
        "waits until 24 Nov: the customer paused marketing for a while; given up after 25 Nov"
    )
    await offered.send(MONDAY)
    await offered.send(entry.at - timedelta(minutes=1))
    assert offered.email.got == []
    await offered.send(entry.at)
    assert len(offered.email.got) == 1


def test_a_topic_that_is_off_is_told_before_its_day(offered: World) -> None:
    entry = next_for_ada(offered, Wishes(topics_off=frozenset({"tea"})))
    assert (entry.kind, entry.reason) == ("skipped", "topic")


async def test_the_hour_is_the_one_to_which_the_best_time_moves_it(offered: World) -> None:
    entry = next_for_ada(offered, Wishes(best_time="evening"))
    assert (entry.kind, entry.at) == ("planned", MONDAY + timedelta(hours=8))
    assert entry.reason == "best_time"
    assert entry.detail == "moved to the time of day that the customer likes best"
    await offered.send(MONDAY)
    assert offered.touches() == [("offer", "planned", "best_time")]
    await offered.send(entry.at)
    assert len(offered.email.got) == 1


def test_a_consent_that_will_have_ended_is_told_before_its_day(offered: World) -> None:
    with writing(offered.engine) as connection:
        bea = customer(connection, email="bea@example.com")
        until = MONDAY - timedelta(days=1)
        agrees(connection, bea, "email", at=NOW, kind="implied", expires_at=until)
    offered.plan(NOW)
    with reading(offered.engine) as connection:
        entry, *_ = upcoming(connection, bea, settings=offered.settings, now=NOW)
    assert (entry.kind, entry.reason) == ("skipped", "consent_expired")


def test_what_will_be_sent_stands_before_what_will_not(
    sqlite_engine: Engine, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    ping = "  - {key: ping, channel: sms, template: ping, day: 1}\n"
    small = world(sqlite_engine, settings, ping + OFFER)
    with writing(sqlite_engine) as connection:
        bea = customer(connection, email="bea@example.com")  # no phone
    small.plan(NOW)
    with reading(sqlite_engine) as connection:
        found = upcoming(connection, bea, settings=settings, now=NOW)
        who = find_customer(connection, str(bea))
        person = look_up(connection, bea, settings=settings, now=NOW)
    assert [(one.kind, one.at.day) for one in found] == [("planned", 23), ("skipped", 23)]
    show(who, [], found, hidden=0)
    assert in_order(capsys.readouterr().out, "Next", "'offer'", "Will not be sent", "'ping'")
    assert person is not None
    shown = {"person": person, "who": person.profile, "now": NOW, "home": "UTC"}
    page = Pages(settings).text("parts/next.html", **shown)
    assert in_order(page, "What is next", "offer", "Will not be sent", "ping")


def in_order(told: str, *words: str) -> bool:
    places = [told.index(word) for word in words]
    return places == sorted(places)
