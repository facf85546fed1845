"""While an owner is away somebody acts for them, and nobody is left with whom nobody acts for."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

import pytest
from sqlalchemy import Connection, Engine, insert, update

from contacts.record.book.absences import (
    Leave,
    absences_from,
    acting,
    end_absence,
    note_absence,
    roster_of,
    stood_in_for,
)
from contacts.record.book.owner_book import stand_ins_gone
from contacts.record.engine import writing
from contacts.record.errors import OwnerRefused
from contacts.record.tables import OwnerRow
from contacts.settings import Owner, Settings
from tests.cast import NOW

OLIVE, MEERA, HANNA = 1, 2, 3
MONDAY = date(2026, 11, 23)


def day(number: int) -> date:
    """Days from that Monday on."""
    return MONDAY + timedelta(days=number)


@pytest.fixture
def record(sqlite_engine: Engine) -> Iterator[Connection]:
    with writing(sqlite_engine) as connection:
        names = {OLIVE: "Olive", MEERA: "Meera", HANNA: "Hanna"}
        rows = [
            {"id": key, "email": f"{name.lower()}@example.com", "name": name}
            for key, name in names.items()
        ]
        connection.execute(insert(OwnerRow), rows)
        yield connection


def acts(record: Connection, on: date) -> dict[int, int]:
    """Who acts for whom at that day's noon in UTC, the owners' zone."""
    return acting(record, datetime.combine(on, time(12), UTC), zone="UTC")


def away(record: Connection, who: int, first: int, last: int, stand_in: int) -> None:
    note_absence(record, Leave(who, day(first), day(last), stand_in), now=NOW)


def test_the_stand_in_acts_from_the_first_day_to_the_last(record: Connection) -> None:
    away(record, OLIVE, 0, 4, MEERA)
    by_day = [acts(record, day(number)) for number in (-1, 0, 4, 5)]
    assert by_day == [{}, {OLIVE: MEERA}, {OLIVE: MEERA}, {}]


def test_of_a_stand_in_who_is_away_too_the_next_one_acts(record: Connection) -> None:
    away(record, OLIVE, 0, 9, MEERA)
    away(record, MEERA, 5, 6, HANNA)
    assert acts(record, day(5)) == {OLIVE: HANNA, MEERA: HANNA}
    assert acts(record, day(7)) == {OLIVE: MEERA}


def test_the_days_of_an_absence_are_those_of_who_is_away(record: Connection) -> None:
    away(record, OLIVE, 0, 0, MEERA)
    away(record, HANNA, 0, 0, MEERA)
    record.execute(update(OwnerRow).where(OwnerRow.id == HANNA).values(timezone="Asia/Tokyo"))
    midnight = datetime.combine(MONDAY, time(), UTC)
    at = [
        stood_in_for(record, MEERA, now=midnight + timedelta(hours=hours), zone="America/Lima")
        for hours in (-10, -8, 6, 16, 29)
    ]
    both = {MEERA, OLIVE, HANNA}
    assert at == [{MEERA}, {MEERA, HANNA}, both, {MEERA, OLIVE}, {MEERA}]


def test_a_ring_is_refused_on_whichever_day_it_would_close(record: Connection) -> None:
    away(record, OLIVE, 0, 9, MEERA)
    away(record, MEERA, 7, 12, HANNA)
    with pytest.raises(OwnerRefused, match="on 2026-11-30 Olive is away as well") as refused:
        away(record, HANNA, 5, 7, OLIVE)
    assert "Hanna stands in; name somebody else who is there" in str(refused.value)
    away(record, HANNA, 5, 6, OLIVE)  # until the day before


def test_a_day_of_two_absences_is_refused(record: Connection) -> None:
    away(record, OLIVE, 0, 4, MEERA)
    for first, last in ((4, 8), (-3, 0), (1, 2), (-1, 9)):
        with pytest.raises(OwnerRefused, match="away from 2026-11-23 until 2026-11-27 already"):
            away(record, OLIVE, first, last, HANNA)
    away(record, OLIVE, 5, 8, HANNA)


@pytest.mark.parametrize(
    ("leave", "why"),
    [
        (Leave(OLIVE, day(2), day(1), MEERA), "2026-11-24 lies before 2026-11-25"),
        (Leave(OLIVE, day(1), day(2), OLIVE), "Olive cannot stand in for themselves"),
    ],
)
def test_what_makes_no_sense_is_refused(record: Connection, leave: Leave, why: str) -> None:
    with pytest.raises(OwnerRefused, match=why):
        note_absence(record, leave, now=NOW)


def test_who_comes_back_early_acts_from_that_day_on(record: Connection) -> None:
    away(record, OLIVE, 0, 9, MEERA)
    end_absence(record, OLIVE, day(3))
    assert [acts(record, day(2)), acts(record, day(3))] == [{OLIVE: MEERA}, {}]


def test_an_absence_that_ends_on_its_first_day_never_was(record: Connection) -> None:
    away(record, OLIVE, 5, 9, MEERA)
    with pytest.raises(OwnerRefused, match="not away on 2026-11-23, but from 2026-11-28"):
        end_absence(record, OLIVE, MONDAY)
    end_absence(record, OLIVE, day(5))
    assert absences_from(record, MONDAY) == []


def test_nobody_acts_through_one_whom_the_settings_no_longer_name(
    record: Connection, settings: Settings
) -> None:
    away(record, OLIVE, 0, 4, MEERA)
    gone = update(OwnerRow).where(OwnerRow.id == MEERA).values(named=False)
    record.execute(gone)
    assert acts(record, MONDAY) == {}
    [left] = stand_ins_gone(record, settings, on=MONDAY)
    assert left.stand_in_id == MEERA


def test_the_roster_has_the_absences_on_record(record: Connection, settings: Settings) -> None:
    away(record, OLIVE, 0, 4, MEERA)
    owners = [*settings.owners, Owner(email="Meera@example.com", name="Meera")]
    roster = roster_of(record, settings.model_copy(update={"owners": owners}))
    assert roster.acting("olive@example.com", MONDAY) == "meera@example.com"
    assert roster.acting("olive@example.com", day(5)) == "olive@example.com"
