"""A variable that is nearly a setting is told, and does no harm."""

import os

import pytest

from contacts.settings import Settings
from contacts.settings_file.strays import stray_variables


def told(*names: str) -> list[str]:
    return list(stray_variables(Settings, names))


def test_a_misspelt_variable_is_told_with_the_one_that_was_meant() -> None:
    assert told("TOUCHLINE_SENDGRID_API_KYE") == [
        "the variable 'TOUCHLINE_SENDGRID_API_KYE' is no setting and changes nothing; "
        "did you mean 'TOUCHLINE_SENDGRID_API_KEY'?"
    ]


def test_one_that_is_like_no_setting_is_told_where_they_are_listed() -> None:
    (sentence,) = told("TOUCHLINE_ZZZZZZZZ")
    assert sentence.endswith("; README.md lists the settings")


@pytest.mark.parametrize(
    "name",
    [
        "TOUCHLINE_WEB_PORT",
        "touchline_web_port",
        "TOUCHLINE_WORKSPACE",
        "TOUCHLINE_FRESHNESS_DAYS_BY_TIER__GOLD",
        "TOUCHLINE_OWNERS",
        "TOUCHLINE_WINDOW__START",
        "TOUCHLINE_STANDIN_INBOUND",
        "PATH",
        "TOUCHLINER",
    ],
)
def test_what_somebody_reads_is_not_told(name: str) -> None:
    assert told(name) == []


def test_what_kubernetes_makes_of_a_service_is_not_told() -> None:
    for service in ("TOUCHLINE", "TOUCHLINE_RECORD"):
        tcp = f"{service}_PORT_80_TCP"
        made = ("SERVICE_HOST", "SERVICE_PORT", "SERVICE_PORT_HTTP", "PORT")
        names = [f"{service}_{what}" for what in made]
        assert told(*names, tcp, f"{tcp}_PROTO", f"{tcp}_PORT", f"{tcp}_ADDR") == []


def test_a_port_is_told_where_no_service_has_its_name() -> None:
    assert len(told("TOUCHLINE_PORT", "TOUCHLINE_OTHER_SERVICE_HOST")) == 1


def test_the_tests_keep_what_they_read_themselves_from_what_they_start() -> None:
    assert told(*os.environ) == []


@pytest.mark.parametrize("name", ["TOUCHLINE_WEB_PORT__X", "TOUCHLINE_OWNER__0", "TOUCHLINE_"])
def test_a_part_of_what_has_none_is_told(name: str) -> None:
    assert len(told(name)) == 1


def test_each_is_told_in_a_line_of_its_own() -> None:
    assert len(told("TOUCHLINE_WEB_PROT", "TOUCHLINE_OWNRS")) == 2
