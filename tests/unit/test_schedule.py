import pytest

from contacts.settings import Owner, Settings
from contacts.windows import Window
from flows.schedule import Row, schedule


def rows(settings: Settings, *cadences: str, workers: int = 0) -> dict[str, Row]:
    return {row.name: row for row in schedule(settings, cadences, workers=workers)}


def test_each_cadence_has_a_plan_deployment_of_its_name(settings: Settings) -> None:
    found = rows(settings, "onboarding", "nurture")
    assert found["plan/onboarding"].parameters == {"cadence": "onboarding"}
    assert found["plan/nurture"].tags == ("nurture",)


def test_a_workspace_without_cadences_still_syncs_sends_and_tidies(settings: Settings) -> None:
    assert {"sync/sync", "send/send", "care/care", "tidy/tidy"} <= set(rows(settings))


def test_the_intervals_are_those_of_the_settings(settings: Settings) -> None:
    settings = settings.model_copy(update={"plan_minutes": 15, "send_minutes": 2})
    found = rows(settings, "onboarding")
    assert found["plan/onboarding"].every is not None
    assert found["plan/onboarding"].every.total_seconds() == 15 * 60
    assert found["send/send"].every is not None
    assert found["send/send"].every.total_seconds() == 2 * 60


@pytest.mark.parametrize(("workers", "at_once"), [(0, 1), (1, 1), (4, 4)])
def test_as_many_sends_fall_due_together_as_there_are_workers(
    settings: Settings, workers: int, at_once: int
) -> None:
    found = rows(settings, "onboarding", workers=workers)
    assert found["send/send"].at_once == at_once
    assert {row.at_once for name, row in found.items() if name != "send/send"} == {1}


def test_prefect_cancels_no_send_for_another_that_may_be_dead(settings: Settings) -> None:
    found = rows(settings, "onboarding")
    assert [name for name, row in found.items() if not row.one_at_a_time] == ["send/send"]


def test_planning_follows_the_sync_and_cadences_do_not_start_together(settings: Settings) -> None:
    found = rows(settings, *"abcdef")
    offsets = [found[f"plan/{name}"].offset for name in "abcdef"]
    assert len(set(offsets)) == 6
    assert all(offset > found["sync/sync"].offset for offset in offsets)


def test_each_zone_of_owners_has_its_own_morning(settings: Settings) -> None:
    owners = [
        Owner(email="olive@example.com", name="Olive Owner", timezone="Europe/Minsk"),
        Owner(email="omar@example.com", name="Omar Owner", timezone="Europe/Minsk"),
        Owner(email="odile@example.com", name="Odile Owner"),
    ]
    settings = settings.model_copy(update={"owners": owners, "default_timezone": "Asia/Kolkata"})
    digests = [row for row in rows(settings).values() if row.flow == "digest"]
    assert [(row.name, row.zone) for row in digests] == [
        ("digest/Asia-Kolkata", "Asia/Kolkata"),
        ("digest/Europe-Minsk", "Europe/Minsk"),
    ]


def test_mornings_come_on_the_days_on_which_somebody_in_the_zone_works(settings: Settings) -> None:
    days = (("sun", "mon", "tue"), ("mon", "sat"))
    owners = [
        Owner(email=f"{number}@example.com", name="Owner", hours=Window(days=one))
        for number, one in enumerate(days)
    ]
    [row] = [
        row
        for row in rows(settings.model_copy(update={"owners": owners})).values()
        if row.flow == "digest"
    ]
    assert row.cron == "30 7-12 * * mon,tue,sat,sun"


def test_wall_times_keep_clear_of_clock_changes(settings: Settings) -> None:
    hours = [row.cron.split()[1] for row in rows(settings).values() if row.cron]
    assert hours
    assert all(3 < int(hour) < 23 for hours_of in hours for hour in hours_of.split("-"))


def test_no_row_names_a_person(settings: Settings) -> None:
    told = repr(schedule(settings, ["onboarding"]))
    assert "olive" not in told.lower()
    assert "@" not in told
