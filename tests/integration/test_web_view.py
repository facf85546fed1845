"""A message in the browser: whole, harmless, and as it was sent, while its words are kept."""

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, delete

from contacts.channels.links import preferences_token, view_token
from contacts.record.engine import writing
from contacts.record.tables import Message
from contacts.settings import Settings
from contacts.web.app import create_app
from tests.cast import NOW, SIGNING_KEY, ada
from tests.sent import sent
from tests.world import world

KEYS = (SIGNING_KEY,)
OFFER = "  - {key: offer, channel: email, template: offer, day: 0}\n"
PING = "  - {key: ping, channel: sms, template: ping, day: 0}\n"


@pytest.fixture
def client(sqlite_engine: Engine, settings: Settings) -> Iterator[TestClient]:
    app = create_app(settings, sqlite_engine, clock=lambda: NOW)
    with TestClient(app, base_url="https://touch.example.com", follow_redirects=False) as client:
        yield client


async def test_every_link_of_a_mail_that_left_leads_to_its_page(
    client: TestClient, sqlite_engine: Engine, settings: Settings
) -> None:
    small = world(sqlite_engine, settings, OFFER, purpose="marketing")
    with writing(sqlite_engine) as connection:
        ada(connection)
    await small.tick(NOW)
    (mail,) = small.email.got
    addresses = [one for one in mail.html.split('"') if one.startswith(settings.public_url)]
    assert [urlsplit(one).path[:3] for one in addresses] == ["/v/", "/p/", "/u/"]
    pages = [client.get(urlsplit(one).path) for one in addresses]
    assert [page.status_code for page in pages] == [200, 200, 200]
    assert pages[0].text == mail.html
    assert all(one in mail.text for one in addresses)


async def test_a_message_has_the_links_that_it_names_and_no_others(
    sqlite_engine: Engine, settings: Settings
) -> None:
    """A signature is dear where a hundred mails leave in a second."""
    small = world(sqlite_engine, settings, PING)
    with writing(sqlite_engine) as connection:
        ada(connection)
    await small.tick(NOW)
    assert len(small.sms.got) == 1
    assert small.templates.links_in("sms", "ping", "en") == set()
    assert small.templates.links_in("email", "offer", "en") == {
        "unsubscribe", "preferences", "view",
    }  # fmt: skip


def test_s21_a_mail_in_the_browser_runs_nothing_and_tells_nobody_its_address(
    client: TestClient, sqlite_engine: Engine
) -> None:
    html = "<p>Hello Ada</p><script>alert(1)</script>"
    with writing(sqlite_engine) as connection:
        mail = sent(connection, ada(connection), words={"html": html})
    answer = client.get(f"/v/{view_token(KEYS, mail.attempt_id)}")
    assert answer.text == html
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("sandbox ")
    assert "allow-scripts" not in policy
    assert "allow-same-origin" not in policy
    assert "default-src 'none'" in policy
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-robots-tag"] == "noindex"


def test_words_that_are_gone_are_told_kindly_and_in_the_customers_language(
    client: TestClient, sqlite_engine: Engine
) -> None:
    with writing(sqlite_engine) as connection:
        mail = sent(connection, ada(connection, locale="de"))
        connection.execute(delete(Message))
    answer = client.get(f"/v/{view_token(KEYS, mail.attempt_id)}")
    assert answer.status_code == 410
    assert "Diese Nachricht ist nicht mehr hier" in answer.text
    assert "90 Tage" in answer.text


def test_a_text_message_is_shown_as_text(client: TestClient, sqlite_engine: Engine) -> None:
    said = {"subject": "", "text": "Hello <Ada> https://business.example/x", "html": None}
    with writing(sqlite_engine) as connection:
        text = sent(connection, ada(connection), channel="sms", words=said)
    page = client.get(f"/v/{view_token(KEYS, text.attempt_id)}").text
    assert "Hello &lt;Ada&gt;" in page
    assert 'href="https://business.example/x"' in page


def test_s10_every_bad_link_to_a_message_gets_the_same_answer(client: TestClient) -> None:
    unknown = "01890000-0000-7000-8000-000000000000"
    bad = ("nothing", view_token(KEYS, unknown), view_token(("another key",), unknown),
           preferences_token(KEYS, 1, "email"))  # fmt: skip
    answers = [client.get(f"/v/{token}") for token in bad]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.text for answer in answers}) == 1
