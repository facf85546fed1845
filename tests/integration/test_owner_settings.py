"""Owners come from the settings into the record, and their tasks are due by their own days."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select

from contacts.cadences.faults import Fault
from contacts.record.book.owners import sync_owners
from contacts.record.engine import reading, writing
from contacts.record.tables import OwnerRow
from contacts.settings import Owner, Settings, SettingsError, load_settings
from contacts.workspace.setting_faults import setting_faults
from tests.cast import NOW, ada
from tests.world import world

OMAR = Owner(email="Omar@example.com", name="Omar Other", lead="olive@example.com")


def sync(engine: Engine, settings: Settings) -> dict[str, Any]:
    """The owners on record, by their first names."""
    with writing(engine) as connection:
        sync_owners(connection, settings)
        rows = connection.execute(select(OwnerRow)).all()
    return {row.name.split()[0]: row for row in rows}


def with_owners(settings: Settings, *owners: Owner, **changes: object) -> Settings:
    return settings.model_copy(update={"owners": [*settings.owners, *owners], **changes})


def test_the_record_keeps_how_they_work_and_who_leads(engine: Engine, settings: Settings) -> None:
    hours = {"days": ["mon", "tue"], "end": "16:00"}
    values = {"email": "pia@example.com", "name": "Pia", "hours": hours, "country": "DE"}
    pia = Owner.model_validate({**values, "region": "BY"})
    found = sync(engine, with_owners(settings, OMAR, pia, lead="omar@example.com"))
    assert (found["Pia"].hours, found["Pia"].region) == (hours, "BY")
    assert found["Pia"].lead_id == found["Olive"].lead_id == found["Omar"].id
    assert found["Omar"].lead_id == found["Olive"].id  # his own lead, not the workspace's
    assert [found[name].leads for name in ("Olive", "Omar", "Pia")] == [False, True, False]


def test_one_whom_the_settings_no_longer_name_leads_nobody(
    sqlite_engine: Engine, settings: Settings
) -> None:
    sync(sqlite_engine, with_owners(settings, OMAR, lead="omar@example.com"))
    found = sync(sqlite_engine, settings)
    assert (found["Omar"].named, found["Omar"].leads, found["Olive"].lead_id) == (
        False,
        False,
        None,
    )
    assert sync(sqlite_engine, with_owners(settings, OMAR))["Omar"].named


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ('lead = "olive@example.com"', "9:8: owner olive@example.com: lead: nobody leads"),
        ('lead = "omar@example.com"', "9:8: owner olive@example.com: lead: nobody under [[owners]] "
         "has the email 'omar@example.com'"),
        ('region = "XX"', "9:10: owner olive@example.com: region: 'XX' is no region of US"),
        ('country = "XX"', "9:11: owner olive@example.com: country: no public holidays are known"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_told_at_its_line_by_check_and_by_an_import(
    sqlite_engine: Engine, workspace: Path, line: str, fault: str
) -> None:
    toml = workspace / "touchline.toml"
    toml.write_text(f"{toml.read_text('utf-8')}{line}\n", encoding="utf-8")
    settings = load_settings(workspace)
    faults: list[Fault] = list(setting_faults(settings))
    assert [str(one).startswith(f"{toml}:{fault}") for one in faults] == [True]
    with pytest.raises(SettingsError, match="owner olive"):
        sync(sqlite_engine, settings)


async def test_a_task_is_due_by_its_owners_days_not_the_customers(
    sqlite_engine: Engine, settings: Settings
) -> None:
    olive = {"email": "olive@example.com", "name": "Olive", "timezone": "Asia/Kolkata"}
    owner = Owner.model_validate({**olive, "hours": {"days": ["sun", "tue"], "end": "17:00"}})
    settings = settings.model_copy(update={"owners": [owner]})
    step = "  - {key: call, channel: call, template: welcome, day: 0, due: 2 business days}"
    with writing(sqlite_engine) as connection:
        ids = sync_owners(connection, settings)
        ada(connection, owner_id=ids["olive@example.com"])
    here = world(sqlite_engine, settings, step)
    await here.tick(NOW)
    [task] = here.tasks()
    assert f"{task.due_at:%a %m-%d %H:%M}" == "Tue 11-24 11:30"
    with reading(sqlite_engine) as connection:
        assert connection.execute(select(OwnerRow.timezone)).scalars().all() == ["Asia/Kolkata"]
