"""Links of a mail as pages of ours show them: beside the page, and to where the web app is now."""

import pytest

from contacts.channels.shown_mail import led_here, opening_beside

HERE = "http://127.0.0.1:8010"


@pytest.mark.parametrize("page", ["u", "p", "v", "c", "l"])
def test_a_link_to_another_port_of_this_machine_leads_to_where_the_page_is_now(page: str) -> None:
    mail = f'<a href="http://127.0.0.1:8000/{page}/3-email.x">Go</a>'
    assert led_here(mail, f"{HERE}/") == f'<a href="{HERE}/{page}/3-email.x">Go</a>'


@pytest.mark.parametrize(
    "address",
    [
        "https://touch.example.com/u/3-email.x",
        "http://127.0.0.1.example.com:8000/u/3-email.x",
        "http://127.0.0.1:8000/uploads/3",
        "http://127.0.0.1:9000/shop",
    ],
)
def test_any_other_link_stays_as_it_was_sent(address: str) -> None:
    assert led_here(address, HERE) == address


def test_links_open_beside_a_mail_which_keeps_its_doctype_first() -> None:
    mail = "<!DOCTYPE html><html><head><title>Hello</title></head><body></body></html>"
    shown = opening_beside(mail)
    assert shown.startswith('<!DOCTYPE html><html><head><base target="_blank"><title>')
    assert opening_beside("<p>Hello</p>") == '<base target="_blank"><p>Hello</p>'
