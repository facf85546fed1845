"""What the web app writes into its log: what it refused and why, and nobody's address."""

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from contacts.settings import Settings
from contacts.web.app import create_app
from tests.cast import NOW
from tests.providers import EVENTS, STATUS


@pytest.fixture
def client(sqlite_engine: Engine, settings: Settings) -> TestClient:
    app = create_app(settings, sqlite_engine, clock=lambda: NOW)
    return TestClient(app, base_url="https://touch.example.com")


@pytest.mark.parametrize("path", [EVENTS, STATUS])
def test_a_refused_webhook_is_logged_with_its_reason(
    client: TestClient, capsys: pytest.CaptureFixture[str], path: str
) -> None:
    assert client.post(path, content=b"[]").status_code == 403
    said = capsys.readouterr().out
    assert "request refused" in said
    assert path in said
    assert "signature" in said
