"""What a customer may need next, out of the record, in a batch and in a brief."""

from datetime import datetime, timedelta
from decimal import Decimal

from sqlalchemy import Connection, Engine, insert, select

from contacts.cadences.facts import as_context
from contacts.care.next_step import learn_pairs
from contacts.care.together import FEWEST
from contacts.messages.templates import templates_of
from contacts.record.customers.facts import EVERYTHING, load_facts
from contacts.record.engine import reading, writing
from contacts.record.orders.baskets import sample
from contacts.record.orders.item_pairs import ItemPair
from contacts.record.tables import Order
from contacts.settings import Settings
from tests.cast import NOW, ada, bob, customer

DAY = timedelta(days=1)


def test_pairs_are_counted_anew_out_of_the_last_years_orders(engine: Engine) -> None:
    with writing(engine) as connection:
        for _ in range(FEWEST):
            _order(connection, customer(connection), "2 kg Tea, Lemons", at=NOW - 30 * DAY)
        for _ in range(FEWEST):
            _order(connection, customer(connection), "Milk", at=NOW - 30 * DAY)
        for _ in range(FEWEST):
            _order(connection, customer(connection), "Milk, Ice", at=NOW - 400 * DAY)
            _order(connection, customer(connection), "Milk, Ice", at=NOW - DAY, amount=-5)
    for _ in range(2):
        assert learn_pairs(engine, now=NOW) == 2
    with reading(engine) as connection:
        rows = connection.execute(select(ItemPair).order_by(ItemPair.item)).all()
    assert [(row.item, row.other, row.name, row.both) for row in rows] == [
        ("lemons", "tea", "Tea", FEWEST),
        ("tea", "lemons", "Lemons", FEWEST),
    ]
    assert learn_pairs(engine, now=NOW + 400 * DAY) == 0


def test_of_many_customers_a_few_stand_for_all_from_first_to_last(sqlite_engine: Engine) -> None:
    with writing(sqlite_engine) as connection:
        ids = [customer(connection) for _ in range(7)]
        assert sample(connection, most=7) == ids
        assert sample(connection, most=6) == ids[::2]
        assert sample(connection, most=3) == ids[::3]


def test_a_batch_is_told_to_each_and_a_brief_gives_the_reasons(
    engine: Engine, settings: Settings
) -> None:
    with writing(engine) as connection:
        her, his = ada(connection), bob(connection)
        for days in (63, 42, 21):
            _order(connection, her, "9 kg House No. 9", at=NOW - days * DAY)
        _order(connection, his, "Milk", at=NOW - DAY)
        row = {"item": "milk", "other": "ice", "name": "Ice", "buyers": 9, "both": 6, "lift": 2}
        connection.execute(insert(ItemPair).values(row))
    with reading(engine) as connection:
        found = load_facts(connection, [her, his], settings=settings, now=NOW)
        rest = EVERYTHING - {"suggestions"}
        spared = load_facts(connection, [her], settings=settings, now=NOW, parts=rest)
    assert spared[her].suggestions == ()
    assert [one["item"] for one in found[his].suggestions] == ["Ice"]
    brief = templates_of(settings).brief("check_in_call", "en", _context(found[her]))
    assert "They may need\n- House No. 9: bought 3 times, about every 21 days" in brief.text


def _context(facts: object) -> dict[str, object]:
    from contacts.cadences.dialogue import NOTHING_LATELY, of_brief

    return as_context(facts) | of_brief(NOTHING_LATELY)  # type: ignore[arg-type]


def _order(
    connection: Connection, customer_id: int, items: str, *, at: datetime, amount: int = 9
) -> None:
    number = len(connection.execute(select(Order.id)).all())
    row = {"order_id": f"O-{number}", "customer_id": customer_id, "ordered_at": at}
    money = {"amount": Decimal(amount), "currency": "EUR"}
    connection.execute(insert(Order).values(**row, **money, items=items))
