"""A message knows everything that it names, whatever the batch around it needed."""

from datetime import timedelta
from decimal import Decimal

from sqlalchemy import Engine, insert, select

from contacts.record.engine import writing
from contacts.record.tables import Contract, Order
from contacts.settings import Settings
from tests.cast import NOW, ada, bob, olive
from tests.world import World, world

HELLO = "  - {key: hello, channel: email, template: hello, day: 0}\n"


async def test_words_about_orders_contract_and_touches_are_filled_in(
    engine: Engine, settings: Settings
) -> None:
    small = world_where_the_subject_says(
        engine, settings, "{{ orders.count }} {{ contract.kind }} {{ touches.count }}"
    )
    await small.tick(NOW)
    assert sorted(mail.subject for mail in small.email.got) == ["0 0", "2 gold 0"]


async def test_a_goal_about_orders_ends_the_cadence_at_the_gate(
    engine: Engine, settings: Settings
) -> None:
    small = world_where_the_subject_says(
        engine, settings, "Hello", stop="{on: [reply], goal: 'orders.count >= 3'}"
    )
    small.plan(NOW)
    with writing(engine) as connection:
        ada_id = connection.execute(select(Order.customer_id).limit(1)).scalar_one()
        connection.execute(insert(Order).values(an_order(ada_id, "O-3")))
    await small.send(NOW)
    assert [mail.to for mail in small.email.got] == ["bob@example.com"]
    assert ("hello", "skipped", "stopped") in small.touches()


def world_where_the_subject_says(
    engine: Engine, settings: Settings, subject: str, **top: str
) -> World:
    """Ada has two orders and a contract, and Bob has none."""
    small = world(engine, settings, HELLO, **top)
    folder = settings.workspace / "templates" / "email" / "hello"
    (folder / "subject.txt").write_text(subject, encoding="utf-8")
    with writing(engine) as connection:
        ada_id = ada(connection, owner_id=olive(connection))
        bob(connection)
        connection.execute(insert(Order), [an_order(ada_id, "O-1"), an_order(ada_id, "O-2")])
        connection.execute(
            insert(Contract).values(
                contract_id="C-1",
                customer_id=ada_id,
                starts_on=NOW.date(),
                ends_on=NOW.date() + timedelta(days=90),
                value=Decimal(100),
                currency="USD",
                kind="gold",
            )
        )
    return small


def an_order(customer_id: int, order_id: str) -> dict[str, object]:
    return {
        "order_id": order_id,
        "customer_id": customer_id,
        "ordered_at": NOW - timedelta(days=1),
        "amount": Decimal(10),
        "currency": "USD",
        "items": "Assam",
    }
