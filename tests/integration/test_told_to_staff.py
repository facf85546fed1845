"""What a timeline tells and does not tell: why an address is left alone, and no working link."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine, delete, insert, update

from contacts.cadences.reasons import Reason
from contacts.channels.links import preferences_url, unsubscribe_url
from contacts.record.engine import reading, writing
from contacts.record.tables import Event, Message, Queued, Touch
from contacts.record.timeline import timeline, upcoming
from contacts.settings import Settings
from tests.cast import NOW, ada
from tests.sent import enrolled, planned, sent

A_DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("opted_out", "they asked us to stop"),
        ("bounced", "the address bounced"),
        ("complained", "they called it spam"),
        ("delivered", "the address opted out, bounced or complained"),
    ],
)
def test_a_skip_says_what_had_the_address_left_alone(
    sqlite_engine: Engine, settings: Settings, kind: str, words: str
) -> None:
    with writing(sqlite_engine) as connection:
        who = ada(connection)
        touch = planned(connection, who, enrolled(connection, who))  # due in three days
        said = {"provider": "sendgrid", "event_id": "e", "kind": kind, "channel": "email"}
        when = {"occurred_at": NOW, "received_at": NOW, "customer_id": who, "detail": ""}
        connection.execute(insert(Event).values(said | when))
        connection.execute(delete(Queued))
        given_up = {"state": "skipped", "reason": Reason.SUPPRESSED}
        connection.execute(update(Touch).where(Touch.id == touch).values(given_up))
        then = NOW + 4 * A_DAY
        (skip,) = (one for one in timeline(connection, who, now=then) if one.kind == "skipped")
        (ahead,) = upcoming(connection, who, settings=settings, now=NOW)
    assert skip.detail == ahead.detail == words


def test_s10_no_link_of_a_customers_own_works_from_their_timeline(
    sqlite_engine: Engine, settings: Settings
) -> None:
    with writing(sqlite_engine) as connection:
        who = ada(connection)
        links = (
            unsubscribe_url(settings, who, "sms"),
            preferences_url(settings, who, "sms", address_key="0123abcd"),
        )
        text = f"New teas: https://tea.example/p/oolong.html Stop: {links[0]} or {links[1]}"
        one = sent(connection, who, channel="sms")
        connection.execute(
            update(Message)
            .where(Message.attempt_id == one.attempt_id)
            .values(text=text, subject="")
        )
    with reading(sqlite_engine) as connection:
        (told,) = (one for one in timeline(connection, who, now=NOW) if one.kind == "sent")
    shop = "New teas: https://tea.example/p/oolong.html"
    here = settings.public_url
    assert told.detail == f"{shop} Stop: {here}/u/… or {here}/p/…"
