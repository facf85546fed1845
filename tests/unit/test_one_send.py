import pytest

from contacts.settings import Settings
from flows.running.one_send import one_send


def test_a_worker_has_one_send_at_a_time(settings: Settings) -> None:
    with one_send(settings) as first, one_send(settings) as second:
        assert (first, second) == (True, False)
    with one_send(settings) as third:
        assert third


def test_workers_do_not_wait_for_each_other(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PREFECT__WORKER_NAME", "up-1")
    with one_send(settings) as first:
        monkeypatch.setenv("PREFECT__WORKER_NAME", "up-2")
        with one_send(settings) as second:
            assert (first, second) == (True, True)
