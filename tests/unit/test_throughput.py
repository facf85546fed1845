"""A pass says to the operating system that it is batch work, and only while it runs."""

import os
import threading
from collections.abc import Iterator

import pytest

from contacts.delivery.throughput import batch_scheduling

pytestmark = pytest.mark.skipif(
    not hasattr(os, "SCHED_BATCH"), reason="only Linux has scheduling policies like these"
)


@pytest.fixture(autouse=True)
def usual() -> Iterator[None]:
    """Whatever policy the tests are run with, each begins with the usual one."""
    before = os.sched_getscheduler(0)
    os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
    yield
    os.sched_setscheduler(0, before, os.sched_param(0))


def in_another_thread() -> int:
    policies: list[int] = []
    thread = threading.Thread(target=lambda: policies.append(os.sched_getscheduler(0)))
    thread.start()
    thread.join()
    return policies[0]


def test_a_pass_and_its_threads_are_batch_work_for_as_long_as_it_runs() -> None:
    with batch_scheduling():
        assert [os.sched_getscheduler(0), in_another_thread()] == [os.SCHED_BATCH] * 2
    assert [os.sched_getscheduler(0), in_another_thread()] == [os.SCHED_OTHER] * 2


def test_it_ends_with_a_pass_that_fails() -> None:
    with pytest.raises(RuntimeError), batch_scheduling():
        raise RuntimeError
    assert os.sched_getscheduler(0) == os.SCHED_OTHER


def test_a_policy_that_ops_chose_is_left_alone() -> None:
    os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    with batch_scheduling():
        assert os.sched_getscheduler(0) == os.SCHED_IDLE
    assert os.sched_getscheduler(0) == os.SCHED_IDLE


def test_where_it_is_forbidden_the_pass_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "sched_setscheduler", refuse)
    with batch_scheduling():
        assert os.sched_getscheduler(0) == os.SCHED_OTHER
    monkeypatch.undo()
