"""The ports that `up` needs: looked at together, before anything starts."""

import socket
from collections.abc import Iterator

import pytest

from flows.failure import REFUSED, WORLD, Failure
from flows.running.children import is_free
from flows.running.ports import free_ports, need_ports
from tests.free_ports import free_port


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield other.getsockname()[1]


def said(ports: dict[str, int]) -> Failure:
    with pytest.raises(Failure) as failed:
        need_ports(ports, patience=0)
    return failed.value


def test_free_ports_are_different_and_no_outgoing_connection_takes_them() -> None:
    ports = free_ports(50)
    assert len(set(ports)) == 50
    assert all(is_free(port) for port in ports)
    assert max(ports) < 32_768  # from there on Linux gives them to connections


def test_a_taken_port_is_not_among_the_free_ones(
    taken: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("flows.running.ports._NEVER_OUTGOING", [taken])
    assert free_ports(1) == []


def test_free_ports_of_their_own_are_fine() -> None:
    need_ports({"prefect_port": free_port(), "web_port": free_port()}, patience=0)


def test_a_taken_port_is_named_with_its_setting_and_the_remedy(taken: int) -> None:
    failure = said({"prefect_port": free_port(), "web_port": taken})
    assert failure.exit_code == WORLD
    assert f"port {taken} is taken by another program (web_port)" in failure.message
    assert "set 'web_port' to a free port" in failure.message
    assert "TOUCHLINE_WEB_PORT" in failure.message
    assert "prefect_port" not in failure.message


def test_two_settings_with_one_port_are_named_together() -> None:
    port = free_port()
    failure = said({"prefect_port": free_port(), "web_port": port, "standin_port": port})
    assert failure.exit_code == REFUSED
    assert f"port {port} is set for web_port and standin_port" in failure.message
    assert "TOUCHLINE_WEB_PORT and TOUCHLINE_STANDIN_PORT" in failure.message


def test_everything_wrong_with_the_ports_is_one_message(taken: int) -> None:
    port = free_port()
    failure = said({"prefect_port": taken, "web_port": port, "standin_port": port})
    assert failure.exit_code == WORLD
    assert f"port {port} is set for web_port and standin_port" in failure.message
    assert f"port {taken} is taken by another program (prefect_port)" in failure.message
    assert len(failure.message.splitlines()) == 2
