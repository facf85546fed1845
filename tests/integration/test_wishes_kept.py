"""What customers chose on their page, as planning and sending keep to it."""

from datetime import date, timedelta

import pytest
from sqlalchemy import Engine, select

from contacts.cadences.wishes import Wishes
from contacts.channels.links import read_preferences
from contacts.delivery.drafts import Desk
from contacts.delivery.reports import SendReport
from contacts.delivery.transactions import Transactions
from contacts.record.consent.choices import keep_wishes
from contacts.record.customers.address_keys import address_hash, link_key
from contacts.record.engine import reading, writing
from contacts.record.tables import Enrolment
from contacts.settings import Settings
from tests.cast import NOW, ada
from tests.world import World, world

HELLO = "  - {key: hello, channel: email, template: hello, day: 0}\n"
OFFER = "  - {key: offer, channel: email, template: offer, day: 0}\n"
LATER = "  - {key: later, channel: email, template: offer, day: 5}\n"
DAY, MONTH = timedelta(days=1), date(2026, 12, 20)
EVERY_DAY = "{days: [mon, tue, wed, thu, fri, sat, sun], holidays: ignore}"


def of_ada(engine: Engine, wishes: Wishes) -> int:
    with writing(engine) as connection:
        ada_id = ada(connection)
        keep_wishes(connection, ada_id, wishes, now=NOW)
    return ada_id


def enrolment(engine: Engine) -> tuple[str, int, date]:
    with reading(engine) as connection:
        row = connection.execute(
            select(Enrolment.state, Enrolment.round, Enrolment.started_on)
        ).one()
    return row.state, row.round, row.started_on


async def on_days(small: World, *numbers: int) -> None:
    for number in numbers:
        await small.tick(NOW + number * DAY)


async def test_steps_of_a_topic_that_is_off_are_skipped_and_kept_on_record(
    engine: Engine, settings: Settings
) -> None:
    small = world(engine, settings, HELLO, topic="product-news")
    of_ada(engine, Wishes(frozenset({"product-news"})))
    await small.tick(NOW)
    assert small.touches() == [("hello", "skipped", "topic")]
    assert small.email.got == []


@pytest.mark.parametrize(("purpose", "leaves"), [("marketing", 0), ("service", 1)])
async def test_a_pause_holds_marketing_alone(
    sqlite_engine: Engine, settings: Settings, purpose: str, leaves: int
) -> None:
    small = world(sqlite_engine, settings, OFFER, purpose=purpose)
    of_ada(sqlite_engine, Wishes(paused_until=MONTH))
    await small.tick(NOW)
    assert len(small.email.got) == leaves
    if not leaves:
        assert small.touches() == [("offer", "skipped", "customer_paused")]


async def test_what_is_still_fresh_at_the_end_of_a_pause_leaves_then(
    sqlite_engine: Engine, settings: Settings
) -> None:
    small = world(sqlite_engine, settings, OFFER, purpose="marketing", window=EVERY_DAY)
    of_ada(sqlite_engine, Wishes(paused_until=date(2026, 11, 21)))
    await small.tick(NOW)
    assert small.touches() == [("offer", "planned", "customer_paused")]
    await small.tick(NOW + DAY)
    assert small.touches() == [("offer", "accepted", None)]


async def test_a_pause_that_ends_early_lets_at_once_go_what_waited_for_it(
    sqlite_engine: Engine, settings: Settings
) -> None:
    small = world(sqlite_engine, settings, OFFER, purpose="marketing")
    ada_id = of_ada(sqlite_engine, Wishes(paused_until=date(2026, 11, 21)))
    await small.tick(NOW)
    with writing(sqlite_engine) as connection:
        keep_wishes(connection, ada_id, Wishes(), now=NOW)
    await small.tick(NOW)
    assert len(small.email.got) == 1


PAUSED = Wishes(paused_until=MONTH)


@pytest.mark.parametrize(
    ("before", "after", "leaves"),
    [
        (Wishes(), PAUSED, 0),
        (PAUSED, Wishes(), 1),
        (Wishes(locale="en"), Wishes(locale="de"), 1),
    ],
)
def test_a_wish_counts_that_was_written_down_before_the_gate_began(
    engine: Engine, settings: Settings, before: Wishes, after: Wishes, leaves: int
) -> None:
    """Between reading what a touch needs and its gate there may be seconds, and their page."""
    small = world(engine, settings, OFFER, purpose="marketing")
    ada_id = of_ada(engine, before)
    small.plan(NOW)
    desk = Desk(settings, small.templates, frozenset(), SendReport())
    passing = Transactions(engine, desk, lambda: NOW)
    batch = passing.prepare(passing.claim().going)
    with writing(engine) as connection:
        keep_wishes(connection, ada_id, after, now=NOW)
    ready, _ = passing.gate(batch)
    assert [one.prepared.facts.customer.locale for one in ready] == [after.locale or "en"] * leaves


async def test_what_goes_round_begins_anew_after_a_pause_instead_of_ending(
    sqlite_engine: Engine, settings: Settings
) -> None:
    small = world(sqlite_engine, settings, OFFER + LATER, purpose="marketing", repeat="10d")
    ada_id = of_ada(sqlite_engine, Wishes())
    await on_days(small, 0, 1)
    assert [state for _, state, _ in small.touches()] == ["accepted", "planned"]
    with writing(sqlite_engine) as connection:
        keep_wishes(connection, ada_id, Wishes(paused_until=MONTH), now=NOW)
    await on_days(small, 5, 6, 12, 29)
    assert small.touches()[1:] == [("later", "skipped", "customer_paused")]
    assert enrolment(sqlite_engine) == ("active", 2, MONTH)
    await on_days(small, 31)
    assert small.touches()[2] == ("offer", "accepted", None)


async def test_a_round_about_a_topic_that_is_off_waits_until_it_is_wanted_again(
    sqlite_engine: Engine, settings: Settings
) -> None:
    small = world(sqlite_engine, settings, OFFER, topic="tea", repeat="10d")
    ada_id = of_ada(sqlite_engine, Wishes(frozenset({"tea"})))
    await on_days(small, 0, 7, 14, 20)
    assert (small.touches(), enrolment(sqlite_engine)[0]) == ([], "active")
    with writing(sqlite_engine) as connection:
        keep_wishes(connection, ada_id, Wishes(), now=NOW + 20 * DAY)
    await on_days(small, 20, 21)
    assert len(small.email.got) == 1


@pytest.mark.parametrize("channel", ["email", "sms"])
async def test_the_link_to_the_choices_tells_the_address_that_it_went_to(
    sqlite_engine: Engine, settings: Settings, channel: str
) -> None:
    small = world(
        sqlite_engine, settings, f"  - {{key: k, channel: {channel}, template: own, day: 0}}\n"
    )
    for path in ("email/own/subject.txt", "email/own/body.html", "email/own/body.txt",
                 "sms/own/body.txt"):  # fmt: skip
        file = settings.workspace / "templates" / path
        file.parent.mkdir(exist_ok=True)
        file.write_text("Hello" if "subject" in path else "{{ links.preferences }}")
    ada_id = of_ada(sqlite_engine, Wishes())
    await small.tick(NOW)
    (mail,) = small.email.got + small.sms.got
    token = (mail.text if channel == "email" else mail.body).partition("/p/")[2].split()[0]
    said = read_preferences(settings.link_ring, token)
    assert said == (ada_id, channel, link_key(address_hash(settings.signing_key, mail.to)))


async def test_planning_and_sending_keep_to_the_best_time_of_the_customer(
    sqlite_engine: Engine, settings: Settings
) -> None:
    small = world(sqlite_engine, settings, HELLO)
    of_ada(sqlite_engine, Wishes(best_time="afternoon"))
    await small.tick(NOW)  # 10:00 in New York
    assert small.email.got == []
    await small.tick(NOW + timedelta(hours=4))
    assert len(small.email.got) == 1
