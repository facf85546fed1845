"""A touch from plan to record, on both databases."""

import asyncio
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import Engine, String, insert, select, type_coerce, update

from contacts.channels.outgoing import Answer, Receipt
from contacts.delivery.reconcile import reconcile
from contacts.record.consent.optout import BY_SMS, Said, opt_out
from contacts.record.consent.suppression import suppress
from contacts.record.customers.address_keys import address_hash
from contacts.record.engine import reading, writing
from contacts.record.sending.channels import open_channel
from contacts.record.tables import (
    Attempt,
    Base,
    CadenceVersion,
    Consent,
    Customer,
    Enrolment,
    Instant,
    Message,
    Order,
    Queued,
    Touch,
)
from contacts.record.touches.going_on import stop_enrolments
from contacts.record.touches.outcomes import AcceptedAttempt, accept_attempts
from contacts.record.work.tasks import close_task
from contacts.settings import Settings
from contacts.windows import Holidays, TimeOfDay, Window
from tests.cast import NOW, SIGNING_KEY, ada, agrees, bob, cleo, customer, olive
from tests.world import Stumbling, World, world

HELLO = "  - {key: hello, channel: email, template: hello, day: 0}\n"
DAILY = HELLO + "  - {key: again, channel: email, template: ping, day: 3}\n"
PING = "  - {key: ping, channel: sms, template: ping, day: 0, otherwise: email}\n"
CALL = "  - {key: call, channel: call, template: welcome, day: 0, due: 2 business days}\n"
MINUTE = timedelta(minutes=1)
SOON = NOW + MINUTE
IN_DOUBT = Receipt(Answer.UNKNOWN, code="timeout")


async def test_a_new_customer_gets_the_first_message_once(
    engine: Engine, settings: Settings
) -> None:
    small = a_world_with_ada(engine, settings, DAILY)
    await small.tick(NOW)
    await small.tick(NOW + timedelta(minutes=5))
    assert [message.to for message in small.email.got] == ["ada@example.com"]
    assert small.touches() == [("hello", "accepted", None), ("again", "planned", None)]
    assert small.attempts() == ["accepted"]


async def test_the_words_are_on_record_as_they_left(engine: Engine, settings: Settings) -> None:
    small = a_world_with_ada(engine, settings, HELLO)
    await small.tick(NOW)
    with reading(engine) as connection:
        message = connection.execute(select(Message)).one()
        attempt = connection.execute(select(Attempt)).one()
        contact = connection.execute(select(Customer.last_contact_at)).scalar_one()
    assert message.subject == "Hello Ada"
    assert message.text.startswith("Welcome, Ada!\n")
    assert message.html == small.email.got[0].html
    assert (attempt.provider_id, attempt.http_status) == ("p-1", 202)
    assert contact is not None
    assert contact >= NOW


async def test_every_instant_is_stored_in_one_form(
    sqlite_engine: Engine, settings: Settings
) -> None:
    small = a_world_with_ada(sqlite_engine, settings, DAILY)
    await small.tick(NOW)
    small.plan(SOON)
    with reading(sqlite_engine) as connection:
        for table in Base.metadata.sorted_tables:
            instants = [column for column in table.c if isinstance(column.type, Instant)]
            stored = [type_coerce(column, String()) for column in instants]
            for row in connection.execute(select(*stored)) if stored else ():
                assert not any("+" in value for value in row if value), table.name


async def test_two_workers_at_once_send_once(engine: Engine, settings: Settings) -> None:
    small = a_world_with_ada(engine, settings, HELLO)
    small.plan(NOW)
    await asyncio.gather(*(small.send(NOW) for _ in range(3)))
    assert len(small.email.got) == 1


async def test_planning_twice_plans_once(engine: Engine, settings: Settings) -> None:
    small = a_world_with_ada(engine, settings, DAILY)
    assert small.plan(NOW).cadences["sample"].planned == 1
    assert small.plan(NOW).cadences["sample"].planned == 0


async def test_an_opt_out_after_the_claim_wins(engine: Engine, settings: Settings) -> None:
    small = a_world_with_ada(engine, settings, HELLO)
    small.plan(NOW)
    with writing(engine) as connection:
        digest = address_hash(SIGNING_KEY, "ada@example.com")
        suppress(connection, address_hash=digest, channel="email", reason="opt_out",
                 source="unsubscribe link", at=NOW)  # fmt: skip
    await small.send(NOW)
    assert small.email.got == []
    assert small.touches() == [("hello", "skipped", "suppressed")]


async def test_marketing_needs_consent_and_service_does_not(
    engine: Engine, settings: Settings
) -> None:
    offer = HELLO.replace("template: hello", "template: offer")
    service = a_world_with_ada(engine, settings, HELLO)
    marketing = world(engine, settings, offer, name="offers", purpose="marketing")
    with writing(engine) as connection:
        ada_id = connection.execute(select(Customer.id)).scalar_one()
        agrees(connection, ada_id, "email", at=NOW, granted=False)
    await marketing.tick(NOW)
    await service.tick(NOW)
    assert marketing.email.got == []
    assert ("hello", "skipped", "consent") in marketing.touches()
    assert [message.headers for message in service.email.got] == [{}]


async def test_marketing_mail_can_be_unsubscribed_from_with_one_click(
    engine: Engine, settings: Settings
) -> None:
    offer = HELLO.replace("template: hello", "template: offer")
    small = a_world_with_ada(engine, settings, offer, purpose="marketing")
    await small.tick(NOW)
    (message,) = small.email.got
    link = message.headers["List-Unsubscribe"].strip("<>")
    assert message.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert link in message.html
    assert link in message.text


async def test_an_sms_goes_by_mail_where_sms_is_not_allowed(
    engine: Engine, settings: Settings
) -> None:
    small = world(engine, settings, PING)
    with writing(engine) as connection:
        bob(connection)  # agreed to e-mail only
    await small.tick(NOW)
    assert (len(small.sms.got), len(small.email.got)) == (0, 1)
    assert small.touches() == [("ping", "accepted", None)]


async def test_nothing_leaves_outside_the_window(engine: Engine, settings: Settings) -> None:
    small = a_world_with_ada(engine, settings, HELLO)
    small.plan(NOW)
    night = NOW + timedelta(hours=13)  # 23:00 on Friday in New York
    report = await small.send(night)
    assert small.email.got == []
    assert report.cadences["sample"].skipped == {"window": 1}  # Monday would be too late
    assert small.touches() == [("hello", "skipped", "window")]


async def test_a_closed_window_puts_off_to_its_next_opening(
    engine: Engine, settings: Settings
) -> None:
    small = a_world_with_ada(
        engine, settings, HELLO, window="{start: '09:00', end: '11:00', days: [fri, sat]}"
    )
    small.plan(NOW)
    later = NOW + timedelta(hours=3)
    await small.send(later)
    assert small.touches() == [("hello", "planned", "window")]
    await small.send(NOW + timedelta(hours=23))  # 09:00 on Saturday
    assert len(small.email.got) == 1


async def test_c14_an_sms_is_planned_for_the_customers_own_day_and_held_to_it_at_the_gate(
    engine: Engine, settings: Settings
) -> None:
    """The cadence counts in New York: 9 there on Monday is 18:45 in Kathmandu, night in Sydney."""
    ping = PING.replace("ping, day: 0", "ping, day: 1").replace(", otherwise: email", "")
    small = world(engine, settings, ping, timezone="America/New_York")
    monday_at_nine = NOW + timedelta(days=2, hours=23)
    with writing(engine) as connection:
        ada(connection, timezone="Asia/Kathmandu", country="NP")
        in_sydney = customer(connection, email="dev@example.com", phone="+12025550144",
                             timezone="Australia/Sydney", country="AU")  # fmt: skip
        agrees(connection, in_sydney, "sms", at=NOW)
    small.plan(NOW)
    with writing(engine) as connection:
        planned = connection.execute(select(Touch.due_at).order_by(Touch.customer_id)).scalars()
        # At 8 on Tuesday in Sydney, which is 16:00 on Monday in New York.
        assert list(planned) == [monday_at_nine, monday_at_nine + timedelta(hours=7)]
        connection.execute(update(Customer).values(timezone="Australia/Sydney"))
    await small.send(monday_at_nine)
    assert small.sms.got == []
    assert small.touches()[0] == ("ping", "planned", "window")
    await small.send(monday_at_nine + timedelta(hours=7))
    assert len(small.sms.got) == 2


async def test_a_public_holiday_is_waited_over_by_the_planner_and_at_the_gate(
    engine: Engine, settings: Settings
) -> None:
    """Thursday, 26 November, is Thanksgiving in the United States."""
    small = a_world_with_ada(engine, settings, HELLO.replace("day: 0", "day: 6"))
    thanksgiving = datetime(2026, 11, 26, 15, 0, tzinfo=UTC)
    friday_at_nine = datetime(2026, 11, 27, 14, 0, tzinfo=UTC)
    small.plan(NOW)
    with writing(engine) as connection:
        assert connection.execute(select(Touch.due_at)).scalar_one() == friday_at_nine
        connection.execute(update(Queued).values(ready_at=thanksgiving))
    await small.send(thanksgiving)
    assert (small.email.got, small.touches()) == ([], [("hello", "planned", "window")])
    await small.send(friday_at_nine)
    assert len(small.email.got) == 1


async def test_the_business_has_hours_and_days_of_its_own(
    engine: Engine, settings: Settings
) -> None:
    """Closed on Monday, at work on Thanksgiving, and never before noon unless a step says so."""
    monday, thanksgiving = date(2026, 11, 23), date(2026, 11, 26)
    ours = settings.model_copy(
        update={
            "window": Window(start=TimeOfDay("12:00")),
            "holidays": Holidays(add=(monday,), ignore=(thanksgiving,)),
        }
    )
    steps = HELLO.replace("day: 0", "day: 3") + HELLO.replace("hello,", "early,", 1).replace(
        "day: 0", "day: 6, window: {start: '08:00'}"
    )
    small = a_world_with_ada(engine, ours, steps)
    small.plan(NOW)
    small.plan(NOW)
    tuesday_at_noon = datetime(2026, 11, 24, 17, 0, tzinfo=UTC)
    thanksgiving_at_eight = datetime(2026, 11, 26, 13, 0, tzinfo=UTC)
    with writing(engine) as connection:
        assert connection.execute(select(Touch.due_at)).scalar_one() == tuesday_at_noon
        connection.execute(update(Queued).values(ready_at=NOW))
    for closed in (datetime(2026, 11, 23, 18, 0, tzinfo=UTC), tuesday_at_noon - MINUTE):
        await small.send(closed)
        assert (small.email.got, small.touches()[-1][-1]) == ([], "window")
    await small.tick(tuesday_at_noon)
    await small.tick(thanksgiving_at_eight - MINUTE)
    assert len(small.email.got) == 1
    await small.tick(thanksgiving_at_eight)
    assert len(small.email.got) == 2


async def test_a_day_has_one_message_a_channel(engine: Engine, settings: Settings) -> None:
    first = a_world_with_ada(engine, settings, HELLO)
    second = world(engine, settings, HELLO, name="other")
    await first.tick(NOW)
    await second.tick(NOW)
    assert len(second.email.got) == 0
    assert ("hello", "skipped", "capped") in second.touches()  # Monday would be too late


async def test_a_call_becomes_a_task_and_the_cadence_goes_on(
    engine: Engine, settings: Settings
) -> None:
    small = a_world_with_ada(engine, settings, CALL + HELLO.replace("day: 0", "day: 3"))
    await small.tick(NOW)
    small.plan(SOON)
    (task,) = small.tasks()
    assert (task.kind, task.title, task.brief) == ("call", "Call Ada", "Say hello.\n")
    assert small.touches() == [("call", "waiting", None), ("hello", "planned", None)]


async def test_a_cadence_that_waits_goes_on_with_the_outcome(
    engine: Engine, settings: Settings
) -> None:
    steps = CALL.replace("due:", "wait: true, due:") + HELLO.replace("day: 0", "after: 2d")
    small = a_world_with_ada(engine, settings, steps)
    await small.tick(NOW)
    small.plan(NOW + timedelta(days=1))
    assert small.touches() == [("call", "waiting", None)]
    with writing(engine) as connection:
        assert close_task(connection, small.tasks()[0].id, "went well", now=NOW)
        assert not close_task(connection, small.tasks()[0].id, "twice", now=NOW)
    small.plan(SOON)
    assert small.touches() == [("call", "done", None), ("hello", "planned", None)]


async def test_a_refused_message_fails_and_the_next_step_follows(
    engine: Engine, settings: Settings
) -> None:
    small = a_world_with_ada(engine, settings, DAILY)
    small.email.answers = [Receipt(Answer.REFUSED, http_status=400, code="bad")]
    await small.tick(NOW)
    small.plan(SOON)
    assert small.touches() == [("hello", "failed", "rejected"), ("again", "planned", None)]


async def test_a_number_that_opted_out_at_the_provider_is_suppressed(
    engine: Engine, settings: Settings
) -> None:
    pong = PING.replace("ping,", "pong,", 1)
    small = a_world_with_ada(engine, settings, PING + pong, stop="{on: [reply]}")
    small.sms.answers = [Receipt(Answer.REFUSED, http_status=400, code="21610", opted_out=True)]
    await small.tick(NOW)
    await small.tick(SOON)
    assert len(small.sms.got) == 1
    assert [message.subject for message in small.email.got] == ["All well?"]
    with reading(engine) as connection:
        said = connection.execute(select(Consent.granted).order_by(Consent.id.desc())).scalars()
        assert next(iter(said)) is False


async def test_a_throttled_message_waits_as_long_as_the_provider_says(
    engine: Engine, settings: Settings
) -> None:
    small = a_world_with_ada(engine, settings, HELLO)
    small.email.answers = [Receipt(Answer.RETRY, http_status=429, retry_after=120)]
    await small.tick(NOW)
    await small.send(NOW + timedelta(seconds=60))
    assert len(small.email.got) == 1
    await small.send(NOW + timedelta(seconds=200))
    assert len(small.email.got) == 2
    assert small.touches() == [("hello", "accepted", None)]
    assert small.attempts() == ["rejected", "accepted"]


async def test_a_message_in_doubt_is_never_sent_again_by_itself(
    engine: Engine, settings: Settings
) -> None:
    small = a_world_with_ada(engine, settings, DAILY)
    small.email.answers = [IN_DOUBT]
    await small.tick(NOW)
    assert small.touches() == [("hello", "unknown", "in_doubt")]
    reconcile(engine, now=NOW + timedelta(minutes=61))
    await small.tick(NOW + timedelta(minutes=62))
    assert len(small.email.got) == 1
    assert small.touches()[0] == ("hello", "needs_review", "in_doubt")


async def test_a_webhook_settles_a_message_in_doubt(engine: Engine, settings: Settings) -> None:
    small = a_world_with_ada(engine, settings, DAILY)
    small.email.answers = [IN_DOUBT]
    await small.tick(NOW)
    with writing(engine) as connection:
        attempt = small.email.got[0].attempt_id
        accepted = [AcceptedAttempt(attempt, "p-9", None, NOW)]
        assert len(accept_attempts(connection, accepted, now=NOW)) == 1
        assert accept_attempts(connection, accepted, now=NOW) == []
    small.plan(SOON)
    assert small.touches() == [("hello", "accepted", None), ("again", "planned", None)]


async def test_after_five_answers_in_doubt_a_channel_rests(
    engine: Engine, settings: Settings
) -> None:
    small = world(engine, settings, HELLO)
    small.settings = settings.model_copy(update={"connections": 4})
    with writing(engine) as connection:
        for number in range(60):
            customer(connection, email=f"c{number}@example.com", first_name="Carl")
    small.email.answers = [IN_DOUBT] * 60
    small.plan(NOW)
    await small.send(NOW)
    assert len(small.email.got) == 5
    assert sorted(small.touches())[-1] == ("hello", "unknown", "in_doubt")
    small.email.answers = []
    await small.send(NOW + timedelta(minutes=20))
    assert len(small.email.got) == 6
    await small.send(NOW + timedelta(minutes=40))
    assert len(small.email.got) == 60


async def test_a_webhook_after_the_review_does_not_push_the_cadence_on_twice(
    engine: Engine, settings: Settings
) -> None:
    small = a_world_with_ada(
        engine, settings, DAILY + HELLO.replace("hello, ch", "last, ch").replace("day: 0", "day: 6")
    )
    small.email.answers = [IN_DOUBT]
    await small.tick(NOW)
    later = NOW + timedelta(minutes=61)
    assert reconcile(engine, now=later) == 1
    small.plan(later)
    with writing(engine) as connection:
        attempt = small.email.got[0].attempt_id
        accept_attempts(connection, [AcceptedAttempt(attempt, "p-9", None, later)], now=later)
    small.plan(later + timedelta(minutes=1))
    assert small.touches() == [("hello", "accepted", None), ("again", "planned", None)]
    assert [task.state for task in small.tasks()] == ["done"]


async def test_what_needs_review_becomes_a_task_of_the_owner(
    engine: Engine, settings: Settings
) -> None:
    small = a_world_with_ada(engine, settings, HELLO)
    small.email.answers = [IN_DOUBT]
    await small.tick(NOW)
    reconcile(engine, now=NOW + timedelta(minutes=61))
    reconcile(engine, now=NOW + timedelta(minutes=62))
    (task,) = small.tasks()
    assert (task.kind, task.state) == ("review", "open")
    assert task.owner_id is not None


async def test_a_fault_in_one_request_keeps_the_answers_of_the_others(
    engine: Engine, settings: Settings
) -> None:
    small = world(engine, settings, HELLO)
    with writing(engine) as connection:
        for number in range(6):
            customer(connection, email=f"c{number}@example.com", first_name="Carl")
    small.plan(NOW)
    small.email = Stumbling(at=3)
    with pytest.raises(ZeroDivisionError):
        await small.send(NOW)
    assert sorted(small.attempts()) == ["accepted"] * 5 + ["sending"]


async def test_an_outage_does_not_wear_a_message_out(engine: Engine, settings: Settings) -> None:
    small = a_world_with_ada(engine, settings, HELLO)
    small.plan(NOW)
    small.email.answers = [Receipt(Answer.RETRY, code="dns")] * 8
    for minutes in range(0, 600, 20):
        await small.send(NOW + timedelta(minutes=minutes))
    assert small.attempts() == ["rejected"] * 8 + ["accepted"]


async def test_two_cadences_on_two_clocks_share_the_customers_day(
    engine: Engine, settings: Settings
) -> None:
    always = HELLO.replace("day: 0", "day: 0, any_time: true")
    here = a_world_with_ada(engine, settings, always)
    there = world(engine, settings, always, name="other", timezone="Asia/Tokyo")
    here.plan(NOW)
    there.plan(NOW)  # past midnight in Tokyo, ten in the morning in New York
    await here.send(NOW)
    assert len(here.email.got) == 1


async def test_a_version_that_cannot_be_read_stops_neither_others_nor_an_opt_out(
    engine: Engine, settings: Settings
) -> None:
    old = a_world_with_ada(engine, settings, HELLO, name="old")
    old.plan(NOW)
    with writing(engine) as connection:
        connection.execute(update(CadenceVersion).values(source="name: [", sha256="0"))
        ada_id = connection.execute(select(Customer.id)).scalar_one()
        bob(connection)
    new = world(engine, settings, HELLO.replace("hello,", "hi,", 1))
    await new.tick(NOW)
    assert {message.to for message in new.email.got} == {"ada@example.com", "bob@example.com"}
    said = Said("sms", ada_id, None, BY_SMS, "test:1", NOW)
    with writing(engine) as connection:
        opt_out(connection, said, settings=settings, now=NOW)
        active = select(Enrolment.cadence).where(
            Enrolment.customer_id == ada_id, Enrolment.state == "active"
        )
        assert connection.execute(active).scalars().all() == ["sample"]


async def test_a_refused_key_closes_the_channel_and_loses_nothing(
    engine: Engine, settings: Settings
) -> None:
    small = a_world_with_ada(engine, settings, HELLO)
    small.email.answers = [Receipt(Answer.CLOSED, http_status=401)]
    await small.tick(NOW)
    await small.send(NOW + timedelta(minutes=20))
    assert len(small.email.got) == 1
    assert small.touches() == [("hello", "planned", "channel_closed")]
    with writing(engine) as connection:
        open_channel(connection, "email", now=NOW)
    await small.send(NOW + timedelta(minutes=40))
    assert small.touches() == [("hello", "accepted", None)]


async def test_a_paused_cadence_sends_nothing(engine: Engine, settings: Settings) -> None:
    small = a_world_with_ada(engine, settings, HELLO)
    small.plan(NOW)
    await small.send(NOW, paused=frozenset({"sample"}))
    assert small.email.got == []
    assert small.touches() == [("hello", "planned", "paused")]


async def test_f56_a_message_that_cannot_be_written_fails_alone(
    engine: Engine, settings: Settings
) -> None:
    small = world(engine, settings, HELLO.replace("template: hello", "template: broken"))
    with writing(engine) as connection:
        ada(connection)
        bob(connection, attributes={"seats": "12"})
    await small.tick(NOW)
    assert [message.subject for message in small.email.got] == ["12 seats"]
    assert sorted(state for _, state, _ in small.touches()) == ["accepted", "failed"]


async def test_a_reply_ends_the_cadence_where_its_file_says_so(
    engine: Engine, settings: Settings
) -> None:
    small = a_world_with_ada(engine, settings, DAILY, stop="{on: [reply]}")
    await small.tick(NOW)
    small.plan(SOON)
    with writing(engine) as connection:
        ada_id = connection.execute(select(Customer.id)).scalar_one()
        assert stop_enrolments(connection, ada_id, event="order", now=NOW) == []
        assert len(stop_enrolments(connection, ada_id, event="reply", now=NOW)) == 1
    await small.tick(NOW + timedelta(days=3))
    assert small.touches() == [("hello", "accepted", None), ("again", "skipped", "stopped")]


async def test_a_goal_reached_ends_the_cadence_at_the_gate(
    engine: Engine, settings: Settings
) -> None:
    small = a_world_with_ada(engine, settings, HELLO, stop="{goal: 'orders.count >= 1'}")
    small.plan(NOW)
    with writing(engine) as connection:
        ada_id = connection.execute(select(Customer.id)).scalar_one()
        connection.execute(
            insert(Order).values(order_id="o-1", customer_id=ada_id, ordered_at=NOW,
                                 amount=10, currency="USD")
        )  # fmt: skip
    await small.send(NOW)
    assert small.email.got == []
    with reading(engine) as connection:
        enrolment = connection.execute(select(Enrolment)).one()
    assert (enrolment.state, enrolment.reason) == ("stopped", "goal")


async def test_a_customer_whom_no_message_may_reach_becomes_a_task(
    engine: Engine, settings: Settings
) -> None:
    small = world(engine, settings, HELLO, purpose="marketing", repeat="30d")
    with writing(engine) as connection:
        cleo(connection, owner_id=olive(connection))
    small.plan(NOW)
    (task,) = small.tasks()
    assert task.kind == "reach"
    assert small.touches() == [("hello", "skipped", "suppressed")]


async def test_the_database_refuses_a_second_live_attempt(
    engine: Engine, settings: Settings
) -> None:
    """Even where the fence is wrong: the queue row comes back although the attempt lives."""
    small = a_world_with_ada(engine, settings, HELLO)
    small.email.answers = [IN_DOUBT]
    await small.tick(NOW)
    with writing(engine) as connection:
        touch = connection.execute(select(Touch.id)).scalar_one()
        connection.execute(update(Touch).values(state="planned", not_after=NOW + timedelta(days=9)))
        connection.execute(insert(Queued).values(touch_id=touch, ready_at=NOW, fence=0))
    await small.send(NOW + timedelta(days=3))
    assert len(small.email.got) == 1


async def test_a_refused_gate_keeps_the_answers_of_the_batch_before(
    engine: Engine, settings: Settings
) -> None:
    """They are written in one transaction, which the database rolls back whole."""
    single = settings.model_copy(update={"batch_size": 1})
    small = a_world_with_ada(engine, single, HELLO)
    small.email.answers = [IN_DOUBT]
    await small.tick(NOW)
    later = NOW + timedelta(days=3)
    with writing(engine) as connection:
        customer(connection, email="bea@example.com", first_name="Bea")
    small.plan(later)
    with writing(engine) as connection:
        touch = connection.execute(select(Touch.id).order_by(Touch.id)).scalars().first()
        again = update(Touch).where(Touch.id == touch)
        connection.execute(again.values(state="planned", not_after=NOW + timedelta(days=9)))
        after_bea = later + timedelta(seconds=1)
        connection.execute(insert(Queued).values(touch_id=touch, ready_at=after_bea, fence=0))
    report = await small.send(later + timedelta(minutes=1))
    assert [message.to for message in small.email.got] == ["ada@example.com", "bea@example.com"]
    assert small.attempts() == ["unknown", "accepted"]
    assert (report.sent, report.held) == (1, 1)


@pytest.mark.parametrize("when", ["customer.persona == 'expert'", "orders.days_since_last > 3"])
async def test_a_condition_that_does_not_hold_skips_the_step(
    engine: Engine, settings: Settings, when: str
) -> None:
    small = a_world_with_ada(engine, settings, HELLO.replace("day: 0", f'day: 0, when: "{when}"'))
    await small.tick(NOW)
    assert small.touches() == [("hello", "skipped", "condition")]


def a_world_with_ada(engine: Engine, settings: Settings, steps: str, **top: str) -> World:
    small = world(engine, settings, steps, **top)
    with writing(engine) as connection:
        ada(connection, owner_id=olive(connection))
    return small


async def test_a_customer_whose_zone_is_unknown_holds_up_nobody(
    engine: Engine, settings: Settings
) -> None:
    small = a_world_with_ada(engine, settings, HELLO)
    with writing(engine) as connection:
        bob(connection)
    small.plan(NOW)
    with writing(engine) as connection:
        lost = update(Customer).where(Customer.email == "ada@example.com")
        connection.execute(lost.values(timezone="Atlantis/Capital"))
    await small.send(NOW)
    await small.send(NOW + timedelta(minutes=5))
    assert [message.to for message in small.email.got] == ["bob@example.com"]
    assert sorted(small.touches(), key=str)[-1] == ("hello", "planned", "zone")
    await small.send(NOW + timedelta(days=3))
    assert ("hello", "skipped", "zone") in small.touches()
    with reading(engine) as connection:
        assert connection.execute(select(Queued)).all() == []


async def test_a_crash_can_leave_no_more_than_one_batch_in_doubt(
    engine: Engine, settings: Settings
) -> None:
    with engine.begin() as connection:
        for number in range(7):
            customer(connection, email=f"ada{number}@example.com", first_name="Ada")
    small = settings.model_copy(update={"batch_size": 3})
    made = world(engine, small, HELLO)
    in_doubt: list[int] = []

    made.email.asked = lambda: in_doubt.append(made.attempts().count("sending"))
    await made.tick(SOON)
    assert len(made.email.got) == 7
    assert max(in_doubt) == 3
