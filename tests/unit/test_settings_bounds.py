"""Settings that depend on each other: contradictions are refused in one clear line."""

from pathlib import Path

import pytest

from contacts.settings import SettingsError, load_settings


@pytest.mark.parametrize("name", ["connect_timeout", "request_timeout"])
def test_a_request_must_end_within_half_its_lease(workspace: Path, name: str) -> None:
    assert load_settings(workspace, lease_seconds=50, **{name: 25.0}).lease_seconds == 50
    with pytest.raises(SettingsError) as refused:
        load_settings(workspace, lease_seconds=50, **{name: 25.5})
    assert str(refused.value) == (
        f"'{name}' is 25.5 s, more than half of 'lease_seconds' (25 s); "
        "make it shorter, or the lease longer"
    )


def test_links_lead_to_the_web_app_where_it_is_unless_another_place_is_said(
    workspace: Path,
) -> None:
    assert load_settings(workspace, web_port=8123).public_url == "http://127.0.0.1:8123"
    said = load_settings(workspace, web_port=8123, public_url="https://touch.example.com")
    assert said.public_url == "https://touch.example.com"
