"""What a stranger can send to freeze the process that reads answers: none of it does.

The limit of each test is far above what reading takes, and far below what it takes with a pattern
whose steps grow with the square of the input. It comes as a signal, which interrupts a pattern too.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from email.message import EmailMessage

import pytest

from contacts.channels import sendgrid, twilio
from contacts.channels.incoming import EventKind, PayloadError
from contacts.channels.keywords import (
    Asked,
    classify,
    is_automatic_mail,
    is_automatic_sms,
    is_automatic_subject,
    is_reply_subject,
    names_another_channel,
    own_subject,
    wants_an_answer,
)
from contacts.channels.sendgrid.quoting import new_words, own_words
from contacts.web.guard import largest_body

pytestmark = pytest.mark.timeout(20, method="signal")

NOW = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
LARGEST_SMS = largest_body("/webhooks/twilio/inbound")
LARGEST_MAIL = 300 * 1024  # more than any reader here looks at; the most that is taken is 31 MB
READERS: list[Callable[[str], object]] = [
    lambda text: classify(text, "email"),
    lambda text: names_another_channel(text, "sms"),
    wants_an_answer,
    is_automatic_mail,
    is_automatic_sms,
    is_automatic_subject,
    is_reply_subject,
    own_subject,
    new_words,
    own_words,
]
HOSTILE = {
    "blank lines": "\n",
    "spaces": " ",
    "tabs": "\t",
    "returns": "\r",
    "blank lines with spaces": "\n ",
    "quotes": ">",
    "quoted lines": ">\n",
    "nested quotes": "> > > x\n",
    "signatures": "-- \n",
    "openers": "on on on ",
    "openers line by line": "On 1 <a@b.example>\n",
    "marked attributions": "\na1:\n\n>\n",
    "who wrote": "wrote ",
    "headers": "From: a\n",
    "rules": "-",
    "subjects": "Re: ",
    "brackets": "[",
    "sign-offs": "\nbest regards",
    "sign-offs with a rest": "\nbest regards , x",
    "reactions": 'liked "',
    "reactions to reactions": 'reacted to to " ',
    "words of stopping": "stop. ",
    "questions of stopping": "stop? ",
    "slips": "sotp. ",
    "names": "Stop Anna. ",
    "no words": "do not ",
    "dots": "s.",
    "dashes": "x - ",
    "long dashes": "\u2013",
    "one long word": "uns",
    "links": "http://",
    "links that are nearly ours": "http://a/u/ ",
    "marks out of order": "\u0592\u05b0",
    "marks in parts": "\uff9e\u0323",
    "ligatures": "\ufdfa",
    "laughter": "😂",
}
BLOCKS = ("<br>", "<div>", "<table><tr><td>", "<p>x", "<ul><li>")
BROKEN = ("<", "<a", "a", "&nbsp;", "\n")
"""Parts of HTML that are whole, and such as may hang on to a sign that was left open before."""


def filled(unit: str, size: int, *, before: str = "x", after: str = "y") -> str:
    return before + unit * (size // len(unit)) + after


def mail(**fields: str) -> dict[str, str]:
    return {"from": "ada@example.com", "to": "reply@business.example", "subject": "Re: x", **fields}


@pytest.mark.parametrize("unit", HOSTILE.values(), ids=HOSTILE.keys())
def test_no_reader_of_words_is_held_up(unit: str) -> None:
    text = filled(unit, LARGEST_SMS)
    for reader in READERS:
        reader(text)


@pytest.mark.parametrize(
    "name",
    ["blank lines", "spaces", "quotes", "openers line by line", "subjects", "sign-offs", "links"],
)
def test_no_sms_or_mail_holds_up_its_webhook(name: str) -> None:
    unit = HOSTILE[name]
    words, sid = filled(unit, LARGEST_SMS), "SM" + "1" * 32
    form = {"MessageSid": sid, "From": "+12025550111", "Body": words}
    assert twilio.parse_inbound(form, now=NOW).detail == words

    text = filled(unit, LARGEST_MAIL)
    for given in (mail(text=text), mail(text="x", subject=text)):
        assert sendgrid.parse_inbound(given, now=NOW).provider == "sendgrid"


@pytest.mark.parametrize(
    ("before", "unit"),
    [
        *(("<p>Thanks", unit) for unit in (*BLOCKS, *BROKEN)),
        *(("<", unit) for unit in BROKEN),
        *(pytest.param("<", unit, marks=pytest.mark.long) for unit in BLOCKS),
    ],
)
def test_no_html_holds_up_the_reading_of_a_mail(before: str, unit: str) -> None:
    html = filled(unit, LARGEST_MAIL, before=before, after="<blockquote>Before</blockquote>")
    assert sendgrid.parse_inbound(mail(html=html), now=NOW).provider == "sendgrid"


def test_blank_lines_hide_no_wish_to_stop() -> None:
    assert classify("\n" * 15_000 + "STOP") is Asked.OPT_OUT
    assert classify("STOP" + " \n" * 60_000) is Asked.OPT_OUT
    assert classify("STOP" + "\r\n\t" * 2_000 + "Best   regards ,\n\nAda") is Asked.OPT_OUT
    event = sendgrid.parse_inbound(mail(html="<br>" * 5_000 + "Unsubscribe"), now=NOW)
    assert event.kind is EventKind.OPTED_OUT


def test_a_long_head_of_a_mail_in_html_hides_no_wish_to_stop() -> None:
    head = f"<head><style>{'p {margin: 0} ' * 50_000}</style></head>"
    html = f"<html>{head}<BODY><p>Unsubscribe</p></BODY></html>"
    assert sendgrid.parse_inbound(mail(html=html), now=NOW).kind is EventKind.OPTED_OUT


def test_a_whole_mail_is_read_as_its_parts_are() -> None:
    message = EmailMessage()
    message["From"], message["To"] = "ada@example.com", "reply@business.example"
    message.set_content(filled("\n", LARGEST_SMS, before="STOP", after=""))
    event = sendgrid.parse_inbound({"email": message.as_bytes()}, now=NOW)
    assert event.kind is EventKind.OPTED_OUT


@pytest.mark.parametrize("unit", ["(", '"', "<", "a, ", "a;a=b;"])
def test_no_header_is_an_error_or_holds_up_the_reading(unit: str) -> None:
    long = unit * (LARGEST_MAIL // len(unit))
    for name in ("To", "Subject", "Message-ID", "Content-Type"):
        whole = f"From: ada@example.com\n{name}: {long}\n\nUnsubscribe\n"
        assert sendgrid.parse_inbound({"email": whole}, now=NOW).address == "ada@example.com"
    for given in (mail(text="Hello", **{"from": long}), {"email": f"From: {long}\n\nHello\n"}):
        with pytest.raises(PayloadError):
            sendgrid.parse_inbound(given, now=NOW)
