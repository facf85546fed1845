import signal
import threading
from collections.abc import Iterator

import pytest

from flows.finishing import finishing_first


class Told(Exception):
    pass


@pytest.fixture(autouse=True)
def _sigterm_raises() -> Iterator[None]:
    def tell(*_: object) -> None:
        raise Told

    before = signal.signal(signal.SIGTERM, tell)
    yield
    signal.signal(signal.SIGTERM, before)


def test_sigterm_waits_for_what_is_on_the_wire() -> None:
    finished = []

    def send() -> None:
        with finishing_first():
            signal.raise_signal(signal.SIGTERM)
            finished.append(True)

    with pytest.raises(Told):
        send()
    assert finished == [True]


def test_without_a_signal_nothing_happens() -> None:
    with finishing_first() as go_on:
        assert go_on()


def test_once_told_nothing_more_is_to_be_begun() -> None:
    asked = []

    def send() -> None:
        with finishing_first() as go_on:
            signal.raise_signal(signal.SIGTERM)
            asked.append(go_on())

    with pytest.raises(Told):
        send()
    assert asked == [False]


def test_sigterm_ends_at_once_again_afterwards() -> None:
    with finishing_first():
        pass
    with pytest.raises(Told):
        signal.raise_signal(signal.SIGTERM)


def test_other_threads_are_left_alone() -> None:
    done = []

    def work() -> None:
        with finishing_first():
            done.append(True)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert done == [True]


def test_a_flow_that_looks_at_it_ends_well_by_itself() -> None:
    with finishing_first(then_end=False) as go_on:
        signal.raise_signal(signal.SIGTERM)
        assert not go_on()
    with pytest.raises(Told):
        signal.raise_signal(signal.SIGTERM)
