"""Replies by e-mail: whose they are, what is new in them, what they ask for."""

from datetime import UTC, datetime
from email.message import EmailMessage
from typing import Any

import orjson
import pytest

from contacts.channels.inbound import attempt_of, inbound_token
from contacts.channels.incoming import EventKind, PayloadError
from contacts.channels.sendgrid import parse_inbound
from contacts.channels.sendgrid.quoting import new_words

NOW = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
ATTEMPT = "01936f2c-0000-7000-8000-000000000001"
FORM = {
    "headers": "Received: by mx.example\nMessage-ID: <m1@mail.example>\nSubject: Re: Welcome\n",
    "from": "Ada Archer <ada@example.com>",
    "to": f"Bean <reply+{ATTEMPT}@reply.business.example>",
    "subject": "Re: Welcome",
    "text": "Thanks!\n\nOn Fri, Nov 20, 2026 at 9:00 <hello@business.example> wrote:\n> Welcome\n",
    "envelope": orjson.dumps(
        {"to": [f"reply+{ATTEMPT}@reply.business.example"], "from": "ada@example.com"}
    ).decode(),
    "charsets": '{"to":"UTF-8","text":"UTF-8"}',
}


def raw(words: str = "Thanks!", **headers: str) -> dict[str, Any]:
    message = EmailMessage()
    given = {
        "From": "Ada Archer <ada@example.com>",
        "To": f"reply+{ATTEMPT}@reply.business.example",
        "Subject": "Re: Welcome",
        "Message-ID": "<m1@mail.example>",
        **headers,
    }
    for name, value in given.items():
        message[name.replace("_", "-")] = value
    message.set_content(words)
    return {"email": message.as_bytes()}


@pytest.mark.parametrize("form", [FORM, raw()], ids=["in parts", "whole"])
def test_a_reply_finds_its_way_back_to_the_attempt(form: dict[str, Any]) -> None:
    event = parse_inbound(form, now=NOW)
    assert (event.kind, event.attempt_id) == (EventKind.REPLIED, ATTEMPT)
    assert (event.address, event.detail) == ("ada@example.com", "Thanks!")
    assert (event.event_id, event.occurred_at) == ("<m1@mail.example>", NOW)


def test_the_mark_is_found_where_only_the_envelope_has_it() -> None:
    assert parse_inbound(FORM | {"to": "hello@business.example"}, now=NOW).attempt_id == ATTEMPT


def test_a_mail_without_a_mark_is_still_a_reply() -> None:
    form = FORM | {"to": "hello@business.example", "envelope": "{}"}
    event = parse_inbound(form, now=NOW)
    assert (event.kind, event.attempt_id) == (EventKind.REPLIED, None)


@pytest.mark.parametrize(
    ("words", "kind", "unclear"),
    [
        ("Please unsubscribe me", EventKind.OPTED_OUT, False),
        ("STOP\n\nSent from my phone", EventKind.OPTED_OUT, False),
        ("Will the noise ever stop? Call me.", EventKind.REPLIED, True),
        # These ask for nothing in a mail: they answer a question.
        ("Yes", EventKind.REPLIED, False),
        ("Help", EventKind.REPLIED, False),
    ],
)
def test_only_a_request_to_stop_is_more_than_a_reply(
    words: str, kind: EventKind, unclear: bool
) -> None:
    event = parse_inbound(FORM | {"text": words}, now=NOW)
    assert (event.kind, event.unclear) == (kind, unclear)


def test_words_in_the_history_ask_for_nothing() -> None:
    text = "Thanks!\n\nOn Fri, Nov 20, 2026 <hello@business.example> wrote:\n> Reply STOP to stop"
    event = parse_inbound(FORM | {"text": text}, now=NOW)
    assert (event.kind, event.unclear) == (EventKind.REPLIED, False)


@pytest.mark.parametrize(
    "headers", [{"Auto_Submitted": "auto-replied"}, {"X_Autoreply": "yes"}, {"Precedence": "bulk"}]
)
def test_an_absence_note_is_nobodys_reply(headers: dict[str, str]) -> None:
    assert parse_inbound(raw("Unsubscribe", **headers), now=NOW).kind is EventKind.UNKNOWN


def test_an_absence_note_is_known_by_its_headers_in_parts_too() -> None:
    form = FORM | {"headers": FORM["headers"] + "Auto-Submitted: auto-generated (vacation)\n"}
    assert parse_inbound(form, now=NOW).kind is EventKind.UNKNOWN


def test_a_mail_of_html_alone_is_read() -> None:
    form = FORM | {"text": "", "html": "<p>Thanks &amp; see you</p>"}
    assert parse_inbound(form, now=NOW).detail == "Thanks & see you"


def test_a_charset_that_the_form_could_not_know_is_undone() -> None:
    form = FORM | {
        "text": "Спасибо".encode("koi8-r").decode("latin-1"),
        "charsets": '{"text":"koi8-r"}',
    }
    assert parse_inbound(form, now=NOW).detail == "Спасибо"


def test_a_mail_without_an_id_is_told_apart_by_its_content() -> None:
    first, again, other = (
        parse_inbound(FORM | {"headers": "", "text": text}, now=NOW) for text in ("a", "a", "b")
    )
    assert first.event_id == again.event_id != other.event_id


@pytest.mark.parametrize(
    "form",
    [{}, {"from": "", "envelope": "[1]"}, {"from": "nobody"}, {"email": b""}, {"email": "\x00"},
     {"from": 7, "charsets": "[", "envelope": "nonsense"}],
)  # fmt: skip
def test_a_form_that_is_no_mail_cannot_be_read(form: dict[str, Any]) -> None:
    with pytest.raises(PayloadError, match="sender"):
        parse_inbound(form, now=NOW)


@pytest.mark.parametrize(
    "headers",
    [
        b"Content-Type: text/plain; charset=nothing\n",
        b"Content-Type: multipart/mixed\n",
        b"Content-Type: multipart/mixed; boundary=x\n",
        b"Content-Transfer-Encoding: base64\n",
        b"Message-ID: <\xff>\nTo: =?broken\n",
        b"Content-Disposition: attachment\n",
    ],
)
def test_a_broken_mail_is_still_taken_in(headers: bytes) -> None:
    event = parse_inbound({"email": b"From: ada@example.com\n" + headers + b"\n\xff\xfe"}, now=NOW)
    assert event.address == "ada@example.com"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Yes.\n\nOn Fri, Nov 20, 2026 at 9 AM Olive <o@business.example>\nwrote:\n> Hi", "Yes."),
        ("Thanks!\r\n\r\n-----Original Message-----\r\nFrom: Olive", "Thanks!"),
        ("ok\n\nFrom: Olive <o@business.example>\nSent: Monday\nTo: Ada\n\nHi", "ok"),
        ("Да\n\nвт, 3 февр. 2026 в 12:30, Bean <hello@business.example>:\n\n> Привет", "Да"),
        ("Oui\n\nLe ven. 20 nov. 2026 à 9:00, Bean <b@business.example> a écrit :\n> x", "Oui"),
        ("Ja\n\nAm 20.11.2026 um 9:00 schrieb Bean <b@business.example>:\n> x", "Ja"),
        ("See you\n\nOn Fri, Nov 20, 2026 <b@business.example> wrote:\n> x", "See you"),
        ("At 10\nOn Fri, Nov 20, 2026 <b@business.example> wrote:\n> x", "At 10"),
        ("Ok\nOn Fri, Nov 20, 2026\nat 9 AM Olive <o@business.example>\nwrote:\n> x", "Ok"),
        ("inline:\n> question\nanswer", "inline:\nanswer"),
        ("Best, Ada\n-- \nArcher & Co", "Best, Ada"),
        ("> nothing new\n> at all", "> nothing new\n> at all"),
        ("She wrote: come at ten", "She wrote: come at ten"),
        ("", ""),
    ],
)
def test_the_history_is_left_out(text: str, words: str) -> None:
    assert new_words(text) == words


def test_the_mark_of_an_address_can_be_read_back() -> None:
    address = f"reply+{ATTEMPT}@reply.business.example"
    assert attempt_of(f"Bean <{address}>, other@example.com") == ATTEMPT


@pytest.mark.parametrize(
    "address", ["reply@x.example", "noreply+@x.example", "reply+a b@x.example"]
)
def test_no_other_address_has_a_mark(address: str) -> None:
    assert attempt_of(address) is None


def test_the_inbound_token_depends_on_the_key_and_tells_nothing_of_it() -> None:
    assert inbound_token("one") == inbound_token("one") != inbound_token("two")
    assert inbound_token("one").isalnum()
