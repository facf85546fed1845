"""SendGrid's event webhook: who may speak, and what is understood."""

import base64
import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key as rsa_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given, strategies

from contacts.channels.incoming import EventKind, PayloadError, SignatureError
from contacts.channels.sendgrid import parse, verify
from tests.cases import cases, mentions, needs_cases

NOW = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
KEY = generate_private_key(SECP256R1())
BODY = b'[{"event":"delivered","sg_event_id":"e1"}]'
SIGNATURE, TIMESTAMP = (
    "X-Twilio-Email-Event-Webhook-Signature",
    "X-Twilio-Email-Event-Webhook-Timestamp",
)


def shown(key: Any) -> str:
    """A public key as SendGrid's settings page shows it."""
    der = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(der).decode()


def signed(body: bytes, *, at: datetime = NOW) -> dict[str, str]:
    timestamp = str(int(at.timestamp()))
    signature = KEY.sign(timestamp.encode() + body, ECDSA(SHA256()))
    return {SIGNATURE: base64.b64encode(signature).decode(), TIMESTAMP: timestamp}


PUBLIC = shown(KEY)


def body_of(case: dict[str, Any]) -> bytes:
    if "body_b64" in case:
        return base64.b64decode(case["body_b64"])
    if "body_gen" in case:
        return str(case["body_gen"]["repeat"] * case["body_gen"]["times"]).encode()
    return str(case["body"]).encode()


POSTED = [case for case in cases("webhook_sendgrid") if case.get("method", "POST") == "POST"]


@needs_cases
@pytest.mark.parametrize("case", POSTED, ids=lambda case: str(case["id"]))
def test_s08_a_request_of_the_collection_is_judged_rightly(case: dict[str, Any]) -> None:
    body = body_of(case)
    age = timedelta(seconds=case.get("timestamp_age_s", 0))
    headers = signed(body, at=NOW - age)
    if case["sig"] != "valid":
        headers[SIGNATURE] = case["sig"]
    if case["expect"]["outcome"] == "accept":
        verify(PUBLIC, headers, body, now=NOW)
        assert parse(body, now=NOW)
        return
    refusal: Exception
    if case["expect"]["http_status"] == 403:
        with pytest.raises(SignatureError) as forged:
            verify(PUBLIC, headers, body, now=NOW)
        refusal = forged.value
    else:
        verify(PUBLIC, headers, body, now=NOW)
        with pytest.raises(PayloadError) as unreadable:
            parse(body, now=NOW)
        refusal = unreadable.value
    assert mentions(str(refusal), case)


def test_a_genuine_request_passes() -> None:
    verify(PUBLIC, signed(BODY), BODY, now=NOW)


@pytest.mark.parametrize("hours", [-1, 24, 35])
def test_a_repeat_within_a_day_and_a_half_passes(hours: int) -> None:
    verify(PUBLIC, signed(BODY, at=NOW - timedelta(hours=hours)), BODY, now=NOW)


@pytest.mark.parametrize("hours", [37, -37])
def test_an_instant_out_of_the_window_is_refused(hours: int) -> None:
    with pytest.raises(SignatureError, match="timestamp"):
        verify(PUBLIC, signed(BODY, at=NOW - timedelta(hours=hours)), BODY, now=NOW)


def test_a_changed_body_is_refused() -> None:
    with pytest.raises(SignatureError, match="signature"):
        verify(PUBLIC, signed(BODY), BODY.replace(b"delivered", b"bounce"), now=NOW)


def test_a_key_of_somebody_else_is_refused() -> None:
    with pytest.raises(SignatureError):
        verify(shown(generate_private_key(SECP256R1())), signed(BODY), BODY, now=NOW)


def test_s08_a_digit_cannot_move_from_the_timestamp_into_the_body() -> None:
    headers = signed(BODY)
    moved = headers[TIMESTAMP][-1].encode() + BODY
    headers[TIMESTAMP] = headers[TIMESTAMP][:-1]
    with pytest.raises(SignatureError, match="ten digits"):
        verify(PUBLIC, headers, moved, now=NOW)


def test_s08_a_digit_cannot_move_from_the_body_into_the_timestamp() -> None:
    body = b"5" + BODY
    headers = signed(body)
    headers[TIMESTAMP] += "5"
    with pytest.raises(SignatureError, match="ten digits"):
        verify(PUBLIC, headers, BODY, now=NOW)


@pytest.mark.parametrize(
    "change",
    [
        {SIGNATURE: ""}, {SIGNATURE: "!!!"}, {SIGNATURE: "AAAA"}, {SIGNATURE: "é"},
        {SIGNATURE: "\udcff"}, {SIGNATURE: base64.b64encode(b"\x30\x06\x02\x01\x01").decode()},
        {TIMESTAMP: ""}, {TIMESTAMP: "now"}, {TIMESTAMP: "١٧٩٠٠٠٠٠٠٠"}, {TIMESTAMP: "-179000000"},
        {TIMESTAMP: "1790000000\n"}, {TIMESTAMP: "17900000.0"}, {TIMESTAMP: "9" * 10},
    ],
)  # fmt: skip
def test_garbage_is_refused_and_nothing_else_is_raised(change: dict[str, str]) -> None:
    with pytest.raises(SignatureError):
        verify(PUBLIC, signed(BODY) | change, BODY, now=NOW)


@given(strategies.text(), strategies.text(), strategies.binary())
def test_s08_whatever_comes_only_a_signature_error_is_raised(
    signature: str, timestamp: str, body: bytes
) -> None:
    with pytest.raises(SignatureError):
        verify(PUBLIC, {SIGNATURE: signature, TIMESTAMP: timestamp}, body, now=NOW)


def test_missing_headers_are_refused() -> None:
    with pytest.raises(SignatureError, match="missing"):
        verify(PUBLIC, {}, BODY, now=NOW)


@pytest.mark.parametrize("key", ["", "no key", "AAAA", shown(rsa_key(65537, 2048))])
def test_without_a_usable_key_everybody_is_refused(key: str) -> None:
    with pytest.raises(SignatureError, match="sendgrid_webhook_key"):
        verify(key, signed(BODY), BODY, now=NOW)


def test_a_key_pasted_with_its_frame_works() -> None:
    framed = f"-----BEGIN PUBLIC KEY-----\n{PUBLIC[:64]}\n{PUBLIC[64:]}\n-----END PUBLIC KEY-----\n"
    verify(framed, signed(BODY), BODY, now=NOW)


def event(**fields: Any) -> Any:
    fields = {"event": "delivered", "email": "ada@example.com", "sg_event_id": "e1", **fields}
    [parsed] = parse(orjson.dumps([fields]), now=NOW)
    return parsed


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({"event": "processed"}, EventKind.ACCEPTED),
        ({"event": "deferred"}, EventKind.DEFERRED),
        ({"event": "delivered"}, EventKind.DELIVERED),
        ({"event": "bounce"}, EventKind.BOUNCED),
        ({"event": "bounce", "type": "bounce"}, EventKind.BOUNCED),
        ({"event": "bounce", "type": "blocked"}, EventKind.BLOCKED),
        ({"event": "bounce", "reason": "550 5.7.515 Access denied"}, EventKind.BLOCKED),
        ({"event": "dropped"}, EventKind.DROPPED),
        ({"event": "spamreport"}, EventKind.COMPLAINED),
        ({"event": "open"}, EventKind.OPENED),
        ({"event": "click"}, EventKind.CLICKED),
        ({"event": "unsubscribe"}, EventKind.OPTED_OUT),
        ({"event": "group_unsubscribe"}, EventKind.OPTED_OUT),
        ({"event": "teleported"}, EventKind.UNKNOWN),
        ({"event": None}, EventKind.UNKNOWN),
    ],
)
def test_each_word_has_its_kind(fields: dict[str, Any], kind: EventKind) -> None:
    assert event(**fields).kind is kind


def test_c02_an_unsubscribe_at_sendgrid_is_about_marketing_alone() -> None:
    assert event(event="unsubscribe").marketing_only
    assert event(event="group_unsubscribe").marketing_only
    assert not event(event="spamreport").marketing_only


def test_an_event_brings_our_mark_back() -> None:
    parsed = event(
        attempt_id="01936f2c-0000-7000-8000-000000000001",
        sg_message_id="abc.recvd-1-2.0",
        timestamp=1790000000,
        reason="550 no such user",
        status="5.1.1",
    )
    assert parsed.attempt_id == "01936f2c-0000-7000-8000-000000000001"
    assert parsed.provider_id == "abc"
    assert parsed.occurred_at == datetime(2026, 9, 21, 14, 13, 20, tzinfo=UTC)
    assert parsed.detail == "5.1.1 550 no such user"
    assert (parsed.event_id, parsed.address) == ("e1", "ada@example.com")


def test_an_unknown_event_is_kept_as_it_came() -> None:
    assert event(event="teleported", place="Mars").payload["place"] == "Mars"


@pytest.mark.parametrize("given", [{"sg_event_id": None}, {"sg_event_id": "x" * 101}])
def test_an_event_without_a_usable_id_is_told_apart_by_its_content(given: dict[str, Any]) -> None:
    first, again, other = event(**given), event(**given), event(**given, reason="other")
    assert first.event_id == again.event_id != other.event_id
    assert len(first.event_id) == len(hashlib.sha256().hexdigest())


@pytest.mark.parametrize(
    "fields",
    [
        {"timestamp": "soon"}, {"timestamp": 1e300}, {"timestamp": -1e20}, {"timestamp": None},
        {"email": 7}, {"attempt_id": {"a": 1}}, {"attempt_id": "x" * 37}, {"attempt_id": "a b"},
        {"sg_message_id": []}, {"category": ["a", 1]}, {"reason": "\x00"}, {"event": []},
    ],
)  # fmt: skip
def test_a_value_of_the_wrong_form_stops_nothing(fields: dict[str, Any]) -> None:
    parsed = event(**fields)
    assert parsed.attempt_id is None
    assert "\x00" not in parsed.detail
    if "timestamp" in fields:
        assert parsed.occurred_at == NOW


@pytest.mark.parametrize("body", [b"", b"{", b'{"event":"open"}', b"null", b'"\xff"', b"[" * 5000])
def test_a_body_that_is_no_array_is_unreadable(body: bytes) -> None:
    with pytest.raises(PayloadError, match="JSON"):
        parse(body, now=NOW)


SIMPLE = strategies.none() | strategies.booleans() | strategies.floats() | strategies.text()
VALUES = SIMPLE | strategies.lists(SIMPLE, max_size=2)
FIELDS = strategies.sampled_from(
    ["event", "email", "timestamp", "sg_event_id", "sg_message_id", "attempt_id", "type", "reason"]
)


@given(strategies.lists(strategies.dictionaries(FIELDS, VALUES), max_size=3))
def test_every_array_gives_one_event_an_element(events: list[dict[str, Any]]) -> None:
    assert len(parse(orjson.dumps(events), now=NOW)) == len(events)


def test_one_strange_element_does_not_lose_the_others() -> None:
    strange, sound = parse(b'[7,{"event":"delivered","sg_event_id":"e1"}]', now=NOW)
    assert (strange.kind, sound.kind) == (EventKind.UNKNOWN, EventKind.DELIVERED)
