"""Workers killed at named points: what the providers accepted is in their log, and it is once.

Each is a process that SIGKILL ends where docs/promise.md says that it hurts; the next pass, a
process as well, must bring the touch to its end.
"""

from collections import Counter

import pytest
from sqlalchemy import select

from contacts.record.tables import Event
from tests.stage import (
    LATER,
    Stage,
    absent_until_settled,
    begin_to_tell,
    found_to_be_accepted,
    hear_everything,
    until,
    web_app,
)
from tests.workers import KILLED

BY_LIST_OR_WEBHOOK = pytest.mark.parametrize(
    "told_by", ["list", pytest.param("webhook", marks=pytest.mark.long)]
)
BY_WEBHOOK_OR_LIST = pytest.mark.parametrize(
    "told_by", ["webhook", pytest.param("list", marks=pytest.mark.long)]
)


@pytest.mark.parametrize("point", ["enrol.after_commit", "plan.after_commit"])
def test_f01_killed_after_planning_the_touch_goes_out_once(stage: Stage, point: str) -> None:
    stage.get_ready_for(point)
    stage.killed_at(point)
    assert stage.touches() == [("planned", None)]
    stage.tick()
    _sent_once(stage)


@pytest.mark.parametrize("point", ["enrol.before_commit", "plan.before_commit"])
def test_f02_killed_while_planning_nothing_is_planned_and_the_next_pass_plans_it(
    stage: Stage, point: str
) -> None:
    stage.get_ready_for(point)
    stage.killed_at(point)
    assert stage.touches() == []
    stage.tick()
    _sent_once(stage)


def test_f03_killed_after_the_claim_the_touch_is_claimed_anew_under_a_higher_fence(
    stage: Stage,
) -> None:
    stage.killed_at("claim.after_commit")
    stage.tick()
    assert (stage.requests(), stage.attempts()) == (0, [])  # its lease still holds
    stage.let_leases_pass()
    stage.tick()
    _sent_once(stage)
    assert stage.fences() == [2]


def test_f04_killed_inside_the_gate_no_attempt_is_left(stage: Stage) -> None:
    stage.killed_at("gate.before_commit")
    assert (stage.touches(), stage.attempts()) == ([("planned", None)], [])
    stage.let_leases_pass()
    stage.tick()
    _sent_once(stage)
    assert stage.fences() == [2]


def test_f06_killed_after_the_gate_it_is_sent_again_by_proof_alone(
    stage: Stage, on_unknown: str
) -> None:
    stage.killed_at("gate.after_commit")
    assert stage.attempts() == ["sending"]
    stage.tick()
    assert stage.attempts() == ["sending"]  # until its lease is over it may be on its way
    absent_until_settled(stage, on_unknown)


@BY_LIST_OR_WEBHOOK
def test_f07_killed_during_the_call_what_was_accepted_is_not_sent_again(
    stage: Stage, told_by: str
) -> None:
    stage.fault("drip")  # it accepts, and its answer never ends
    worker = stage.start()
    until(lambda: len(stage.accepted()) == 1)
    assert worker.kill() == KILLED
    stage.settle()
    found_to_be_accepted(stage, told_by)


@BY_LIST_OR_WEBHOOK
def test_f08_killed_after_the_answer_it_is_not_sent_again(stage: Stage, told_by: str) -> None:
    stage.killed_at("call.answered")
    found_to_be_accepted(stage, told_by)


@BY_WEBHOOK_OR_LIST
def test_f09_killed_inside_the_record_it_is_not_sent_again(stage: Stage, told_by: str) -> None:
    stage.killed_at("record.before_commit")
    found_to_be_accepted(stage, told_by)


def test_f10_killed_after_the_record_it_is_done(stage: Stage) -> None:
    stage.killed_at("record.after_commit")
    assert stage.touches() == [("accepted", None)]
    stage.let_leases_pass()
    stage.tick(after=LATER)
    _sent_once(stage)


@pytest.mark.parametrize("on_unknown", ["resend"])
def test_f11_killed_before_absence_is_on_record_it_is_looked_up_again_and_sent_once(
    stage: Stage,
) -> None:
    stage.killed_at("gate.after_commit")
    stage.let_leases_pass()
    stage.wait(LATER)
    stage.killed_at("reconcile.before_record")
    assert (stage.attempts(), stage.requests()) == (["unknown"], 0)
    stage.tick()
    assert stage.touches() == [("accepted", None)]
    assert len(stage.accepted()) == stage.requests() == 1


@pytest.mark.long
@pytest.mark.parametrize("on_unknown", ["resend"])
def test_f11_killed_before_an_acceptance_is_on_record_it_is_looked_up_again(stage: Stage) -> None:
    stage.killed_at("call.answered")
    stage.let_leases_pass()
    stage.killed_at("reconcile.before_record")
    assert stage.attempts() == ["unknown"]
    stage.tick(after=LATER)
    _sent_once(stage)


@pytest.mark.parametrize("point", ["webhook.before_commit", "webhook.after_commit"])
def test_f12_the_web_app_killed_with_an_event_in_hand_it_is_applied_once(
    stage: Stage, point: str
) -> None:
    stage.tick()
    with web_app(stage, failpoint=point) as dying:
        begin_to_tell(stage)
        assert dying.ended() == KILLED
    stage.settle()
    before = _events(stage)
    assert bool(before) is (point == "webhook.after_commit")
    with web_app(stage):
        hear_everything(stage)  # the provider got no answer, and so it repeats
    assert stage.touches() == [("delivered", None)]
    assert _events(stage) == {"accepted": 1, "delivered": 1}


def _sent_once(stage: Stage) -> None:
    assert (stage.touches(), stage.attempts()) == ([("accepted", None)], ["accepted"])
    assert len(stage.accepted()) == stage.requests() == 1


def _events(stage: Stage) -> Counter[str]:
    """How often the record has each kind of event."""
    with stage.engine.connect() as connection:
        return Counter(connection.execute(select(Event.kind)).scalars())
