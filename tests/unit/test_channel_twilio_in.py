"""Twilio's forms: who may speak, and what is understood."""

from datetime import UTC, datetime
from typing import Any

import pytest
from multidict import MultiDict
from twilio.request_validator import RequestValidator

from contacts.channels.incoming import EventKind, PayloadError, SignatureError
from contacts.channels.twilio import parse_inbound, parse_status, verify
from tests.cases import cases, mentions, needs_cases

NOW = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
URL = "https://business.example/webhooks/twilio/status?attempt=01936f2c"
SID = "SM" + "0" * 32
STATUS = {"MessageSid": SID, "MessageStatus": "delivered", "To": "+12025550111"}
INBOUND = {"MessageSid": SID, "From": "+12025550111", "To": "+15005550006", "Body": "Hello"}


TOKEN = "token"


def signature(fields: Any, *, token: str = TOKEN, url: str = URL) -> str:
    return str(RequestValidator(token).compute_signature(url, MultiDict(fields)))


@needs_cases
@pytest.mark.parametrize(
    "case",
    [case for case in cases("webhook_twilio") if "form" in case],
    ids=lambda case: str(case["id"]),
)
def test_s09_a_request_of_the_collection_is_judged_rightly(case: dict[str, Any]) -> None:
    form = case["form"]
    given = {
        "absent": None,
        "other_token": signature(form, token="other"),
        "valid": signature(form),
    }[case["sig"]]
    if case["expect"]["outcome"] == "reject":
        with pytest.raises(SignatureError) as refusal:
            verify(TOKEN, URL, form.items(), given)
        assert mentions(str(refusal.value), case)
        return
    verify(TOKEN, URL, form.items(), given)
    assert parse_status({}, form, now=NOW).kind is EventKind.UNKNOWN


def test_a_genuine_request_passes() -> None:
    verify(TOKEN, URL, STATUS.items(), signature(STATUS))


def test_s09_repeated_and_empty_fields_are_signed_too() -> None:
    fields = [("MediaUrl", "a"), ("MediaUrl", "b"), ("Body", "")]
    verify(TOKEN, URL, fields, signature(fields))
    with pytest.raises(SignatureError):
        verify(TOKEN, URL, fields[1:], signature(fields))


@pytest.mark.parametrize(
    "url", [URL.replace("01936f2c", "other"), URL.replace("https", "http"), "https://x.example/"]
)
def test_s09_the_address_and_its_query_are_signed_too(url: str) -> None:
    with pytest.raises(SignatureError, match="signature"):
        verify(TOKEN, url, STATUS.items(), signature(STATUS))


@pytest.mark.parametrize("given", [None, "", "!!!", "é", "\udcff", "A" * 28])
def test_garbage_is_refused_and_nothing_else_is_raised(given: str | None) -> None:
    with pytest.raises(SignatureError):
        verify(TOKEN, URL, STATUS.items(), given)


@pytest.mark.parametrize("url", ["https://[broken", "", "https://business.example:port/"])
def test_an_unreadable_address_is_refused(url: str) -> None:
    with pytest.raises(SignatureError):
        verify(TOKEN, url, STATUS.items(), signature(STATUS))


def test_without_a_token_everybody_is_refused() -> None:
    with pytest.raises(SignatureError, match="twilio_auth_token"):
        verify("", URL, STATUS.items(), signature(STATUS, token=""))


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        ("queued", "", EventKind.ACCEPTED),
        ("sent", "", EventKind.ACCEPTED),
        ("delivered", "", EventKind.DELIVERED),
        ("undelivered", "30003", EventKind.UNDELIVERED),
        ("undelivered", "30005", EventKind.BOUNCED),
        ("undelivered", "30006", EventKind.BOUNCED),
        ("failed", "30034", EventKind.DROPPED),
        ("failed", "21610", EventKind.OPTED_OUT),
        ("canceled", "", EventKind.DROPPED),
        ("teleported", "", EventKind.UNKNOWN),
        # A code beside a word of success changes nothing.
        ("delivered", "30005", EventKind.DELIVERED),
    ],
)
def test_each_word_has_its_kind(status: str, code: str, kind: EventKind) -> None:
    form = STATUS | {"MessageStatus": status, "ErrorCode": code}
    assert parse_status({"attempt": "a-1"}, form, now=NOW).kind is kind


def test_a_callback_brings_our_mark_back() -> None:
    parsed = parse_status({"attempt": "01936f2c"}, STATUS | {"ErrorCode": "30003"}, now=NOW)
    assert (parsed.attempt_id, parsed.provider_id) == ("01936f2c", SID)
    assert (parsed.address, parsed.occurred_at) == ("+12025550111", NOW)
    assert parsed.detail == "delivered 30003"


def test_each_status_of_a_message_is_one_event() -> None:
    sent = parse_status({}, STATUS | {"MessageStatus": "sent"}, now=NOW)
    delivered, again = (parse_status({}, STATUS, now=NOW) for _ in range(2))
    assert sent.event_id != delivered.event_id == again.event_id


@pytest.mark.parametrize("attempt", ["", "x" * 37, "a b", "a/../b"])
def test_a_mark_of_the_wrong_form_is_none(attempt: str) -> None:
    assert parse_status({"attempt": attempt}, STATUS, now=NOW).attempt_id is None


@pytest.mark.parametrize("sid", ["", "SM1", "XX" + "0" * 32, SID + "\n"])
def test_a_form_without_a_message_cannot_be_read(sid: str) -> None:
    with pytest.raises(PayloadError, match="MessageSid"):
        parse_status({}, STATUS | {"MessageSid": sid}, now=NOW)
    with pytest.raises(PayloadError, match="MessageSid"):
        parse_inbound(INBOUND | {"MessageSid": sid}, now=NOW)


@pytest.mark.parametrize(
    ("words", "kind", "unclear"),
    [
        ("STOP", EventKind.OPTED_OUT, False),
        ("START", EventKind.OPTED_IN, False),
        ("HELP", EventKind.HELP, False),
        ("Stop by tomorrow?", EventKind.REPLIED, True),
        ("Thanks!", EventKind.REPLIED, False),
        ("", EventKind.REPLIED, False),
    ],
)
def test_an_inbound_message_is_understood(words: str, kind: EventKind, unclear: bool) -> None:
    parsed = parse_inbound(INBOUND | {"Body": words}, now=NOW)
    assert (parsed.kind, parsed.unclear, parsed.detail) == (kind, unclear, words)
    assert (parsed.address, parsed.event_id) == ("+12025550111", SID)


@pytest.mark.parametrize(
    "words",
    [
        "I'm driving right now and can't text. I'll get back to you later.",
        "I’m driving with Do Not Disturb While Driving turned on. I’ll see your message later.",  # noqa: RUF001  # as a telephone writes it
        "Ich melde mich später",
        "Ich fahre gerade, melde mich später.",
        "Estoy conduciendo",
        "Je suis au volant, je vous rappelle plus tard",
        "Я за рулем, перезвоню позже",
        "Auto-reply: nobody reads this number. Text STOP to opt out.",
    ],
)
def test_what_a_telephone_sends_by_itself_is_nobodys_reply(words: str) -> None:
    event = parse_inbound(INBOUND | {"Body": words}, now=NOW)
    assert (event.kind, event.unclear) == (EventKind.AUTOMATIC, False)


@pytest.mark.parametrize(
    "words", ["I am driving over at five", "I'm busy", "I will call you about the order at five"]
)
def test_what_a_person_says_of_what_they_do_is_a_reply(words: str) -> None:
    assert parse_inbound(INBOUND | {"Body": words}, now=NOW).kind is EventKind.REPLIED


def test_an_sms_that_stops_e_mail_too_is_read_by_a_person() -> None:
    event = parse_inbound(INBOUND | {"Body": "Stop texting and e-mailing me"}, now=NOW)
    assert (event.kind, event.unclear) == (EventKind.OPTED_OUT, True)


@pytest.mark.parametrize(("words", "asks"), [("STOP. Where are you?", True), ("STOP", False)])
def test_c09_an_sms_that_stops_may_ask_something_besides(words: str, asks: bool) -> None:
    event = parse_inbound(INBOUND | {"Body": words}, now=NOW)
    assert (event.kind, event.wants_answer) == (EventKind.OPTED_OUT, asks)


def test_twilios_own_verdict_counts_before_ours() -> None:
    form = INBOUND | {"Body": "basta", "OptOutType": "STOP"}
    assert parse_inbound(form, now=NOW).kind is EventKind.OPTED_OUT


def test_a_message_from_nobody_cannot_be_read() -> None:
    with pytest.raises(PayloadError, match="From"):
        parse_inbound(INBOUND | {"From": ""}, now=NOW)


def test_no_text_holds_what_a_database_refuses() -> None:
    parsed = parse_inbound(INBOUND | {"Body": "a\x00b"}, now=NOW)
    assert parsed.detail == parsed.payload["Body"] == "ab"
