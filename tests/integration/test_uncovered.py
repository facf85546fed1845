"""Who is listed as uncovered, and in which order: never in touch first, then the longest silent."""

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event, insert, update

from contacts.care.uncovered import SHORTEST, first_uncovered
from contacts.record.engine import reading, writing
from contacts.record.tables import Customer
from contacts.record.work.tasks import NewTask, open_tasks
from tests.cast import NOW, ada, bob, cleo

DAY = timedelta(days=1)


def people(engine: Engine, *contacts: datetime | None) -> list[int]:
    """Customers who were last in touch then; their ids."""
    with writing(engine) as connection:
        first = ada(connection, last_contact_at=contacts[0])
        like_her = {
            "timezone": "Europe/London", "locale": "en", "country": "GB", "first_name": "",
            "last_name": "", "company": "", "tier": "", "persona": "", "active": True,
            "timezone_assumed": False, "attributes": {}, "joined_on": NOW.date(),
            "created_at": NOW, "updated_at": NOW,
        }  # fmt: skip
        if others := [like_her | {"last_contact_at": contact} for contact in contacts[1:]]:
            connection.execute(insert(Customer), others)
    return list(range(first, first + len(contacts)))


def listed(engine: Engine, limit: int = 1000) -> list[int]:
    with reading(engine) as connection:
        return first_uncovered(connection, now=NOW, limit=limit)


def give_a_task(engine: Engine, *customer_ids: int) -> None:
    tasks = [
        NewTask(customer_id=one, kind="call", title="Call", due_at=NOW + DAY)
        for one in customer_ids
    ]
    with writing(engine) as connection:
        open_tasks(connection, tasks, now=NOW)


def test_who_was_never_in_touch_comes_first_then_the_longest_silent(engine: Engine) -> None:
    lately, never, long_ago, before = people(engine, NOW, None, NOW - 90 * DAY, NOW - 30 * DAY)
    assert listed(engine) == [never, long_ago, before, lately]


def test_of_equal_ones_those_added_first_come_first(engine: Engine) -> None:
    once, again, never, never_either = people(engine, NOW, NOW, None, None)
    assert listed(engine) == [never, never_either, once, again]
    assert listed(engine, limit=3) == [never, never_either, once]


def test_a_part_without_anybody_makes_no_page_of_the_next_larger(sqlite_engine: Engine) -> None:
    people(sqlite_engine, *(NOW - days * DAY for days in range(3 * SHORTEST)))
    bound: list[object] = []

    @event.listens_for(sqlite_engine, "before_cursor_execute")
    def note(_connection: object, _cursor: object, _words: str, values: Any, *_: object) -> None:
        bound.extend(values)

    assert len(listed(sqlite_engine, limit=SHORTEST)) == SHORTEST
    assert SHORTEST - 1 in bound  # how many a page passes over to its end
    assert 2 * SHORTEST - 1 not in bound


def test_who_has_a_task_is_walked_past(engine: Engine) -> None:
    ids = people(engine, None, None, NOW - DAY, NOW)
    give_a_task(engine, ids[0], ids[2])
    assert listed(engine) == [ids[1], ids[3]]


@pytest.mark.parametrize("silent", [None, NOW - 90 * DAY])
def test_the_search_goes_on_past_pages_in_which_everybody_is_covered(
    engine: Engine, silent: datetime | None
) -> None:
    """All but the last of two pages and a half, and the ties among them, in whichever part."""
    ids = people(engine, *[silent] * (4 * SHORTEST))
    give_a_task(engine, *ids[:SHORTEST], *ids[SHORTEST + 1 : -1])
    assert listed(engine, limit=2) == [ids[SHORTEST], ids[-1]]
    assert listed(engine, limit=1) == [ids[SHORTEST]]


def test_a_page_ends_between_two_instants(engine: Engine) -> None:
    days = [NOW - (500 - number) * DAY for number in range(SHORTEST + 2)]
    ids = people(engine, *days)
    give_a_task(engine, *ids[:SHORTEST])
    assert listed(engine, limit=2) == ids[SHORTEST:]


def test_nobody_is_listed_twice_where_the_limit_is_a_whole_page(engine: Engine) -> None:
    ids = people(engine, *[None] * SHORTEST, *[NOW] * SHORTEST)
    assert listed(engine, limit=SHORTEST) == ids[:SHORTEST]
    assert listed(engine, limit=2 * SHORTEST) == ids


@pytest.mark.parametrize("never", [True, False])
def test_contacts_made_meanwhile_hide_nobody_and_list_nobody_twice(
    engine: Engine, never: bool
) -> None:
    """Before each statement the first ones still silent are called, so that others move up."""
    silent = [None if never else NOW - days * DAY for days in range(3 * SHORTEST, 0, -1)]
    ids = people(engine, *silent)
    ends = [ids[page - 5 : page + 30] for page in (SHORTEST, 2 * SHORTEST)]
    bare = [*ids[10:15], *ends[0], *ends[1], *ids[-5:]]
    give_a_task(engine, *set(ids).difference(bare))
    waiting = iter(ids)

    def call_five(connection: Connection) -> None:
        called = Customer.id.in_(list(islice(waiting, 5)))
        connection.execute(update(Customer).where(called).values(last_contact_at=NOW))

    assert sorted(listed_while(engine, call_five)) == bare


def test_who_comes_back_meanwhile_moves_nobody_to_another_page(engine: Engine) -> None:
    ids = people(engine, *[None] * 3 * SHORTEST)
    away, end = ids[: SHORTEST // 2], SHORTEST + SHORTEST // 2
    bare = ids[end - 20 : end + 20]
    give_a_task(engine, *set(ids).difference(bare))
    with writing(engine) as connection:
        connection.execute(update(Customer).where(Customer.id.in_(away)).values(active=False))
    waiting = iter(away)

    def take_five_back(connection: Connection) -> None:
        back = Customer.id.in_(list(islice(waiting, 5)))
        connection.execute(update(Customer).where(back).values(active=True))

    assert listed_while(engine, take_five_back) == bare


def listed_while(engine: Engine, change: Callable[[Connection], None]) -> list[int]:
    """Who is listed if somebody else commits a change before each statement."""

    def before(*_: object) -> None:
        with writing(engine) as other:
            change(other)

    with reading(engine) as connection:
        event.listen(connection, "before_cursor_execute", before)
        return first_uncovered(connection, now=NOW, limit=SHORTEST)


def test_who_left_or_is_waived_is_walked_past(engine: Engine) -> None:
    with writing(engine) as connection:
        ada(connection, active=False)
        waived = bob(connection)
        until_today = {"waived_until": NOW.date(), "waiver": "on holiday"}
        connection.execute(update(Customer).where(Customer.id == waived).values(until_today))
        over = cleo(connection)
        yesterday = {"waived_until": (NOW - DAY).date(), "waiver": "on holiday"}
        connection.execute(update(Customer).where(Customer.id == over).values(yesterday))
    assert listed(engine) == [over]


def test_an_empty_record_lists_nobody(engine: Engine) -> None:
    assert listed(engine) == []
