"""A book of customers goes over whole, with what is open, and no file takes it back unsaid."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select, update

from contacts.record.book.handing_over import HandedOver, HandOver, hand_over
from contacts.record.book.owner_book import LeftBehind, left_behind
from contacts.record.book.owners import sync_owners
from contacts.record.engine import reading, writing
from contacts.record.errors import OwnerRefused
from contacts.record.imports import ImportReport, import_customers
from contacts.record.tables import Customer, Event, Handed, Task
from contacts.record.timeline import timeline
from contacts.record.work.tasks import NewTask, open_tasks
from contacts.settings import Owner, Settings
from tests.cast import NOW, customer

OLIVE, OMAR, PIA = "olive@example.com", "omar@example.com", "pia@example.com"
ADA, BOB = "ada@example.com", "bob@example.com"
Import = Callable[..., ImportReport]


@pytest.fixture
def three(settings: Settings) -> Settings:
    others = [Owner(email=OMAR, name="Omar Other"), Owner(email=PIA, name="Pia Third")]
    return settings.model_copy(update={"owners": [*settings.owners, *others]})


@pytest.fixture
def ids(engine: Engine, three: Settings) -> dict[str, int]:
    """Owners and customers by address: Ada and Bob are Olive's."""
    with writing(engine) as connection:
        ids = sync_owners(connection, three)
        for email in (ADA, BOB):
            ids[email] = customer(connection, email=email, owner_id=ids[OLIVE])
            open_tasks(connection, [NewTask(ids[email], "call", "Call", NOW)], now=NOW)
    return ids


@pytest.fixture
def take_in(engine: Engine, three: Settings, tmp_path: Path) -> Import:
    """Import customers with these owners: Ada's, and Bob's."""

    def run(*owners: str, settings: Settings = three) -> ImportReport:
        rows = [f"{email},{owner}" for email, owner in zip((ADA, BOB), owners, strict=False)]
        path = tmp_path / "customers.csv"
        path.write_text("\n".join(["email,owner", *rows, ""]), encoding="utf-8")
        return import_customers(engine, path, settings=settings, now=NOW)

    return run


def hand(
    engine: Engine, from_id: int | None, to_id: int, *customers: int, now: datetime = NOW
) -> HandedOver:
    with writing(engine) as connection:
        return hand_over(connection, HandOver(from_id, to_id, customers or None), now=now)


def owners(engine: Engine) -> dict[str, tuple[int | None, int | None]]:
    """Whose each customer is, and whose their task."""
    with reading(engine) as connection:
        query = select(Customer.email, Customer.owner_id, Task.owner_id.label("task"))
        rows = connection.execute(query.join(Task, Task.customer_id == Customer.id))
        return {row.email: (row.owner_id, row.task) for row in rows}


def rows(engine: Engine, table: Any) -> list[Any]:
    with reading(engine) as connection:
        return list(connection.execute(select(table)))


def test_customers_and_their_open_tasks_go_over_with_a_word_on_each_timeline(
    engine: Engine, ids: dict[str, int]
) -> None:
    with writing(engine) as connection:
        connection.execute(update(Task).values(escalated=2, escalated_at=NOW))
    later = NOW + timedelta(hours=1)
    assert hand(engine, ids[OLIVE], ids[OMAR], now=later) == HandedOver(customers=2, tasks=2)
    assert owners(engine) == dict.fromkeys((ADA, BOB), (ids[OMAR], ids[OMAR]))
    assert [(one.escalated, one.escalated_at) for one in rows(engine, Task)] == [(0, None)] * 2
    with reading(engine) as connection:
        for email in (ADA, BOB):
            *_, last = timeline(connection, ids[email], now=later)
            told = (last.kind, last.title, last.detail)
            assert told == ("handed_over", "Handed over", "from Olive Owner to Omar Other")


def test_a_task_that_is_done_stays_its_owners(engine: Engine, ids: dict[str, int]) -> None:
    with writing(engine) as connection:
        connection.execute(update(Task).where(Task.customer_id == ids[BOB]).values(state="done"))
    assert hand(engine, ids[OLIVE], ids[OMAR]).tasks == 1
    assert owners(engine)[BOB] == (ids[OMAR], ids[OLIVE])


def test_only_the_named_ones_go_over_and_all_or_none(engine: Engine, ids: dict[str, int]) -> None:
    assert hand(engine, ids[OLIVE], ids[OMAR], ids[ADA]) == HandedOver(customers=1, tasks=1)
    with pytest.raises(OwnerRefused, match=f"not a customer of that owner: {ids[ADA]}; nothing"):
        hand(engine, ids[OLIVE], ids[PIA], ids[ADA], ids[BOB])
    assert owners(engine)[BOB] == (ids[OLIVE], ids[OLIVE])
    with pytest.raises(OwnerRefused, match="that owner's already"):
        hand(engine, ids[OMAR], ids[OMAR])
    assert len(rows(engine, Event)) == 1


def test_those_of_nobody_find_an_owner_too(engine: Engine, ids: dict[str, int]) -> None:
    with writing(engine) as connection:
        values = {"email": "dora@example.com", "first_name": "Dora"}
        customer(connection, **values)
        customer(connection, email="gone@example.com", active=False)
    assert hand(engine, None, ids[PIA]).customers == 1


def test_a_file_that_says_what_it_said_takes_nothing_back(
    engine: Engine, ids: dict[str, int], take_in: Import
) -> None:
    hand(engine, ids[OLIVE], ids[OMAR])
    hand(engine, ids[OMAR], ids[PIA], ids[BOB])
    report = take_in(OLIVE, OLIVE)
    assert (report.refused, report.updated) == (0, 0)
    said = [(one.line, one.column, one.message[:54]) for one in report.warnings]
    assert said == [
        (2, 17, "owner: they were handed over to omar@example.com, who "),
        (3, 17, "owner: they were handed over to pia@example.com, who k"),
    ]
    assert owners(engine)[ADA] == (ids[OMAR], ids[OMAR])
    assert owners(engine)[BOB] == (ids[PIA], ids[PIA])


def test_a_file_that_says_something_new_is_followed_with_the_tasks(
    engine: Engine, ids: dict[str, int], take_in: Import
) -> None:
    hand(engine, ids[OLIVE], ids[OMAR])
    report = take_in(PIA, OMAR)  # another one; and what the hand-over said
    assert report.warnings == []
    assert owners(engine) == {ADA: (ids[PIA], ids[PIA]), BOB: (ids[OMAR], ids[OMAR])}
    assert rows(engine, Handed) == []
    take_in(OLIVE, OLIVE)  # from now on the file's word counts as ever
    assert owners(engine) == dict.fromkeys((ADA, BOB), (ids[OLIVE], ids[OLIVE]))


def test_one_who_left_may_stay_in_the_file_until_somebody_writes_it_anew(
    engine: Engine, ids: dict[str, int], take_in: Import, three: Settings
) -> None:
    hand(engine, ids[OLIVE], ids[OMAR])
    without = three.model_copy(update={"owners": three.owners[1:]})
    report = take_in(OLIVE, OLIVE, settings=without)
    assert (report.refused, len(report.warnings)) == (0, 2)
    assert owners(engine)[ADA] == (ids[OMAR], ids[OMAR])


def test_whose_customers_are_left_behind_is_known(
    engine: Engine, ids: dict[str, int], three: Settings
) -> None:
    with writing(engine) as connection:
        customer(connection, email="dora@example.com")
        without = three.model_copy(update={"owners": three.owners[1:]})
        assert left_behind(connection, without) == [
            LeftBehind(OLIVE, "Olive Owner", 2), LeftBehind("", "", 1),
        ]  # fmt: skip
        hand_over(connection, HandOver(ids[OLIVE], ids[OMAR]), now=NOW)
        hand_over(connection, HandOver(None, ids[OMAR]), now=NOW)
        assert left_behind(connection, without) == []
