"""What changes while a touch is under way: its cadence, its template, its customer, the list."""

import re
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import Engine, insert, select

from contacts.channels.outgoing import Answer, Receipt
from contacts.delivery.drafts import Desk
from contacts.delivery.reports import SendReport
from contacts.delivery.transactions import Transactions
from contacts.messages.templates import templates_of
from contacts.privacy.erase import erase
from contacts.record.engine import reading, writing
from contacts.record.imports import import_customers
from contacts.record.tables import Attempt, Customer, Enrolment, Message, Touch
from contacts.settings import Settings
from tests.cast import NOW, SIGNING_KEY, ada, bob, olive
from tests.whole_record import whole
from tests.world import World, loaded, world

HELLO = "  - {key: hello, channel: email, template: hello, day: 0}\n"
SECOND = "  - {key: second, channel: email, template: ping, day: 3}\n"
OTHER = "  - {key: other, channel: email, template: ping, day: 0}\n"
SOON = NOW + timedelta(minutes=1)


async def test_f54_who_is_inside_an_edited_cadence_stays_on_the_version_they_began_with(
    engine: Engine, settings: Settings
) -> None:
    small = _with_ada(engine, settings, HELLO + SECOND)
    await small.tick(NOW)
    small.plan(SOON)
    small.cadence = loaded(OTHER + HELLO)  # a step is gone, one is new, one has moved
    with writing(engine) as connection:
        bob(connection)
    small.plan(SOON)
    assert _planned_for(engine, "ada@example.com") == ["hello", "second"]
    assert _planned_for(engine, "bob@example.com") == ["other"]


async def test_f54_a_step_that_was_made_is_not_made_again_under_a_new_version(
    engine: Engine, settings: Settings
) -> None:
    small = _with_ada(engine, settings, HELLO)
    await small.tick(NOW)
    small.cadence = loaded(HELLO.replace("template: hello", "template: ping"))
    with writing(engine) as connection:
        old = connection.execute(select(Enrolment.__table__)).mappings().one()
        again = {"trigger": "customer.added/again", "state": "active", "position": 0,
                 "plan_at": SOON}  # fmt: skip
        copied = {name: old[name] for name in old if name != "id"} | again
        connection.execute(insert(Enrolment).values(copied))
    await small.tick(SOON)
    assert len(small.email.got) == 1
    assert small.touches() == [("hello", "accepted", None)]


async def test_f55_a_template_edited_after_planning_is_pinned_with_its_hash_at_the_gate(
    engine: Engine, settings: Settings
) -> None:
    small = _with_ada(engine, settings, HELLO)
    await small.tick(NOW)
    with writing(engine) as connection:
        bob(connection)
    small.plan(NOW)
    subject = settings.workspace / "templates" / "email" / "hello" / "subject.txt"
    subject.write_text("Good day {{ customer.first_name }}", encoding="utf-8")
    small.templates = templates_of(settings)
    await small.send(NOW)
    with reading(engine) as connection:
        kept = connection.execute(
            select(Message.subject, Attempt.template, Attempt.body_hash)
            .join(Attempt, Attempt.id == Message.attempt_id)
            .order_by(Attempt.id)
        ).all()
    assert [one.subject for one in kept] == ["Hello Ada", "Good day Bob"]
    assert len({one.template for one in kept}) == len({one.body_hash for one in kept}) == 2


async def test_f57_an_attempt_holds_nothing_that_names_its_customer(
    engine: Engine, settings: Settings
) -> None:
    small = _with_ada(engine, settings, HELLO)
    await small.tick(NOW)
    with reading(engine) as connection:
        attempt = dict(connection.execute(select(Attempt.__table__)).mappings().one())
    # Ids and hashes may spell a word such as Ada by chance.
    assert UUID(attempt.pop("id")).version == 7
    assert re.fullmatch("[0-9a-f]{64}", attempt.pop("body_hash"))
    template, _, digest = attempt.pop("template").partition("@")
    assert re.fullmatch("[0-9a-f]{8}", digest)
    said = " ".join(str(value) for value in (template, *attempt.values())).casefold()
    assert not [word for word in ("ada", "archer", "example.com", "0111") if word in said]


async def test_f57_a_customer_erased_while_a_touch_is_claimed_is_skipped_at_the_gate(
    engine: Engine, settings: Settings
) -> None:
    small = _with_ada(engine, settings, HELLO)
    small.plan(NOW)
    desk = Desk(settings, small.templates, frozenset(), SendReport())
    worker = Transactions(engine, desk, lambda: NOW)
    batch = worker.prepare(worker.claim().going)
    assert [draft.message.address for draft in batch.drafts.values()] == ["ada@example.com"]

    erase(engine, batch.prepared[0].customer_id, signing_key=SIGNING_KEY, now=NOW)

    ready, _ = worker.gate(batch)
    assert (ready, small.attempts()) == ([], [])
    assert small.touches() == [("hello", "skipped", "erased")]
    await small.tick(SOON)
    assert small.email.got == []
    assert not [word for word in ("Ada", "ada@", "2025550111") if word in whole(engine)]


@pytest.mark.parametrize("answer", [Answer.ACCEPTED, Answer.RETRY, Answer.UNKNOWN])
async def test_f57_a_customer_erased_during_the_call_keeps_what_became_of_it_and_hears_no_more(
    engine: Engine, settings: Settings, answer: Answer
) -> None:
    small = _with_ada(engine, settings, HELLO + SECOND)
    small.plan(NOW)

    with reading(engine) as connection:
        her = connection.execute(select(Customer.id)).scalar_one()

    def erase_her() -> None:
        erase(engine, her, signing_key=SIGNING_KEY, now=NOW)

    small.email.asked = erase_her
    small.email.answers = [Receipt(answer, provider_id="p-1")]
    await small.send(NOW)
    became = {"accepted": "accepted", "unknown": "unknown", "retry": "rejected"}[answer.value]
    assert small.attempts() == [became]
    for hours in (1, 30, 80):
        await small.tick(NOW + timedelta(hours=hours))
    assert len(small.email.got) == 1
    assert "planned" not in {state for _, state, _ in small.touches()}
    assert small.tasks() == []


async def test_f58_the_same_list_again_while_its_touches_are_on_their_way_enrols_nobody_twice(
    engine: Engine, settings: Settings, tmp_path: Path
) -> None:
    small = world(engine, settings, HELLO)
    with writing(engine) as connection:
        olive(connection)
    path = tmp_path / "customers.csv"
    path.write_text("email,first_name,timezone\nada@example.com,Ada,America/New_York\n")

    def import_and_plan() -> None:
        import_customers(engine, path, settings=settings, now=NOW)
        small.plan(NOW)

    import_and_plan()
    small.email.asked = import_and_plan
    await small.tick(NOW)
    import_and_plan()
    await small.tick(NOW)
    with reading(engine) as connection:
        assert len(connection.execute(select(Enrolment.id)).all()) == 1
    assert [message.to for message in small.email.got] == ["ada@example.com"]


def _with_ada(engine: Engine, settings: Settings, steps: str) -> World:
    small = world(engine, settings, steps)
    with writing(engine) as connection:
        ada(connection, owner_id=olive(connection))
    return small


def _planned_for(engine: Engine, email: str) -> list[str]:
    """The steps of one customer's touches, made and planned."""
    with reading(engine) as connection:
        theirs = (
            select(Touch.step_key)
            .join(Customer, Customer.id == Touch.customer_id)
            .where(Customer.email == email)
            .order_by(Touch.id)
        )
        return list(connection.execute(theirs).scalars())
