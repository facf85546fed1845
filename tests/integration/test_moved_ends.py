"""A contract's end is moved: nothing leaves with the date of before, and nothing a second time."""

from datetime import timedelta
from pathlib import Path

from sqlalchemy import Engine, event, insert

from contacts.record.engine import reading, writing
from contacts.record.tables import Event
from contacts.record.timeline import timeline
from contacts.record.work.tasks import close_task
from contacts.settings import Settings
from contacts.wording import day_in_words
from tests.cast import NOW, bob
from tests.terms import (
    DAY,
    ENDED,
    ENDING,
    STEPS,
    TODAY,
    contract,
    enrolments,
    first_customer,
    here_with,
)


async def test_a_corrected_end_moves_what_waits_and_repeats_nothing(
    engine: Engine, settings: Settings, tmp_path: Path
) -> None:
    here = here_with(engine, settings, ENDING)
    contract(here, tmp_path, ends=TODAY + 50 * DAY)
    await here.tick(NOW)
    assert here.email.got[0].subject == "C-1 ends 1/9/27, 0 benefits"
    await here.tick(NOW + DAY)
    contract(here, tmp_path, ends=TODAY + 55 * DAY, now=NOW + 2 * DAY)
    here.plan(NOW + 2 * DAY)
    assert here.touches() == [
        ("recap", "accepted", None),
        ("reminder", "skipped", "moved"),
        ("reminder", "planned", None),
    ]
    await here.tick(NOW + 30 * DAY)  # two days before the 28th day, counted to the new end
    assert len(here.email.got) == 1
    await here.tick(NOW + 33 * DAY)
    assert [mail.subject for mail in here.email.got][1:] == ["C-1 ends 1/14/27, 0 benefits"]
    await here.tick(NOW + 34 * DAY)
    assert enrolments(engine) == [("finished", None, f"contract:C-1:{TODAY + 55 * DAY}")]


async def test_what_a_sooner_end_puts_into_the_past_leaves_today(
    sqlite_engine: Engine, settings: Settings, tmp_path: Path
) -> None:
    here = here_with(sqlite_engine, settings, ENDING)
    contract(here, tmp_path, ends=TODAY + 50 * DAY)
    await here.tick(NOW)
    here.plan(NOW + DAY)
    contract(here, tmp_path, ends=TODAY + 15 * DAY, now=NOW + 5 * DAY)
    await here.tick(NOW + 5 * DAY)
    assert [mail.subject[:12] for mail in here.email.got] == ["C-1 ends 1/9", "C-1 ends 12/"]


async def test_an_end_moved_there_and_back_loses_no_step(
    sqlite_engine: Engine, settings: Settings, tmp_path: Path
) -> None:
    here = here_with(sqlite_engine, settings, ENDING)
    for day, ends in enumerate((50, 55, 50)):
        contract(here, tmp_path, ends=TODAY + ends * DAY, now=NOW + day * DAY)
        await here.tick(NOW + day * DAY)
        here.plan(NOW + day * DAY + timedelta(hours=1))  # the step after the one that was sent
    await here.tick(NOW + 28 * DAY)
    await here.tick(NOW + 31 * DAY)
    assert [mail.subject[:10] for mail in here.email.got] == ["C-1 ends 1", "C-1 ends 1"]
    assert [touch for touch in here.touches() if touch[1] != "skipped"] == [
        ("recap", "accepted", None),
        ("reminder", "accepted", None),
    ]


async def test_an_end_moved_far_ahead_stops_what_was_begun_and_starts_anew_in_its_time(
    sqlite_engine: Engine, settings: Settings, tmp_path: Path
) -> None:
    here = here_with(sqlite_engine, settings, ENDING)
    contract(here, tmp_path, ends=TODAY + 50 * DAY)
    await here.tick(NOW)
    await here.tick(NOW + DAY)
    later = TODAY + 415 * DAY
    contract(here, tmp_path, ends=later, now=NOW + 2 * DAY)
    old = f"contract:C-1:{TODAY + 50 * DAY}"
    assert enrolments(sqlite_engine) == [("stopped", "moved", old)]
    await here.tick(NOW + 31 * DAY)
    assert len(here.email.got) == 1
    await here.tick(NOW + 360 * DAY)
    assert here.email.got[1].subject == "C-1 ends 1/9/28, 0 benefits"
    assert enrolments(sqlite_engine)[1:] == [("active", None, f"contract:C-1:{later}")]
    her = first_customer(sqlite_engine)
    with reading(sqlite_engine) as connection:
        told = [one.detail for one in timeline(connection, her, now=NOW + 361 * DAY)]
    assert "the end of the contract was moved" in told
    assert f"the end of contract C-1 on {day_in_words(later)}" in told


async def test_a_contract_that_is_somebody_elses_now_stops_what_was_begun(
    sqlite_engine: Engine, settings: Settings, tmp_path: Path
) -> None:
    here = here_with(sqlite_engine, settings, ENDING)
    with writing(sqlite_engine) as connection:
        bob(connection)
    contract(here, tmp_path, ends=TODAY + 50 * DAY)
    await here.tick(NOW)
    contract(here, tmp_path, ends=TODAY + 50 * DAY, whose="bob@example.com", now=NOW + DAY)
    assert [row[:2] for row in enrolments(sqlite_engine)] == [("stopped", "moved")]


def test_a_project_that_ended_and_runs_again_is_closed_later(
    sqlite_engine: Engine, settings: Settings, tmp_path: Path
) -> None:
    here = here_with(sqlite_engine, settings, ENDED)
    contract(here, tmp_path, id_="P-1", kind="project", ends=TODAY - 8 * DAY)
    here.plan(NOW)
    contract(here, tmp_path, id_="P-1", kind="project", ends=TODAY - 9 * DAY)
    assert [row[0] for row in enrolments(sqlite_engine)] == ["active"]
    contract(here, tmp_path, id_="P-1", kind="project", ends=TODAY + 30 * DAY)
    assert [row[:2] for row in enrolments(sqlite_engine)] == [("stopped", "moved")]


async def test_an_end_moved_by_a_year_by_mistake_and_back_goes_on_where_it_was(
    sqlite_engine: Engine, settings: Settings, tmp_path: Path
) -> None:
    here = here_with(sqlite_engine, settings, ENDING)
    ends = TODAY + 50 * DAY
    contract(here, tmp_path, ends=ends)
    await here.tick(NOW)
    await here.tick(NOW + DAY)
    contract(here, tmp_path, ends=ends + 365 * DAY, now=NOW + 2 * DAY)
    contract(here, tmp_path, ends=ends, now=NOW + 3 * DAY)
    await here.tick(NOW + 3 * DAY)
    await here.tick(NOW + 28 * DAY)
    assert [mail.subject[:12] for mail in here.email.got] == ["C-1 ends 1/9", "C-1 ends 1/9"]
    assert here.touches() == [
        ("recap", "accepted", None),
        ("reminder", "skipped", "stopped"),
        ("reminder", "accepted", None),
    ]


async def test_a_contract_given_to_somebody_else_and_back_goes_on(
    sqlite_engine: Engine, settings: Settings, tmp_path: Path
) -> None:
    here = here_with(sqlite_engine, settings, ENDING)
    with writing(sqlite_engine) as connection:
        bob(connection)
    ends = TODAY + 50 * DAY
    contract(here, tmp_path, ends=ends)
    await here.tick(NOW)  # the first mail has left, and nobody has planned the second
    for whose in ("bob@example.com", "ada@example.com"):
        contract(here, tmp_path, ends=ends, whose=whose, now=NOW + DAY)
    assert [row[0] for row in enrolments(sqlite_engine)] == ["active"]
    await here.tick(NOW + DAY)
    await here.tick(NOW + 28 * DAY)
    assert [touch[:2] for touch in here.touches()] == [
        ("recap", "accepted"),
        ("reminder", "accepted"),
    ]


async def test_who_answered_before_the_end_was_moved_back_is_left_alone(
    sqlite_engine: Engine, settings: Settings, tmp_path: Path
) -> None:
    here = here_with(sqlite_engine, settings, ENDING, stop="{on: [reply]}")
    ends = TODAY + 50 * DAY
    contract(here, tmp_path, ends=ends)
    await here.tick(NOW)
    contract(here, tmp_path, ends=ends + 365 * DAY, now=NOW + DAY)
    with writing(sqlite_engine) as connection:
        row = {"provider": "person", "event_id": "r", "kind": "replied", "occurred_at": NOW + DAY}
        her = {"customer_id": first_customer(sqlite_engine), "received_at": NOW + DAY}
        connection.execute(insert(Event).values(row | her))
    contract(here, tmp_path, ends=ends, now=NOW + 2 * DAY)
    assert [row[:2] for row in enrolments(sqlite_engine)] == [("stopped", "moved")]


def test_a_later_time_on_the_cadence_takes_the_end_that_an_earlier_one_had(
    sqlite_engine: Engine, settings: Settings, tmp_path: Path
) -> None:
    here = here_with(sqlite_engine, settings, ENDING)
    early, late = TODAY + 50 * DAY, TODAY + 70 * DAY
    contract(here, tmp_path, ends=early)
    here.plan(NOW)
    contract(here, tmp_path, ends=late, now=NOW + DAY)
    here.plan(NOW + 11 * DAY)
    contract(here, tmp_path, ends=early, now=NOW + 12 * DAY)
    assert enrolments(sqlite_engine) == [
        ("stopped", "moved", f"contract:C-1:{late}"),
        ("active", None, f"contract:C-1:{early}"),
    ]


async def test_an_open_call_says_first_that_the_end_was_moved(
    engine: Engine, settings: Settings, tmp_path: Path
) -> None:
    step = "  - {key: talk, channel: call, template: welcome, day: 0}"
    here = here_with(engine, settings, ENDING, steps=step)
    contract(here, tmp_path, id_="C-1:1", ends=TODAY + 40 * DAY)
    await here.tick(NOW)
    contract(here, tmp_path, id_="C-1", ends=TODAY + 90 * DAY)
    for day, ends in enumerate((TODAY + 45 * DAY, TODAY + 400 * DAY), start=1):
        contract(here, tmp_path, id_="C-1:1", ends=ends, now=NOW + day * DAY)
        (task,) = here.tasks()
        assert task.title == f"Ends {day_in_words(ends)} now: Call Ada"
        assert task.brief == (
            f"The contract C-1:1 ends on {day_in_words(ends)} now. What follows was written before "
            "that.\n\nSay hello.\n"
        )
        assert (task.state, task.changed_at) == ("open", NOW + day * DAY)
    contract(here, tmp_path, id_="C-1", ends=TODAY + 91 * DAY, now=NOW + 3 * DAY)
    assert here.tasks() == [task]


async def test_a_cadence_that_waits_for_a_call_waits_on_when_the_end_is_moved_back(
    sqlite_engine: Engine, settings: Settings, tmp_path: Path
) -> None:
    steps = "  - {key: talk, channel: call, template: welcome, day: 0, wait: true}\n" + STEPS
    here = here_with(sqlite_engine, settings, ENDING, steps=steps.replace("day: 0}", "day: 1}"))
    ends = TODAY + 50 * DAY
    contract(here, tmp_path, ends=ends)
    await here.tick(NOW)
    for day, end in enumerate((ends + 365 * DAY, ends), start=1):
        contract(here, tmp_path, ends=end, now=NOW + day * DAY)
    await here.tick(NOW + 3 * DAY)
    assert here.touches() == [("talk", "waiting", None)]
    with writing(sqlite_engine) as connection:
        close_task(connection, here.tasks()[0].id, "Spoke", now=NOW + 3 * DAY)
    here.plan(NOW + 3 * DAY)
    assert here.touches()[1:] == [("recap", "planned", None)]


def test_an_end_that_moves_while_the_planner_looks_starts_nothing_for_the_old_one(
    sqlite_engine: Engine, settings: Settings, tmp_path: Path
) -> None:
    here = here_with(sqlite_engine, settings, ENDING)
    ends = [TODAY + days * DAY for days in (50, 55)]
    contract(here, tmp_path, ends=ends[0])

    @event.listens_for(sqlite_engine, "before_cursor_execute")
    def move(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if "JOIN owners" in statement and len(ends) > 1:  # the candidates are known by now
            contract(here, tmp_path, ends=ends.pop())

    here.plan(NOW)
    assert enrolments(sqlite_engine) == []
    here.plan(NOW)
    assert enrolments(sqlite_engine) == [("active", None, f"contract:C-1:{TODAY + 55 * DAY}")]
