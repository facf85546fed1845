"""What the web app writes into its log: what it refused and why, and nobody's address."""

from collections.abc import Iterator

import pytest
import structlog
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from contacts.channels.inbound import inbound_token
from contacts.channels.links import unsubscribe_url
from contacts.masked_log import mask_structlog
from contacts.record.engine import writing
from contacts.settings import Settings
from contacts.web.app import create_app
from tests.cast import NOW, SIGNING_KEY, ada
from tests.providers import EVENTS, INBOUND, SID, STATUS, post_events, post_twilio

MAIL, PHONE = "ada@example.com", "+12025550111"


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


def test_s17_the_log_of_all_kinds_of_requests_names_nobody(
    client: TestClient,
    settings: Settings,
    sqlite_engine: Engine,
    capsys: pytest.CaptureFixture[str],
    masked: None,
) -> None:
    with writing(sqlite_engine) as connection:
        link = unsubscribe_url(settings, ada(connection), "email").partition("/u/")[2]
    strange = {"event": "new-word", "sg_event_id": f"<1.{MAIL}>", "email": MAIL}
    post_events(client, settings, [strange], at=NOW)
    reply = {"MessageSid": SID + "1", "From": PHONE, "To": "+15005550006", "Body": f"I am {MAIL}"}
    post_twilio(client, settings, INBOUND, reply)
    form = {"from": f"Ada <{MAIL}>", "headers": f"Message-ID: <{MAIL}>", "text": f"Call {PHONE}"}
    secret = inbound_token(SIGNING_KEY)
    client.post(f"/webhooks/sendgrid/inbound/{secret}", data=form)
    client.post(f"/webhooks/sendgrid/inbound/{secret}", data={"text": f"Call {PHONE}"})
    client.post(f"/u/{link}", data={"scope": "x" * 17_000})
    structlog.get_logger().warning("request refused", path=f"/{MAIL}\n2026-11-20 all is well")
    said = capsys.readouterr().out
    assert said.count("events taken in") == 3
    assert said.count("request refused") == 3
    assert said.count("<link>") == 2
    assert len(said.splitlines()) == 6
    for seed in (MAIL, PHONE, PHONE[1:], link, secret):
        assert seed not in said, said


@pytest.fixture
def masked() -> Iterator[None]:
    """What `python -m contacts.web` sets up, undone."""
    before = structlog.get_config()
    structlog.reset_defaults()  # a demo in this process may have asked for warnings alone
    mask_structlog()
    mask_structlog()  # twice is once
    yield
    structlog.configure(**before)
