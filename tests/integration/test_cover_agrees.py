"""Who is listed as uncovered are those whom the rule for one customer finds in nobody's hand."""

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, func, insert, select, update

from contacts.care.cover import OVERDUE, Cover, cover_of, out_of_touch
from contacts.care.freshness import freshness, freshness_of
from contacts.care.needy import needy
from contacts.care.uncovered import SHORTEST, first_uncovered
from contacts.record.engine import writing
from contacts.record.tables import CadenceVersion, Customer, Enrolment, Queued, Task, Touch
from contacts.settings import Settings
from contacts.web.board.book import Asked, open_book, tally
from contacts.web.board.standing import IN_HAND_BY
from tests.cast import NOW, customer, olive

DAY, INSTANT = timedelta(days=1), timedelta(microseconds=1)
CUSTOMERS = 4 * SHORTEST
CONTACTS = [*[None] * 5, *(NOW - days * DAY for days in range(20))]
WAIVERS = [None, NOW.date(), NOW.date() - DAY, NOW.date() + DAY]
STATES = ["planned", "planned", "sending", "unknown", "needs_review", "accepted", "skipped"]
DUE = [NOW + DAY, NOW - OVERDUE, NOW - OVERDUE - INSTANT]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_walk_and_the_rule_for_one_customer_agree(engine: Engine, seed: int) -> None:
    with writing(engine) as connection:
        a_record(connection, random.Random(seed))  # noqa: S311  # the same record every time
        by_rule = (
            select(Customer.id)
            .where(Customer.active, cover_of(NOW) == Cover.NONE.value)
            .order_by(Customer.last_contact_at.asc().nulls_first(), Customer.id)
        )
        alone = list(connection.execute(by_rule).scalars())
        assert 0 < len(alone) < SHORTEST, "so that the first page is not the last"
        for limit in (1, len(alone) // 2, len(alone), len(alone) + 1):
            assert first_uncovered(connection, now=NOW, limit=limit) == alone[:limit]


@pytest.mark.parametrize("seed", [1, 2])
def test_the_counts_of_everybody_and_the_rule_for_one_customer_agree(
    engine: Engine, settings: Settings, seed: int
) -> None:
    cover = cover_of(NOW).label("cover")
    with writing(engine) as connection:
        a_record(connection, random.Random(seed))  # noqa: S311  # the same record every time
        active = select(cover, func.count()).where(Customer.active).group_by(cover)
        by_rule = dict(connection.execute(active).all())
        alone = select(Customer.id).where(Customer.active, cover == Cover.NONE.value)
        late = select(func.count()).where(Customer.active, out_of_touch(settings, NOW))
        found = freshness(connection, now=NOW, settings=settings, limit=1)
        work = needy(connection, settings=settings, now=NOW)
        assert {*work.uncovered} == {*connection.execute(alone).scalars()}
        assert found.overdue == connection.execute(late).scalar_one()
    assert [found.by_touch, found.by_task, found.waived, found.uncovered_count] == [
        by_rule[one] for one in Cover
    ]
    assert (found.active, found.unowned_count) == (sum(by_rule.values()), found.active)


@pytest.mark.parametrize("seed", [1, 2])
def test_the_list_of_customers_has_whom_the_proof_counts(
    engine: Engine, settings: Settings, seed: int
) -> None:
    with writing(engine) as connection:
        mine = frozenset([olive(connection)])
        a_record(connection, random.Random(seed))  # noqa: S311  # the same record every time
        some = update(Customer).where(Customer.id % 3 == 0)
        connection.execute(some.values(owner_id=min(mine)))
        everybody = freshness(connection, now=NOW, settings=settings)
        theirs = freshness_of(connection, mine, now=NOW, settings=settings)
        for own, proof in ((None, everybody), (mine, theirs)):
            counts = tally(connection, own=own, settings=settings, now=NOW)
            for cover, number in ((Cover.TOUCH, proof.by_touch), (Cover.TASK, proof.by_task)):
                found = list(listed(connection, Asked(own=own, cover=cover), settings))
                assert 0 < number == counts[IN_HAND_BY[cover]] == len(found) == len({*found})


def listed(connection: Connection, asked: Asked, settings: Settings) -> Iterator[int]:
    """Whom all pages of the list have."""
    book = open_book(connection, asked, settings=settings, now=NOW)
    yield from (one.id for one in book.entries)
    if book.has_more:
        yield from listed(connection, replace(asked, page=asked.page + 1), settings)


def a_record(connection: Connection, chance: random.Random) -> None:
    """Customers with any of what may cover them, or nearly."""
    version = {"name": "tea", "sha256": "0", "source": "", "created_at": NOW}
    add(connection, CadenceVersion, [{"id": 1, **version}])
    like = select(Customer.__table__).where(Customer.id == customer(connection, id=1))
    first = {**connection.execute(like).mappings().one()}
    del first["email_key"]
    ids = range(2, CUSTOMERS + 2)
    add(connection, Customer, [first | {"id": one} | a_person(chance) for one in ids])
    enrolled = {
        "cadence": "tea", "version_id": 1, "trigger": "customer.added", "state": "active",
        "started_at": NOW, "started_on": NOW.date(),
    }  # fmt: skip
    add(connection, Enrolment, [{"id": one, "customer_id": one, **enrolled} for one in ids])
    touched = [one for one in ids for _ in range(chance.choice([0, 0, 1, 2]))]
    touches = [
        {"id": number, "customer_id": one, "enrolment_id": one, **a_touch(chance, number)}
        for number, one in enumerate(touched, start=1)
    ]
    add(connection, Touch, touches)
    queued = chance.sample(touches, len(touches) * 2 // 3)
    add(
        connection, Queued, [{"ready_at": NOW, "touch_id": one["id"], "fence": 0} for one in queued]
    )
    add(connection, Task, [a_task(chance, one) for one in ids if chance.random() < 0.5])


def add(connection: Connection, table: Any, rows: list[dict[str, Any]]) -> None:
    connection.execute(insert(table), rows)


def a_person(chance: random.Random) -> dict[str, Any]:
    return {
        "active": chance.random() < 0.8,
        "last_contact_at": chance.choice(CONTACTS),
        "waived_until": chance.choice(WAIVERS),
    }


def a_touch(chance: random.Random, number: int) -> dict[str, Any]:
    return {
        "cadence": "tea", "step_key": f"s{number}", "occurrence": "1", "channel": "email",
        "purpose": "service", "state": chance.choice(STATES), "due_at": chance.choice(DUE),
        "not_after": NOW + 2 * DAY, "wall_time": "", "zone": "UTC", "created_at": NOW,
    }  # fmt: skip


def a_task(chance: random.Random, customer_id: int) -> dict[str, Any]:
    return {
        "customer_id": customer_id, "kind": "call", "title": "Call", "due_at": NOW,
        "state": chance.choice(["open", "done"]), "opened_at": NOW,
    }  # fmt: skip
