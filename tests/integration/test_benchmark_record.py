"""The large records of the benchmarks are what the product itself would have written."""

import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from benchmarks.people import NOW
from benchmarks.product_record import WORKSPACE
from benchmarks.scale_record import STALE_EVERY, make_workspace_record, plan_everybody
from contacts.cadences.loaded import LoadedCadence
from contacts.care.freshness import freshness
from contacts.delivery.planning.plan import plan
from contacts.record.engine import reading, writing
from contacts.record.tables import Touch
from contacts.record.touches.queue import claim
from contacts.settings import Settings, load_settings
from contacts.workspace.files import load_cadence

CUSTOMERS = 200
STALE = CUSTOMERS // STALE_EVERY


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(WORKSPACE, tmp_path / "place"))


@pytest.fixture
def settings(folder: Path) -> Settings:
    return load_settings(folder)


def test_customers_made_in_bulk_are_planned(
    engine: Engine, settings: Settings, folder: Path
) -> None:
    make_workspace_record(engine, settings, CUSTOMERS)

    report = plan(engine, [_spring(folder)], settings=settings, now=NOW)

    assert report.of("spring").planned == CUSTOMERS


def test_touches_made_in_bulk_fall_due_one_a_second(
    engine: Engine, settings: Settings, folder: Path
) -> None:
    make_workspace_record(engine, settings, CUSTOMERS)
    plan_everybody(engine, folder, CUSTOMERS)

    again = plan(engine, [_spring(folder)], settings=settings, now=NOW)
    with writing(engine) as connection:
        claims = claim(
            connection, now=NOW + timedelta(seconds=50), limit=CUSTOMERS, lease_seconds=60
        )

    assert (again.of("spring").enrolled, again.of("spring").planned) == (0, 0)
    assert 50 - STALE <= len(claims) <= 50
    assert _due(engine) == {one.touch_id: one.ready_at for one in claims}


def test_whoever_has_nothing_planned_is_stale(
    engine: Engine, settings: Settings, folder: Path
) -> None:
    make_workspace_record(engine, settings, CUSTOMERS)
    plan_everybody(engine, folder, CUSTOMERS)

    with reading(engine) as connection:
        proof = freshness(connection, now=NOW, settings=settings)

    assert (proof.by_touch, proof.uncovered_count) == (CUSTOMERS - STALE, STALE)
    assert proof.stale == STALE


def _spring(folder: Path) -> LoadedCadence:
    return load_cadence(folder / "cadences" / "spring.yaml")


def _due(engine: Engine) -> dict[int, object]:
    with reading(engine) as connection:
        rows = connection.execute(
            select(Touch.id, Touch.due_at).where(Touch.due_at <= NOW + timedelta(seconds=50))
        )
        return {row.id: row.due_at for row in rows}
