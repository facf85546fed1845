"""C09: while nobody has read an answer that may ask us to stop, nothing goes out to who gave it."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine, select

from contacts.care.freshness import freshness
from contacts.channels.incoming import EventKind, IncomingEvent
from contacts.listening.apply import apply_events
from contacts.record.consent.unclear import Meant, decide_answer, unclear_answers
from contacts.record.engine import reading, writing
from contacts.record.errors import ReviewRefused
from contacts.record.phrases import NoteKind
from contacts.record.tables import Enrolment, Suppression
from contacts.record.timeline import timeline, upcoming
from contacts.record.work.notes import Note, record_note
from contacts.settings import Settings
from tests.cast import NOW, ada, olive
from tests.world import World, world

HELLO = "  - {key: hello, channel: email, template: hello, day: 0}\n"
ADAS_PHONE = "+12025550111"
WORDS = "Stop by the office tomorrow?"


@pytest.fixture
def asked(engine: Engine, settings: Settings) -> World:
    """Ada is due a message, and has answered so that nobody can tell what she wants."""
    small = world(engine, settings, HELLO)
    with writing(engine) as connection:
        ada(connection, owner_id=olive(connection))
    small.plan(NOW)
    answered(small, "SM1")
    return small


def answered(small: World, sid: str) -> None:
    event = IncomingEvent(
        "twilio", sid, EventKind.REPLIED, "sms", NOW, address=ADAS_PHONE, detail=WORDS, unclear=True
    )
    with writing(small.engine) as connection:
        apply_events(connection, [event], settings=small.settings, now=NOW)


def decide(small: World, meant: Meant, *, number: int = 0) -> bool:
    """Say what the answer meant, of several the one of that number."""
    task = small.tasks()[number]
    with writing(small.engine) as connection:
        return decide_answer(connection, task.id, meant, settings=small.settings, now=NOW)


async def test_c09_nothing_leaves_until_a_person_has_read_the_answer(asked: World) -> None:
    await asked.send(NOW)
    assert asked.email.got == []
    assert asked.touches() == [("hello", "planned", "unclear")]
    with reading(asked.engine) as connection:
        assert connection.execute(select(Enrolment.state)).scalars().all() == ["active"]
    decide(asked, Meant.GO_ON)
    await asked.send(NOW)
    assert len(asked.email.got) == 1


async def test_two_answers_wait_for_two_decisions(asked: World) -> None:
    answered(asked, "SM2")
    decide(asked, Meant.GO_ON)
    await asked.send(NOW)
    assert asked.email.got == []
    decide(asked, Meant.GO_ON, number=1)
    await asked.send(NOW)
    assert len(asked.email.got) == 1


@pytest.mark.parametrize(
    ("meant", "channels"),
    [
        (Meant.STOP, {"sms"}),
        (Meant.STOP_SMS, {"sms"}),
        (Meant.STOP_EMAIL, {"email"}),
        (Meant.STOP_ALL, {"sms", "email"}),
    ],
)
def test_a_person_stops_the_channel_or_all_of_them(
    asked: World, meant: Meant, channels: set[str]
) -> None:
    assert decide(asked, meant)
    assert not decide(asked, meant)
    with reading(asked.engine) as connection:
        assert set(connection.execute(select(Suppression.channel)).scalars()) == channels
        sources = set(connection.execute(select(Suppression.source)).scalars())
        assert sources == {"SMS reply, as a person read it"}  # whatever it stopped
        assert unclear_answers(connection) == []
    with pytest.raises(ReviewRefused, match="was decided before: "):
        decide(asked, Meant.GO_ON)


def test_what_stops_nothing_is_still_to_be_answered(asked: World) -> None:
    decide(asked, Meant.GO_ON)
    assert not decide(asked, Meant.GO_ON)
    decided, answer = asked.tasks()
    assert (decided.state, answer.state, answer.kind) == ("done", "open", "reply")
    assert (answer.title, answer.brief) == ("Answer Ada Archer, who replied by SMS", WORDS)


def test_a_note_leaves_the_question_open_and_names_the_way_to_answer_it(asked: World) -> None:
    (task,) = asked.tasks()
    note = Note(task.customer_id, NoteKind.NOTE, "Rang them.", NOW)
    with writing(asked.engine) as connection:
        assert record_note(connection, note, now=NOW) is None
        with pytest.raises(ReviewRefused, match=f"touchline review {task.id} go-on"):
            record_note(connection, replace(note, task_id=task.id), now=NOW)
    assert asked.tasks()[0].state == "open"


async def test_the_timeline_tells_what_was_said_what_waits_and_what_was_decided(
    asked: World,
) -> None:
    ada_id = asked.tasks()[0].customer_id
    await asked.send(NOW)
    with reading(asked.engine) as connection:
        ahead = {
            one.kind: one for one in upcoming(connection, ada_id, settings=asked.settings, now=NOW)
        }
    assert ahead["to do"].detail == WORDS
    assert ahead["held"].detail == (
        "an answer may ask us to stop: waits until a person has read it; given up after 22 Nov"
    )
    decide(asked, Meant.GO_ON)
    with reading(asked.engine) as connection:
        ahead = {
            one.kind: one for one in upcoming(connection, ada_id, settings=asked.settings, now=NOW)
        }
        assert (ahead["planned"].detail, ahead["planned"].reason) == ("", None)
        said = {one.kind: one for one in timeline(connection, ada_id, now=NOW)}
    assert said["replied"].detail == WORDS
    assert said["done"].detail == "Go on: nothing was to stop."


def test_the_question_keeps_its_customer_in_hand(asked: World) -> None:
    with reading(asked.engine) as connection:
        found = freshness(connection, now=NOW + timedelta(days=90), settings=asked.settings)
    assert (found.by_task, found.uncovered_count) == (1, 0)
