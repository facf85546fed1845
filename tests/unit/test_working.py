"""Business days are the owner's own: their zone, hours, holidays, and who stands in for them."""

from datetime import UTC, date, datetime, timedelta

import pytest

from contacts.cadences.working import Away, Roster, acting_for, workers_of
from contacts.settings import Owner, Settings
from contacts.windows import Holidays, TimeOfDay, Window

FRIDAY = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
OLIVE, MEERA = "olive@example.com", "meera@example.com"


def owner(email: str = OLIVE, zone: str = "America/New_York", **values: object) -> Owner:
    return Owner.model_validate({"email": email, "name": "Olive Owner", "timezone": zone, **values})


def roster(
    settings: Settings, *owners: Owner, away: dict[str, list[Away[str]]] | None = None
) -> Roster:
    changed = settings.model_copy(update={"owners": list(owners), "default_country": "US"})
    return Roster(workers_of(changed), away or {})


def due(roster: Roster, days: int, at: datetime = FRIDAY, business: bool = True) -> str:
    return f"{roster.due(OLIVE, at, days, business=business):%a %m-%d %H:%M}"


def test_days_end_with_the_owners_hours_in_their_zone(settings: Settings) -> None:
    assert due(roster(settings, owner()), 1) == "Mon 11-23 23:00"  # 18:00 in New York
    early = Window(start=TimeOfDay("07:00"), end=TimeOfDay("15:30"))
    assert due(roster(settings, owner(zone="Asia/Kolkata", hours=early)), 1) == "Mon 11-23 10:00"


def test_only_days_that_they_work_count(settings: Settings) -> None:
    sunday_to_thursday = Window(days=("sun", "mon", "tue", "wed", "thu"))
    assert due(roster(settings, owner(hours=sunday_to_thursday)), 1) == "Sun 11-22 23:00"
    assert due(roster(settings, owner(hours=Window(days=("wed",)))), 2) == "Wed 12-02 23:00"


def test_holidays_of_their_country_and_region_do_not_count(settings: Settings) -> None:
    eve_of_thanksgiving = FRIDAY + timedelta(days=5)
    assert due(roster(settings, owner()), 1, eve_of_thanksgiving) == "Fri 11-27 23:00"
    german = owner(zone="Europe/Berlin", country="DE")
    eve_of_all_saints = datetime(2027, 10, 31, 12, 0, tzinfo=UTC)
    assert due(roster(settings, german), 1, eve_of_all_saints) == "Mon 11-01 17:00"
    bavarian = german.model_copy(update={"region": "BY"})
    assert due(roster(settings, bavarian), 1, eve_of_all_saints) == "Tue 11-02 17:00"


def test_the_houses_own_days_off_are_the_owners_too(settings: Settings) -> None:
    closed = settings.model_copy(update={"holidays": Holidays(add=(date(2026, 11, 23),))})
    assert due(roster(closed, owner()), 1) == "Tue 11-24 23:00"
    works_then = owner(hours=Window(holidays="ignore"))
    assert due(roster(closed, works_then), 1) == "Mon 11-23 23:00"


def test_days_that_all_count_end_on_one_that_is_worked(settings: Settings) -> None:
    assert due(roster(settings, owner()), 4, business=False) == "Tue 11-24 23:00"
    assert due(roster(settings, owner()), 1, business=False) == "Mon 11-23 23:00"


def test_a_day_of_absence_counts_as_the_stand_in_works_it(settings: Settings) -> None:
    week = Away(date(2026, 11, 23), date(2026, 11, 25), MEERA)
    meera = owner(MEERA, "Asia/Kolkata", hours=Window(days=("tue", "wed")))
    away = roster(settings, owner(), meera, away={OLIVE: [week]})
    assert due(away, 1) == "Tue 11-24 12:30"  # 18:00 in Kolkata
    assert due(away, 3) == "Fri 11-27 23:00"  # Thanksgiving between; she is back


def test_a_task_is_late_by_the_business_days_begun_since(settings: Settings) -> None:
    of_olive = roster(settings, owner())
    due_at = of_olive.due(OLIVE, FRIDAY - timedelta(days=1), 1, business=True)
    late = [of_olive.days_late(OLIVE, due_at, due_at + timedelta(days=days)) for days in range(6)]
    assert late == [0, 0, 0, 1, 2, 3]  # due on Friday; Saturday and Sunday do not count
    assert of_olive.days_late(OLIVE, due_at, due_at - timedelta(hours=1)) == 0


@pytest.mark.parametrize("days", [1, 2, 3])
def test_what_was_due_before_the_mark_is_that_late(settings: Settings, days: int) -> None:
    of_olive = roster(settings, owner())
    now = FRIDAY + timedelta(days=5)
    mark = of_olive.late_since(OLIVE, days, now)
    second = timedelta(seconds=1)
    assert of_olive.days_late(OLIVE, mark - second, now) >= days
    assert of_olive.days_late(OLIVE, mark, now) < days


def test_stand_ins_who_are_away_hand_on_and_one_who_left_acts_for_nobody() -> None:
    def until(day: int, who: str) -> list[Away[str]]:
        return [Away(date(2026, 11, 20), date(2026, 11, day), who)]

    absences = {"a": until(30, "b"), "b": until(25, "c"), "d": until(30, "gone")}
    on = {day: acting_for(absences, "a", date(2026, 11, day), among="abcd") for day in (19, 25, 26)}
    assert on == {19: "a", 25: "c", 26: "b"}
    assert acting_for(absences, "d", date(2026, 11, 21), among="abcd") == "d"
