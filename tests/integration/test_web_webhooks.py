"""The webhooks over HTTP: forged, garbled, old, large and repeated requests, and the good ones."""

import base64
import json
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, func, select

from contacts.channels.inbound import inbound_token
from contacts.channels.links import unsubscribe_token
from contacts.channels.rehearsal import signing_keys, standin_folder
from contacts.record.engine import open_record, writing
from contacts.record.tables import Event, Task
from contacts.settings import Settings
from contacts.web.app import create_app
from tests.cases import cases, mentions, needs_cases
from tests.cast import NOW, SIGNING_KEY, ada
from tests.providers import (
    EVENTS,
    INBOUND,
    SID,
    STATUS,
    post_events,
    post_twilio,
    sendgrid_headers,
)
from tests.sent import Sent, sent, state_of

DELIVERED = {"email": "ada@example.com", "event": "delivered", "sg_event_id": "e1"}
REPLY = {"MessageSid": SID + "1", "From": "+12025550111", "To": "+15005550006", "Body": "Thanks!"}


@pytest.fixture
def engine(sqlite_engine: Engine) -> Engine:
    """On one database: how events are applied is tested on both, without HTTP."""
    return sqlite_engine


@pytest.fixture
def client(engine: Engine, settings: Settings) -> Iterator[TestClient]:
    app = create_app(settings, engine, clock=lambda: NOW)
    with TestClient(app, base_url="http://127.0.0.1:8000", raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def touch(engine: Engine) -> Sent:
    with writing(engine) as connection:
        return sent(connection, ada(connection))


def events_stored(engine: Engine) -> int:
    with engine.connect() as connection:
        return connection.execute(select(func.count()).select_from(Event)).scalar_one()


def test_a_signed_event_moves_its_touch_on(
    client: TestClient, settings: Settings, engine: Engine, touch: Sent
) -> None:
    event = DELIVERED | {"attempt_id": touch.attempt_id}
    assert post_events(client, settings, [event], at=NOW).status_code == 200
    assert state_of(engine, touch.touch_id) == "delivered"


def test_f35_46_copies_over_29_hours_are_one_event(
    client: TestClient, settings: Settings, engine: Engine, touch: Sent
) -> None:
    event = DELIVERED | {"attempt_id": touch.attempt_id}
    for _ in range(46):
        answer = post_events(client, settings, [event], at=NOW - timedelta(hours=29))
        assert answer.status_code == 200
    assert events_stored(engine) == 1


@pytest.mark.parametrize(
    "change",
    [
        {"X-Twilio-Email-Event-Webhook-Signature": "!!!notbase64"},
        {"X-Twilio-Email-Event-Webhook-Signature": "AAAA"},
        {"X-Twilio-Email-Event-Webhook-Signature": ""},
        {"X-Twilio-Email-Event-Webhook-Timestamp": "soon"},
        {"X-Twilio-Email-Event-Webhook-Timestamp": ""},
    ],
    ids=["garbage", "other", "absent", "no time", "absent time"],
)
def test_f41_an_event_whose_signature_is_garbage_is_refused(
    client: TestClient,
    settings: Settings,
    engine: Engine,
    touch: Sent,
    change: dict[str, str],
) -> None:
    body = json.dumps([DELIVERED | {"attempt_id": touch.attempt_id}]).encode()
    headers = sendgrid_headers(settings, body, at=NOW) | change
    answer = client.post(EVENTS, content=body, headers=headers)
    assert answer.status_code == 403
    assert "signature" in answer.text
    assert events_stored(engine) == 0
    assert state_of(engine, touch.touch_id) == "accepted"


def test_f39_an_event_that_was_altered_on_the_way_is_refused(
    client: TestClient, settings: Settings, engine: Engine
) -> None:
    body = json.dumps([DELIVERED]).encode()
    headers = sendgrid_headers(settings, body, at=NOW)
    altered = body.replace(b"delivered", b"bounce")
    assert client.post(EVENTS, content=altered, headers=headers).status_code == 403
    assert events_stored(engine) == 0


def test_f40_an_old_event_is_refused(
    client: TestClient, settings: Settings, engine: Engine
) -> None:
    answer = post_events(client, settings, [DELIVERED], at=NOW - timedelta(days=2))
    assert answer.status_code == 403
    assert "too old" in answer.text
    assert events_stored(engine) == 0


def test_f40_a_body_played_again_after_a_bounce_changes_nothing(
    client: TestClient, settings: Settings, engine: Engine, touch: Sent
) -> None:
    body = json.dumps([DELIVERED | {"attempt_id": touch.attempt_id}]).encode()
    headers = sendgrid_headers(settings, body, at=NOW)
    assert client.post(EVENTS, content=body, headers=headers).status_code == 200
    bounce = DELIVERED | {"event": "bounce", "sg_event_id": "e2", "attempt_id": touch.attempt_id}
    post_events(client, settings, [bounce], at=NOW)
    assert client.post(EVENTS, content=body, headers=headers).status_code == 200
    assert state_of(engine, touch.touch_id) == "bounced"
    assert events_stored(engine) == 2


def test_f39_an_event_signed_with_another_key_is_refused(
    client: TestClient, settings: Settings, engine: Engine, touch: Sent, tmp_path: Path
) -> None:
    body = json.dumps([DELIVERED | {"attempt_id": touch.attempt_id}]).encode()
    stranger = settings.model_copy(update={"workspace": tmp_path / "stranger"})
    headers = sendgrid_headers(stranger, body, at=NOW)
    assert client.post(EVENTS, content=body, headers=headers).status_code == 403
    assert state_of(engine, touch.touch_id) == "accepted"
    assert events_stored(engine) == 0


def test_nothing_but_an_array_of_events_is_understood(
    client: TestClient, settings: Settings
) -> None:
    for body in (b"", b"{}", b"[", b"null", b"\xff"):
        headers = sendgrid_headers(settings, body, at=NOW)
        answer = client.post(EVENTS, content=body, headers=headers)
        assert answer.status_code == 400, body


@pytest.mark.parametrize(
    ("path", "size"),
    [
        (EVENTS, 10 * 1024 * 1024),
        (STATUS, 64 * 1024),
        (INBOUND, 64 * 1024),
        (f"/u/{unsubscribe_token((SIGNING_KEY,), 1, 'email')}", 16 * 1024),
    ],
    ids=["events", "status", "inbound", "link"],
)
@pytest.mark.parametrize("told", [True, False], ids=["with length", "chunked"])
def test_s18_a_body_over_the_limit_is_refused(
    client: TestClient, path: str, size: int, *, told: bool
) -> None:
    body = b"x" * (size + 1)
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    content = body if told else iter([body[:size], body[size:]])
    answer = client.post(path, content=content, headers=headers)
    assert answer.status_code == 413
    assert "too large" in answer.text


def test_a_status_with_our_mark_in_its_query_moves_the_touch_on(
    client: TestClient, settings: Settings, engine: Engine
) -> None:
    with writing(engine) as connection:
        touch = sent(connection, ada(connection), channel="sms", state="sending")
    form = {"MessageSid": SID + "2", "MessageStatus": "delivered", "To": "+12025550111"}
    path = f"{STATUS}?attempt={touch.attempt_id}"
    assert post_twilio(client, settings, path, form).status_code == 204
    assert state_of(engine, touch.touch_id) == "delivered"


def test_f39_a_status_for_another_attempt_than_was_signed_is_refused(
    client: TestClient, settings: Settings, engine: Engine, touch: Sent
) -> None:
    form = {"MessageSid": SID + "2", "MessageStatus": "delivered", "To": "+12025550111"}
    signed = post_twilio(client, settings, f"{STATUS}?attempt=other", form)
    headers = {"X-Twilio-Signature": signed.request.headers["X-Twilio-Signature"]}
    answer = client.post(f"{STATUS}?attempt={touch.attempt_id}", data=form, headers=headers)
    assert answer.status_code == 403
    assert state_of(engine, touch.touch_id) == "accepted"


def test_a_reply_by_sms_is_taken_in_and_answered_with_silence(
    client: TestClient, settings: Settings, engine: Engine
) -> None:
    with writing(engine) as connection:
        ada(connection)
    answer = post_twilio(client, settings, INBOUND, REPLY | {"Body": "Thanks! €"})
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/xml")
    assert answer.text.endswith("<Response></Response>")
    with engine.connect() as connection:
        assert connection.execute(select(Task.brief)).scalar_one() == "Thanks! €"


@pytest.mark.parametrize("signature", [None, "", "garbage", "é"])
def test_f39_f41_an_sms_without_twilios_signature_is_refused(
    client: TestClient, engine: Engine, signature: str | None
) -> None:
    headers = {} if signature is None else {"X-Twilio-Signature": signature.encode()}
    answer = client.post(INBOUND, data=REPLY, headers=headers)
    assert answer.status_code == 403
    assert "signature" in answer.text
    assert events_stored(engine) == 0


def test_s09_the_host_that_a_proxy_saw_does_not_matter_to_the_signature(
    client: TestClient, settings: Settings
) -> None:
    client.headers["Host"] = "10.0.0.7:1234"
    client.headers["X-Forwarded-Host"] = "evil.example"
    assert post_twilio(client, settings, INBOUND, REPLY).status_code == 200


def inbound_mail(**fields: str) -> dict[str, Any]:
    parts = {
        "from": "Ada Archer <ada@example.com>",
        "to": "reply@reply.example.com",
        "subject": "Re: Hello",
        "text": "Could you call me?",
        "headers": "Message-ID: <1@example.com>\n",
        **fields,
    }
    return {name: (None, value) for name, value in parts.items()}


def test_a_reply_by_mail_reaches_the_owner(client: TestClient, engine: Engine, touch: Sent) -> None:
    path = f"/webhooks/sendgrid/inbound/{inbound_token(SIGNING_KEY)}"
    mail = inbound_mail(to=f"reply+{touch.attempt_id}@reply.example.com", **{"from": "x@y.example"})
    mail["attachment1"] = ("photo.jpg", b"\xff\xd8" * 1000, "image/jpeg")
    for _ in range(3):
        assert client.post(path, files=mail).status_code == 200
    with engine.connect() as connection:
        assert connection.execute(select(Task.brief)).scalars().all() == ["Could you call me?"]


def test_a_mail_to_a_wrong_token_is_not_for_us(client: TestClient, engine: Engine) -> None:
    answer = client.post("/webhooks/sendgrid/inbound/guessed", files=inbound_mail())
    assert answer.status_code == 404
    assert events_stored(engine) == 0


def test_a_post_that_is_no_mail_is_refused(client: TestClient) -> None:
    path = f"/webhooks/sendgrid/inbound/{inbound_token(SIGNING_KEY)}"
    assert client.post(path, content=b"garbage").status_code == 400
    broken = {"Content-Type": "multipart/form-data; boundary=x"}
    assert client.post(path, content=b"garbage", headers=broken).status_code == 400


def test_a_locked_record_asks_the_provider_to_repeat(
    sqlite_engine: Engine, settings: Settings
) -> None:
    impatient = open_record(sqlite_engine.url.render_as_string(), busy_seconds=0.05)
    client = TestClient(
        create_app(settings, impatient, clock=lambda: NOW), base_url="http://127.0.0.1"
    )
    path = f"/webhooks/sendgrid/inbound/{inbound_token(SIGNING_KEY)}"
    with sqlite_engine.begin():  # holds the write lock
        answers = [
            post_events(client, settings, [DELIVERED], at=NOW),
            post_twilio(client, settings, INBOUND, REPLY),
            client.post(path, files=inbound_mail()),
        ]
    assert [answer.status_code for answer in answers] == [503, 503, 503]
    assert all("retry-after" in answer.headers for answer in answers)
    assert not any("sqlite" in answer.text for answer in answers)
    assert post_events(client, settings, [DELIVERED], at=NOW).status_code == 200
    impatient.dispose()


def test_health_says_which_schema_answers(client: TestClient) -> None:
    answer = client.get("/health")
    assert answer.status_code == 200
    assert answer.json()["status"] == "ok"
    assert answer.json()["schema"]


def test_health_fails_where_the_record_is_absent(settings: Settings) -> None:
    nowhere = open_record("sqlite:////nonexistent/folder/record.db")
    client = TestClient(create_app(settings, nowhere, clock=lambda: NOW))
    assert client.get("/health").status_code == 503


@needs_cases
@pytest.mark.parametrize("case", cases("webhook_sendgrid"), ids=lambda case: str(case["id"]))
def test_sendgrid_cases(
    client: TestClient, settings: Settings, engine: Engine, touch: Sent, case: dict[str, Any]
) -> None:
    body = _body(case, touch)
    signed_at = NOW - timedelta(seconds=case.get("timestamp_age_s", 0))
    headers = sendgrid_headers(settings, body, at=signed_at) if case["sig"] != "absent" else {}
    if case["sig"] not in ("valid", "absent"):
        headers["X-Twilio-Email-Event-Webhook-Signature"] = case["sig"]
    answer = client.request(case.get("method", "POST"), EVENTS, content=body, headers=headers)
    _check(answer, case)
    if case["expect"].get("state_change") is False:
        assert state_of(engine, touch.touch_id) == "accepted"


@needs_cases
@pytest.mark.parametrize("case", cases("webhook_twilio"), ids=lambda case: str(case["id"]))
def test_twilio_cases(client: TestClient, settings: Settings, case: dict[str, Any]) -> None:
    form = case.get("form") or {
        "MessageSid": SID + "3",
        case["form_gen"]["field"]: case["form_gen"]["repeat"] * case["form_gen"]["times"],
    }
    if case["sig"] == "absent":
        answer = client.post(STATUS, data=form)
    else:
        token = None if case["sig"] == "valid" else "another token"
        answer = post_twilio(client, settings, STATUS, form, token=token)
    _check(answer, case)


def _body(case: dict[str, Any], touch: Sent) -> bytes:
    if "body_b64" in case:
        return base64.b64decode(case["body_b64"])
    if "body_gen" in case:
        return bytes(case["body_gen"]["repeat"] * case["body_gen"]["times"], "ascii")
    known = str(case.get("body", "")).replace("<known attempt>", touch.attempt_id)
    return re.sub(r'"timestamp":\d+', f'"timestamp":{int(NOW.timestamp())}', known).encode()


def _check(answer: Any, case: dict[str, Any]) -> None:
    assert answer.status_code == case["expect"]["http_status"]
    assert answer.status_code < 400 or mentions(answer.text, case)
    assert "Traceback" not in answer.text


def test_the_standins_keys_are_not_shown(client: TestClient, settings: Settings) -> None:
    token = signing_keys(standin_folder(settings.state)).twilio_token
    answer = post_twilio(client, settings, INBOUND, REPLY, token="wrong")
    assert token not in answer.text


def test_what_was_set_aside_is_tried_again_as_the_app_starts(
    engine: Engine, settings: Settings, touch: Sent
) -> None:
    event = DELIVERED | {"attempt_id": touch.attempt_id}
    app = create_app(settings, engine, clock=lambda: NOW)
    refuse = "WHEN NEW.event_id = 'e1' BEGIN SELECT RAISE(ABORT, 'refused'); END"
    with TestClient(app, base_url="http://127.0.0.1") as client:
        with engine.begin() as connection:
            connection.exec_driver_sql(f"CREATE TRIGGER refusing BEFORE INSERT ON events {refuse}")
        assert post_events(client, settings, [event], at=NOW).status_code == 200
        with engine.begin() as connection:
            connection.exec_driver_sql("DROP TRIGGER refusing")
    assert state_of(engine, touch.touch_id) == "accepted"
    with TestClient(app, base_url="http://127.0.0.1"):
        pass
    assert state_of(engine, touch.touch_id) == "delivered"
