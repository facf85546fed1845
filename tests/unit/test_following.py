"""C27: links that are followed keep what they say, and ours and the switched-off are left alone."""

from dataclasses import replace

import orjson
import pytest

from contacts.cadences.tracking import may_be_followed
from contacts.channels.incoming import EventKind
from contacts.channels.outgoing import OutgoingEmail
from contacts.channels.sendgrid.events import parse
from contacts.channels.sendgrid.out import request_of
from contacts.listening.clicks import is_a_machine
from contacts.messages.followed import lead_through
from contacts.messages.rendered import RenderedEmail
from tests.cast import NOW

OURS = ("https://touch.example/u/",)
PERSON = {"user-agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"}


def led(html: str, text: str = "") -> tuple[str, str, list[str]]:
    words = RenderedEmail("Hello", text, html, "hello/en@1")
    targets = lead_through(
        words, ours=OURS, address_of=lambda number: f"https://l.example/{number}"
    )
    return words.html, words.text, targets


def test_c27_links_are_led_through_us_and_their_targets_are_told() -> None:
    html, _, targets = led('<a class="x" href="https://tea.example/?a=1&amp;b=2">Tea</a>')
    assert html == '<a class="x" href="https://l.example/0">Tea</a>'
    assert targets == ["https://tea.example/?a=1&b=2"]


def test_c27_a_target_has_one_number_in_html_and_text() -> None:
    html, text, targets = led(
        "<a href='https://tea.example/'>T</a><A HREF=\"http://cup.example\">C</A>",
        "Tea (https://tea.example/), cups: http://cup.example.\n",
    )
    assert html == ("<a href='https://l.example/0'>T</a><A HREF=\"https://l.example/1\">C</A>")
    assert text == "Tea (https://l.example/0), cups: https://l.example/1.\n"
    assert targets == ["https://tea.example/", "http://cup.example"]


def test_c27_our_own_pages_mail_addresses_and_pictures_stay_as_they_are() -> None:
    html = (
        '<a href="https://touch.example/u/7">stop</a><a href="mailto:a@example.com">write</a>'
        '<img src="https://tea.example/x.png"><link href="https://tea.example/y.css">'
    )
    assert led(html, "stop: https://touch.example/u/7") == (
        html, "stop: https://touch.example/u/7", [],
    )  # fmt: skip


def test_a_bracket_of_the_address_itself_is_kept() -> None:
    _, text, targets = led("", "see https://tea.example/Tea_(drink)")
    assert (text, targets) == ("see https://l.example/0", ["https://tea.example/Tea_(drink)"])


@pytest.mark.parametrize("said", ["no", "No ", "false", "0", "off", "N"])
def test_c27_a_customers_row_can_forbid_it(said: str) -> None:
    assert not may_be_followed({"tracking": said})
    assert may_be_followed({"tracking": "yes"})
    assert may_be_followed({})


@pytest.mark.parametrize(
    ("method", "headers"),
    [
        ("HEAD", PERSON),
        ("GET", {}),
        ("GET", PERSON | {"purpose": "prefetch"}),
        ("GET", PERSON | {"sec-purpose": "prefetch;prerender"}),
        ("GET", PERSON | {"x-moz": "prefetch"}),
        ("GET", {"user-agent": "Mozilla/5.0 (compatible; bingbot/2.0)"}),
        ("GET", {"user-agent": "Mimecast Url Scanner"}),
        ("GET", {"user-agent": "python-requests/2.32"}),
        ("GET", {"user-agent": "Mozilla/5.0 HeadlessChrome/150.0"}),
    ],
)
def test_c27_what_no_person_does_is_known(method: str, headers: dict[str, str]) -> None:
    assert is_a_machine(method, headers)
    assert not is_a_machine("GET", PERSON)


@pytest.mark.parametrize(
    ("machine", "kind"),
    [(True, EventKind.SCANNED), (False, EventKind.OPENED), (None, EventKind.OPENED)],
)
def test_c27_a_machines_open_is_told_from_a_persons(machine: bool | None, kind: EventKind) -> None:
    event = {"event": "open", "sg_machine_open": machine, "sg_event_id": "1"}
    assert parse(orjson.dumps([event]), now=NOW)[0].kind is kind


def test_c27_sendgrid_follows_opens_where_a_message_lets_it_and_clicks_never() -> None:
    mail = OutgoingEmail(
        "a1", "ada@example.com", "", "hello@example.com", "", "", "Hi", "x", "", "c"
    )
    for follows in (False, True):
        tracking = request_of(replace(mail, follow_opens=follows))["tracking_settings"]
        assert tracking["open_tracking"] == {"enable": follows}
        assert not tracking["click_tracking"]["enable"]
