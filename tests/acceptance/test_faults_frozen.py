"""Workers frozen with a touch in hand, past their lease, and woken again."""

import signal

import pytest
from sqlalchemy import func, select

from contacts.record.clock import DatabaseNow
from contacts.record.tables import Attempt
from tests.stage import RETRIED, Stage, until

SHORT = {"lease_seconds": 3, "connect_timeout": 1.0, "request_timeout": 1.5}
"""A lease that ends while a test waits; no workspace may set one so short."""


def test_f14_frozen_between_the_gate_and_the_call_it_wakes_and_sends_nothing(
    stage: Stage,
) -> None:
    _frozen_past_its_lease(stage, SHORT)


@pytest.mark.long
@pytest.mark.parametrize(("channel", "on_unknown"), [("email", "hold")])
def test_f14_frozen_past_the_shortest_lease_of_a_workspace_it_sends_nothing(stage: Stage) -> None:
    _frozen_past_its_lease(stage, {"lease_seconds": 45})


def test_f15_frozen_between_the_claim_and_the_gate_it_is_fenced_out(stage: Stage) -> None:
    worker = stage.start(failpoint="claim.after_commit:SIGSTOP")
    worker.stopped()
    stage.let_leases_pass()
    stage.tick("send")
    assert stage.attempts() == ["accepted"]
    worker.send_signal(signal.SIGCONT)
    assert worker.ended() == 0
    assert (stage.touches(), stage.attempts()) == ([("accepted", None)], ["accepted"])
    assert len(stage.accepted()) == stage.requests() == 1
    assert stage.fences() == [2]


def test_f15_frozen_after_the_claim_it_sends_nothing_even_if_nobody_took_over(
    stage: Stage,
) -> None:
    worker = stage.start(failpoint="claim.after_commit:SIGSTOP")
    worker.stopped()
    stage.let_leases_pass()
    worker.send_signal(signal.SIGCONT)
    assert worker.ended() == 0
    assert stage.fences() == [2]  # under its old claim nothing passed the gate; it claimed anew
    assert len(stage.accepted()) == stage.requests() == 1


def _frozen_past_its_lease(stage: Stage, changes: dict[str, float]) -> None:
    worker = stage.start(failpoint="gate.after_commit:SIGSTOP", changes=changes)
    worker.stopped()
    until(lambda: _its_lease_is_over(stage), seconds=90)
    stage.tick()
    assert stage.attempts() == ["unknown"]  # to everybody else it may have been sent
    worker.send_signal(signal.SIGCONT)
    assert worker.ended() == 0
    assert stage.requests() == 0
    assert (stage.touches(), stage.attempts()) == ([("planned", "retry")], ["not_sent"])
    stage.tick(after=RETRIED)
    assert stage.attempts() == ["not_sent", "accepted"]
    assert len(stage.accepted()) == stage.requests() == 1


def _its_lease_is_over(stage: Stage) -> bool:
    with stage.engine.connect() as connection:
        over = select(func.count()).where(Attempt.lease_until < DatabaseNow())
        return connection.execute(over).scalar_one() == 1
