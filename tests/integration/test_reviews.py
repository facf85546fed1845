"""A person says whether a message in doubt arrived; the record takes that word once."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine, select, update

from contacts.cadences.reasons import Reason
from contacts.channels.incoming import EventKind, IncomingEvent
from contacts.channels.outgoing import Answer, Receipt
from contacts.delivery.reconcile import reconcile
from contacts.listening.apply import apply_events
from contacts.record.doubt.doubts import close_attempts
from contacts.record.doubt.held import Held, Word, answer_review, held_touches
from contacts.record.engine import reading, writing
from contacts.record.errors import ReviewRefused
from contacts.record.tables import Attempt, Customer, Enrolment, Touch
from contacts.record.timeline import timeline
from contacts.record.touches.moves import move_touches
from contacts.record.touches.outcomes import plan_again
from contacts.settings import Settings
from tests.cast import NOW, ada, olive
from tests.world import World, world

STEPS = "".join(
    f"  - {{key: {key}, channel: email, template: hello, day: {day}}}\n"
    for key, day in (("hello", 0), ("again", 3), ("last", 6))
)
HELLO = "  - {key: hello, channel: email, template: hello, day: 0}\n"
IN_DOUBT = Receipt(Answer.UNKNOWN, http_status=500, code="500")
HELD_AT = NOW + timedelta(minutes=61)
LATER = HELD_AT + timedelta(minutes=5)


@pytest.fixture
async def held(engine: Engine, settings: Settings) -> World:
    """Ada's first message of three is in doubt and held; the second is planned."""
    here = await _held(engine, settings, STEPS)
    here.plan(HELD_AT)
    assert here.touches()[1:] == [("again", "planned", None)]
    return here


async def _held(engine: Engine, settings: Settings, steps: str, **top: str) -> World:
    here = world(engine, settings, steps, **top)
    with writing(engine) as connection:
        ada(connection, owner_id=olive(connection))
    here.email.answers = [IN_DOUBT]
    await here.tick(NOW)
    assert reconcile(engine, now=HELD_AT) == 1
    return here


def answer(here: World, word: Word, *, now: datetime = LATER) -> bool:
    (first, *_) = _touch_ids(here)
    with writing(here.engine) as connection:
        return answer_review(connection, first, word, now=now)


def hear(here: World, kind: EventKind, *, now: datetime = LATER) -> None:
    """A webhook about the first attempt."""
    mark = here.email.got[0].attempt_id
    event = IncomingEvent("sendgrid", f"e-{kind}", kind, "email", now, attempt_id=mark)
    with writing(here.engine) as connection:
        apply_events(connection, [event], settings=here.settings, now=now)


def listed(here: World) -> list[Held]:
    with reading(here.engine) as connection:
        return held_touches(connection)


def _touch_ids(here: World) -> list[int]:
    with reading(here.engine) as connection:
        return list(connection.execute(select(Touch.id).order_by(Touch.id)).scalars())


async def test_what_is_held_is_listed_with_whom_and_why(held: World) -> None:
    (one,) = listed(held)
    assert (one.customer, one.owner, one.cadence, one.step) == (
        "Ada Archer", "Olive Owner", "sample", "hello"
    )  # fmt: skip
    assert (one.channel, one.http_status, one.since) == ("email", 500, HELD_AT)
    assert one.found is None


async def test_what_arrived_is_made_and_its_task_is_done(held: World) -> None:
    assert answer(held, Word.ARRIVED)
    assert held.touches() == [("hello", "accepted", None), ("again", "planned", None)]
    assert [(task.state, task.outcome) for task in held.tasks()] == [("done", "It arrived.")]
    assert listed(held) == []
    with reading(held.engine) as connection:
        known = connection.execute(select(Customer.id, Customer.last_contact_at)).one()
        assert "It arrived." in [one.detail for one in timeline(connection, known.id, now=NOW)]
    assert known.last_contact_at < HELD_AT  # when it left, not when somebody said so


async def test_what_is_to_be_sent_again_is_planned_anew_and_goes_once(held: World) -> None:
    assert answer(held, Word.RESEND)
    assert held.touches()[0] == ("hello", "planned", "again")
    assert [(task.state, task.outcome) for task in held.tasks()] == [
        ("done", "Send it again; it may arrive twice.")
    ]
    await held.tick(LATER)
    await held.tick(LATER + timedelta(minutes=5))
    assert len(held.email.got) == 2
    assert held.attempts() == ["given_up", "accepted"]


async def test_the_same_word_twice_changes_nothing_more(held: World) -> None:
    assert answer(held, Word.RESEND)
    await held.tick(LATER)
    assert not answer(held, Word.RESEND)
    await held.tick(LATER + timedelta(minutes=5))
    assert len(held.email.got) == 2
    with pytest.raises(ReviewRefused, match="somebody has said before: send it again"):
        answer(held, Word.ARRIVED)


async def test_sending_again_moves_its_cadence_no_further(held: World) -> None:
    """It went on when the touch was held; going on again would leave the next step out."""
    answer(held, Word.RESEND)
    await held.tick(LATER)
    held.plan(LATER)
    assert held.touches() == [("hello", "accepted", None), ("again", "planned", None)]
    await held.tick(NOW + timedelta(days=3))
    held.plan(NOW + timedelta(days=3, minutes=1))
    assert [step for step, _, _ in held.touches()] == ["hello", "again", "last"]


async def test_a_refusal_of_what_is_sent_again_moves_its_cadence_no_further(held: World) -> None:
    answer(held, Word.RESEND)
    held.email.answers = [Receipt(Answer.REFUSED, http_status=400, code="400")]
    await held.tick(LATER)
    held.plan(LATER)
    assert held.touches() == [("hello", "failed", "rejected"), ("again", "planned", None)]


async def test_it_is_sent_again_though_its_cadence_ends_meanwhile(
    engine: Engine, settings: Settings
) -> None:
    here = await _held(engine, settings, HELLO)
    assert answer(here, Word.RESEND)
    here.plan(LATER)  # nothing is left to plan, so the enrolment finishes
    with reading(engine) as connection:
        assert connection.execute(select(Enrolment.state)).scalar() == "finished"
    await here.send(LATER)
    assert here.touches() == [("hello", "accepted", None)]


async def test_who_answered_meanwhile_gets_nothing_again(
    engine: Engine, settings: Settings
) -> None:
    here = await _held(engine, settings, STEPS, stop="{on: [reply]}")
    answer(here, Word.RESEND)
    hear(here, EventKind.REPLIED)
    await here.tick(LATER)
    assert (here.touches(), len(here.email.got)) == ([("hello", "skipped", "stopped")], 1)


async def test_doubt_about_the_second_one_opens_the_task_again(held: World) -> None:
    answer(held, Word.RESEND)
    held.email.answers = [IN_DOUBT]
    await held.tick(LATER)
    again = LATER + timedelta(minutes=61)
    assert reconcile(held.engine, now=again) == 1
    assert [(task.state, task.outcome) for task in held.tasks()] == [("open", None)]
    (one,) = listed(held)
    assert one.since == again
    assert answer(held, Word.ARRIVED, now=again)
    assert held.attempts() == ["given_up", "accepted"]


async def test_what_a_webhook_settled_needs_nobodys_word(held: World) -> None:
    hear(held, EventKind.DELIVERED)
    with pytest.raises(ReviewRefused, match="the provider has said since that it was delivered"):
        answer(held, Word.RESEND)
    with pytest.raises(ReviewRefused, match="waits for nobody's word"):
        answer(held, Word.ARRIVED)
    assert held.attempts() == ["accepted"]


async def test_a_second_doubt_keeps_the_first_word_on_the_timeline(held: World) -> None:
    answer(held, Word.RESEND)
    held.email.answers = [IN_DOUBT]
    await held.tick(LATER)
    reconcile(held.engine, now=LATER + timedelta(minutes=61))
    with reading(held.engine) as connection:
        customer = connection.execute(select(Customer.id)).scalar_one()
        said = [
            one.detail for one in timeline(connection, customer, now=NOW) if one.title == "Note"
        ]
    assert said == ["Send it again; it may arrive twice."]


async def test_a_webhook_that_comes_before_the_second_one_leaves_spares_it(held: World) -> None:
    answer(held, Word.RESEND)
    hear(held, EventKind.DELIVERED)
    hear(held, EventKind.DELIVERED)
    await held.tick(LATER)
    assert (len(held.email.got), held.attempts()) == (1, ["accepted"])
    assert held.touches() == [("hello", "delivered", None), ("again", "planned", None)]


async def test_a_message_that_failed_at_the_provider_is_sent_again_all_the_same(
    held: World,
) -> None:
    answer(held, Word.RESEND)
    hear(held, EventKind.BLOCKED)
    await held.tick(LATER)
    assert (len(held.email.got), held.attempts()) == (2, ["given_up", "accepted"])


@pytest.mark.parametrize("word", Word)
async def test_a_webhook_after_the_word_sends_nothing_twice(held: World, word: Word) -> None:
    answer(held, word)
    await held.tick(LATER)
    sent = len(held.email.got)
    hear(held, EventKind.DELIVERED)
    hear(held, EventKind.BOUNCED)
    await held.tick(LATER + timedelta(minutes=5))
    assert len(held.email.got) == sent
    assert held.touches()[0][1] == ("bounced" if word is Word.ARRIVED else "accepted")


async def test_an_answer_that_comes_after_its_attempt_was_ended_moves_nothing(
    engine: Engine, settings: Settings
) -> None:
    """Its worker was frozen for so long that the touch is on its way anew."""
    here = world(engine, settings, HELLO)
    with writing(engine) as connection:
        ada(connection)

    def ended_meanwhile() -> None:
        here.email.asked = lambda: None
        with writing(engine) as connection:
            attempt = connection.execute(
                update(Attempt).values(state="unknown").returning(Attempt.id)
            )
            touches = close_attempts(connection, list(attempt.scalars()), "absent")
            move_touches(connection, touches, "unknown")
            plan_again(connection, {touches[0]: NOW}, reason=Reason.AGAIN, counts_as_try=False)

    here.email.asked = ended_meanwhile
    here.email.answers = [Receipt(Answer.REFUSED, http_status=400, code="400")]
    await here.tick(NOW)
    await here.tick(LATER)
    assert here.touches() == [("hello", "accepted", None)]
    assert here.attempts() == ["absent", "accepted"]


async def test_only_what_is_held_waits_for_a_word(engine: Engine, settings: Settings) -> None:
    here = world(engine, settings, HELLO)
    with writing(engine) as connection:
        ada(connection)
    here.email.answers = [IN_DOUBT]
    await here.tick(NOW)
    with pytest.raises(ReviewRefused, match="its provider may still tell"):
        answer(here, Word.RESEND)
    with pytest.raises(ReviewRefused, match="there is no touch 0"), writing(engine) as connection:
        answer_review(connection, 0, Word.ARRIVED, now=LATER)
    assert here.attempts() == ["unknown"]
