"""Replies by e-mail: whose they are, what is new in them, what they ask for."""

from datetime import UTC, datetime
from email.message import EmailMessage
from typing import Any

import orjson
import pytest

from contacts.channels.inbound import attempt_of, inbound_token
from contacts.channels.incoming import EventKind, PayloadError
from contacts.channels.sendgrid import parse_inbound
from contacts.channels.sendgrid.quoting import new_words, own_words

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
    "headers",
    [
        {"Auto_Submitted": "auto-replied"},
        {"X_Autoreply": "yes"},
        {"Precedence": "bulk"},
        {"Return_Path": "<>"},
        {"X_Auto_Response_Suppress": "All"},
        {"X_MS_Exchange_Inbox_Rules_Loop": "ada@example.com"},
        {"Subject": "Automatic reply: Welcome"},
        {"Subject": "Abwesenheitsnotiz: Welcome"},
        {"Subject": "Réponse automatique : Welcome"},
        {"Subject": "Автоответ: Welcome"},
        {"Subject": "Fuera de la oficina: Welcome"},
        {"Subject": "OOO until 3 December"},
        {"From": "no-reply@example.com"},
    ],
)
def test_an_absence_note_is_nobodys_reply(headers: dict[str, str]) -> None:
    note = "I am away and shall stop by the office on Monday."
    event = parse_inbound(raw(note, **headers), now=NOW)
    assert (event.kind, event.unclear, event.detail) == (EventKind.AUTOMATIC, False, note)


@pytest.mark.parametrize(
    "words",
    [
        "I am out of the office until 3 December with limited access to e-mail.",
        "Hello,\nthank you for your message. I am currently on leave.",
        "Vielen Dank für Ihre Nachricht. Ich bin bis 3. Dezember nicht im Büro.",
        "Bonjour, je suis absente du bureau jusqu'au 3 décembre.",
        "This is an automated response. Your ticket is 4711.",
        "Automatic reply: I have limited access to e-mail this week.",
        "Out of Office\n\nI shall answer on Monday.",
        "Abwesenheitsnotiz: ab Montag wieder da.",
    ],
)
def test_an_absence_note_without_any_mark_is_known_by_its_beginning(words: str) -> None:
    assert parse_inbound(raw(words), now=NOW).kind is EventKind.AUTOMATIC


@pytest.mark.parametrize(
    ("subject", "words"),
    [
        ("Re: Out of office coffee", "Lovely, thanks!"),
        ("Absence on Monday", "Could you come on Tuesday?"),
        ("Re: Welcome", "We are on holiday in June. Could you call in July?"),
        ("Re: Welcome", "Automatic reply machines: do you sell them?"),
        ("Re: Welcome", "Automatic replies would help us. Could you call?"),
    ],
)
def test_who_speaks_of_an_absence_is_no_machine(subject: str, words: str) -> None:
    assert parse_inbound(raw(words, Subject=subject), now=NOW).kind is EventKind.REPLIED


def test_a_plain_request_counts_in_a_mail_that_only_looks_automatic() -> None:
    looks = raw("Please unsubscribe me", X_Auto_Response_Suppress="All")
    assert parse_inbound(looks, now=NOW).kind is EventKind.OPTED_OUT
    is_one = raw("Please unsubscribe me", Auto_Submitted="auto-replied")
    assert parse_inbound(is_one, now=NOW).kind is EventKind.AUTOMATIC


def test_an_absence_note_is_known_by_its_headers_in_parts_too() -> None:
    form = FORM | {"headers": FORM["headers"] + "Auto-Submitted: auto-generated (vacation)\n"}
    assert parse_inbound(form, now=NOW).kind is EventKind.AUTOMATIC


@pytest.mark.parametrize(
    "changes",
    [
        {"from": "MAILER-DAEMON@mx.example (Mail Delivery System)"},
        {"from": "Mail Delivery Subsystem <MAILER-DAEMON>"},
        {"from": "postmaster@example.com"},
        {"envelope": '{"to":["x@reply.business.example"],"from":""}'},
        {"headers": "Content-Type: multipart/report; report-type=delivery-status\n"},
        {"headers": "Content-Type: multipart/report; report-type=disposition-notification\n"},
        {"headers": "X-Failed-Recipients: ada@example.com\n"},
    ],
)
def test_a_report_of_delivery_is_no_reply_and_opts_nobody_out(changes: dict[str, str]) -> None:
    form = FORM | {"subject": "Undelivered mail", "text": "550 5.1.1 no such user. STOP."} | changes
    event = parse_inbound(form, now=NOW)
    assert (event.kind, event.attempt_id, event.unclear) == (EventKind.AUTOMATIC, ATTEMPT, False)


@pytest.mark.parametrize(
    ("subject", "text", "kind", "unclear"),
    [
        ("unsubscribe", "", EventKind.OPTED_OUT, False),
        ("Unsubscribe", "> Hello Ada\n> Reply STOP to stop", EventKind.OPTED_OUT, False),
        ("STOP", "Anna Archer\nArcher & Co", EventKind.OPTED_OUT, False),
        ("Please remove me from your list", "Thanks", EventKind.OPTED_OUT, False),
        ("Cancel my order", "Please see the number below.", EventKind.REPLIED, True),
        ("Re: Stop guessing, start brewing", "Lovely!", EventKind.REPLIED, False),
        ("Re: Unsubscribe", "", EventKind.REPLIED, True),
        ("START", "Thanks!", EventKind.REPLIED, False),
    ],
)
def test_a_subject_of_the_customers_own_counts_as_words(
    subject: str, text: str, kind: EventKind, unclear: bool
) -> None:
    event = parse_inbound(FORM | {"subject": subject, "text": text}, now=NOW)
    assert (event.kind, event.unclear) == (kind, unclear)


@pytest.mark.parametrize(
    "text",
    [
        "> STOP",
        "On Fri, Nov 20, 2026 at 9 AM Bean <b@business.example> wrote:\n> Reply STOP to stop",
        "On Fri, Nov 20, 2026 at 9 AM Bean <b@business.example> wrote:\nReply STOP to stop",
        "Am 20.11.2026 um 9:00 schrieb Bean <b@business.example>:\n> STOP\n\nDanke!",
        "Danke!\n\nVon: Bean <b@business.example>\nGesendet: Freitag\nAn: Ada\n\nSTOP",
        "Merci\n\nDe : Bean <b@business.example>\nEnvoyé : vendredi\n\nSTOP",
        "Thanks!\n\n________________________________\nFrom: Bean\n\nSTOP",
        "Thanks!\n\nUnsubscribe: https://touch.example.com/u/abcdefghijklmnopqrstuvwxyz",
        "Thanks!\n-- \nAda Archer, Stop & Shop",
        "Gracias\n\nEnviado desde mi iPhone\n\nSTOP",
    ],
)
def test_history_and_signatures_decide_nothing(text: str) -> None:
    event = parse_inbound(FORM | {"text": text}, now=NOW)
    assert (event.kind, event.unclear) == (EventKind.REPLIED, False)


def test_an_answer_below_what_it_answers_is_read() -> None:
    text = "On Fri, Nov 20, 2026 Bean <b@business.example> wrote:\n> Are you there?\n\nSTOP\n"
    assert parse_inbound(FORM | {"text": text}, now=NOW).kind is EventKind.OPTED_OUT


@pytest.mark.parametrize(
    ("html", "kind"),
    [
        ('<p>STOP</p><div class="gmail_quote">Welcome</div>', EventKind.OPTED_OUT),
        ('<p>Thanks</p><div class="gmail_quote">Reply STOP to stop</div>', EventKind.REPLIED),
        ("<html><body><p>Ok</p><blockquote>STOP</blockquote></body></html>", EventKind.REPLIED),
        ('<p>Hi</p><div id="divRplyFwdMsg"><b>From:</b> Bean</div>STOP', EventKind.REPLIED),
    ],
)
def test_the_history_of_a_mail_of_html_alone_is_left_out(html: str, kind: EventKind) -> None:
    event = parse_inbound(FORM | {"text": "", "html": html}, now=NOW)
    assert (event.kind, event.unclear) == (kind, False)


def test_an_opt_out_that_names_sms_as_well_is_read_by_a_person_too() -> None:
    event = parse_inbound(FORM | {"text": "Stop e-mailing and texting me."}, now=NOW)
    assert (event.kind, event.unclear) == (EventKind.OPTED_OUT, True)


def test_a_reply_by_mail_stops_and_asks_in_its_words_or_in_its_subject() -> None:
    by_words = parse_inbound(raw("Unsubscribe me. When does my order come?"), now=NOW)
    assert (by_words.kind, by_words.wants_answer) == (EventKind.OPTED_OUT, True)
    subject = "Where is my order?"
    by_subject = parse_inbound(raw("Stop sending me mails.", Subject=subject), now=NOW)
    assert (by_subject.kind, by_subject.wants_answer) == (EventKind.OPTED_OUT, True)
    assert by_subject.detail == f"{subject}\n\nStop sending me mails."
    ours = parse_inbound(raw("Unsubscribe me.", Subject="Re: How is the grinder?"), now=NOW)
    assert (ours.kind, ours.wants_answer) == (EventKind.OPTED_OUT, False)


@pytest.mark.parametrize("header", ["X_Auto_Response_Suppress", "Auto_Submitted"])
def test_what_may_be_a_machine_asks_nobody_anything(header: str) -> None:
    mail = raw("I am away. Please unsubscribe me. Who can help you?", **{header: "All"})
    assert not parse_inbound(mail, now=NOW).wants_answer


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


@pytest.mark.parametrize("text", ["> nothing\n> new", "From: Bean\nSent: Monday\n\nHi"])
def test_a_mail_of_history_alone_has_no_words_of_its_own(text: str) -> None:
    assert own_words(text) == ""
