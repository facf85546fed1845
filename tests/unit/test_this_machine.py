"""What tells a person on this machine from one who comes through a proxy."""

import pytest
from fastapi import Request

from contacts.web.local import is_local


def asked(http_version: str = "1.1", **headers: str) -> Request:
    named = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "http_version": http_version, "headers": named})


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost", "[::1]:8000", "LocalHost:1"])
def test_a_browser_of_this_machine_is_local(host: str) -> None:
    assert is_local(asked(host=host))


def test_s13_a_proxy_that_names_nobody_is_known_by_its_old_http() -> None:
    assert not is_local(asked("1.0", host="127.0.0.1:8000"))


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example:80", "localhost.", ""])
def test_s13_a_name_that_only_leads_here_is_not_this_machine(host: str) -> None:
    assert not is_local(asked(host=host))
