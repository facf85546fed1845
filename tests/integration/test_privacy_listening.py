"""What still arrives of an erased customer moves the ledger on, and brings back no word."""

from dataclasses import replace

from sqlalchemy import Engine, select, update

from contacts.channels.incoming import EventKind, IncomingEvent
from contacts.listening.apply import Applied, apply_events
from contacts.privacy.erase import erase
from contacts.record.engine import reading, writing
from contacts.record.tables import Event, Suppression, Task, Touch
from contacts.settings import Settings
from tests.cast import NOW, SIGNING_KEY, ada
from tests.sent import Sent, sent, state_of
from tests.whole_record import whole

DELIVERED = IncomingEvent(
    provider="sendgrid", event_id="<7@ada.example.com>", kind=EventKind.DELIVERED,
    channel="email", occurred_at=NOW, address="ada@example.com", detail="for ada@example.com",
    payload={"email": "ada@example.com"},
)  # fmt: skip


def on_its_way(engine: Engine) -> Sent:
    """Ada is erased while a message to her is."""
    with writing(engine) as connection:
        her = ada(connection)
        one = sent(connection, her, state="sending")
    erase(engine, her, signing_key=SIGNING_KEY, now=NOW)
    with writing(engine) as connection:
        connection.exec_driver_sql("UPDATE erasure_requests SET target = NULL")
    return one


def hear(engine: Engine, settings: Settings, *events: IncomingEvent) -> Applied:
    with writing(engine) as connection:
        return apply_events(connection, events, settings=settings, now=NOW)


def test_a_message_that_was_on_its_way_is_settled_by_its_event(
    engine: Engine, settings: Settings
) -> None:
    one = on_its_way(engine)
    event = replace(DELIVERED, attempt_id=one.attempt_id, provider_id="p-9")
    assert hear(engine, settings, event).stored == 1
    assert hear(engine, settings, event) == Applied(stored=0, repeated=1)
    assert state_of(engine, one.touch_id) == "delivered"
    with reading(engine) as connection:
        (kept,) = connection.execute(select(Event))
    assert (kept.detail, kept.payload, kept.attempt_id) == ("", None, one.attempt_id)
    assert "ada" not in whole(engine).casefold()


def test_a_reply_of_theirs_is_counted_and_not_kept(engine: Engine, settings: Settings) -> None:
    one = on_its_way(engine)
    reply = replace(DELIVERED, kind=EventKind.REPLIED, detail="Ada here", event_id="r-1")
    text = replace(reply, provider="twilio", channel="sms", address="+12025550111", event_id="r-2",
                   payload={"From": "+12025550111"})  # fmt: skip
    heard = hear(engine, settings, replace(reply, attempt_id=one.attempt_id), text)
    assert (heard.stored, heard.unmatched) == (2, 1)
    with reading(engine) as connection:
        assert connection.execute(select(Task)).all() == []
    assert "ada" not in whole(engine).casefold()
    assert "2025550111" not in whole(engine)


def test_a_start_of_theirs_lifts_nothing(engine: Engine, settings: Settings) -> None:
    on_its_way(engine)
    with writing(engine) as connection:  # as if they had said STOP before
        connection.execute(update(Suppression).values(reason="opt_out", source="SMS reply"))
    start = replace(
        DELIVERED, provider="twilio", channel="sms", kind=EventKind.OPTED_IN, detail="START",
        address="+12025550111", event_id="s-1",
    )  # fmt: skip
    hear(engine, settings, start)
    with reading(engine) as connection:
        lifted = connection.execute(select(Suppression.lifted_at)).scalars()
        assert set(lifted) == {None}
        assert connection.execute(select(Touch.state)).scalars().all() == ["sending"]
