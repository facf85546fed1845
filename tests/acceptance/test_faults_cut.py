"""PostgreSQL cut off from a worker: in the middle of a transaction, at its commit, for good."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from tests.cutting import When, cutting
from tests.stage import Stage, absent_until_settled, found_to_be_accepted, staged
from tests.workers import Forks


@pytest.fixture
def stage(
    forks: Forks, postgresql_engine: Engine, workspace: Path, channel: str, on_unknown: str
) -> Iterator[Stage]:
    """As elsewhere, on PostgreSQL alone: nothing stands between a worker and SQLite."""
    with staged(
        forks, postgresql_engine, workspace, channel=channel, on_unknown=on_unknown
    ) as stage:
        yield stage


@pytest.mark.parametrize("on_unknown", [pytest.param("hold", marks=pytest.mark.long), "resend"])
def test_f05_a_gate_whose_commit_nobody_heard_of_lets_nothing_through(
    stage: Stage, on_unknown: str
) -> None:
    stage.tick("plan")
    assert _tick_through_a_cut(stage, "INSERT INTO attempts", "commit acknowledged") == 0
    assert (stage.attempts(), stage.requests()) == (["sending"], 0)
    absent_until_settled(stage, on_unknown)


@pytest.mark.parametrize("told_by", ["list", pytest.param("webhook", marks=pytest.mark.long)])
def test_f32_accepted_and_the_database_gone_before_the_record_it_is_not_sent_again(
    stage: Stage, told_by: str
) -> None:
    stage.tick("plan")
    assert _tick_through_a_cut(stage, "UPDATE attempts", "statement sent") == 1
    found_to_be_accepted(stage, told_by)


@pytest.mark.parametrize("point", ["gate.before_commit", "record.before_commit"])
def test_f30_a_backend_terminated_inside_a_transaction_costs_no_touch_and_no_second_message(
    stage: Stage, point: str
) -> None:
    worker = stage.start(failpoint=f"{point}:SIGSTOP")
    worker.stopped()
    assert _terminate_backends(stage.engine) >= 1
    worker.send_signal(signal.SIGCONT)
    assert worker.ended() == 0
    assert (stage.touches(), stage.attempts()) == ([("accepted", None)], ["accepted"])
    assert len(stage.accepted()) == stage.requests() == 1


@pytest.mark.parametrize("point", ["enrol.before_commit", "plan.before_commit"])
def test_f30_a_planner_whose_backend_is_terminated_plans_nothing_and_the_next_one_does(
    stage: Stage, point: str
) -> None:
    stage.get_ready_for(point)
    worker = stage.start(failpoint=f"{point}:SIGSTOP")
    worker.stopped()
    _terminate_backends(stage.engine)
    worker.send_signal(signal.SIGCONT)
    assert worker.ended() == 1
    assert stage.touches() == []
    stage.tick()
    assert len(stage.accepted()) == stage.requests() == 1


def _tick_through_a_cut(stage: Stage, marked: str, when: When) -> int:
    """The exit code of a worker that reaches the database through a proxy which cuts."""
    with cutting(stage.engine.url, marked=marked, when=when) as (cutter, url):
        code = stage.start("send", database=url).ended()
        assert cutter.has_cut
    stage.settle()
    return code


def _terminate_backends(engine: Engine) -> int:
    """How many other sessions of this database were ended."""
    terminated = text(
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid() "
        "AND xact_start IS NOT NULL"
    )
    with engine.connect() as connection:
        return int(connection.execute(terminated).scalar_one())
