"""C27, S10, S11: a followed link leads to what was stored for it; machines are told from people."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, select, update

from contacts.channels.links import followed_token, unsubscribe_token
from contacts.privacy.erase import erase
from contacts.record.engine import reading, writing
from contacts.record.tables import Attempt, Customer, Event, Message
from contacts.record.timeline import timeline
from contacts.record.touches.links import Link, keep_links
from contacts.record.upkeep.retention import remove_old
from contacts.settings import Settings
from contacts.web.app import create_app
from tests.cast import NOW, SIGNING_KEY, ada, agrees, customer
from tests.sent import Sent, sent
from tests.world import world

SHOP, CUPS = "https://tea.example/shop?a=1&b=2", "http://cups.example/"
MAILED = {
    "email/news/subject.txt": "News",
    "email/news/body.html": '<p><a href="https://tea.example/shop?a=1&amp;b=2">Shop</a> '
    '<a href="{{ links.unsubscribe }}">Stop</a></p>',
    "email/news/body.txt": "https://tea.example/shop?a=1&b=2 or {{ links.unsubscribe }}",
}
STEP = "  - {key: news, channel: email, template: news, day: 0}\n"
PERSON = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"}
LATER = timedelta(minutes=5)


class Clock:
    now = NOW + LATER

    def __call__(self) -> Any:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def following(settings: Settings) -> Settings:
    return settings.model_copy(update={"click_tracking": True})


@pytest.fixture
def client(sqlite_engine: Engine, following: Settings, clock: Clock) -> TestClient:
    app = create_app(following, sqlite_engine, clock=clock)
    return TestClient(app, base_url="https://touch.example.com", follow_redirects=False)


@pytest.fixture
def mail(sqlite_engine: Engine) -> Sent:
    """A mail of Ada's, with two links, that the provider has."""
    with writing(sqlite_engine) as connection:
        one = sent(connection, ada(connection))
        connection.execute(update(Attempt).values(answered_at=NOW))
        keep_links(connection, {one.attempt_id: [SHOP, CUPS]})
    return one


def link(mail: Sent, number: int = 0) -> str:
    return f"/l/{followed_token((SIGNING_KEY,), mail.attempt_id, number)}"


def heard(engine: Engine) -> list[tuple[str, str]]:
    with reading(engine) as connection:
        rows = connection.execute(select(Event.kind, Event.detail).order_by(Event.id))
        return [(row.kind, row.detail) for row in rows]


def test_s11_a_link_leads_to_its_stored_target_and_nowhere_else(
    client: TestClient, mail: Sent
) -> None:
    answer = client.get(f"{link(mail)}?url=https://evil.example/", headers=PERSON)
    assert (answer.status_code, answer.headers["location"]) == (302, SHOP)
    assert "set-cookie" not in answer.headers
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert client.get(link(mail, 1), headers=PERSON).headers["location"] == CUPS


def test_s10_every_link_that_is_not_ours_gets_the_same_answer(
    client: TestClient, mail: Sent
) -> None:
    good = link(mail).removeprefix("/l/")
    other = unsubscribe_token((SIGNING_KEY,), 1, "email")
    bad = [good[:-1] + ("A" if good[-1] != "A" else "B"), "x", f"{mail.attempt_id}-0", other]
    answers = {(one.status_code, one.text) for one in (client.get(f"/l/{t}") for t in bad)}
    assert [status for status, _ in answers] == [404]


def test_c27_a_click_of_a_person_is_on_the_timeline_with_nothing_of_the_visitor(
    client: TestClient, sqlite_engine: Engine, mail: Sent
) -> None:
    for _ in range(2):
        client.get(link(mail), headers=PERSON)
    assert heard(sqlite_engine) == [("clicked", SHOP)]
    with reading(sqlite_engine) as connection:
        (event,) = connection.execute(select(Event)).all()
        entries = timeline(connection, event.customer_id, now=NOW + LATER)
    assert event.payload is None
    assert "testclient" not in str(event)
    assert ("E-mail: link clicked", SHOP) in [(one.title, one.detail) for one in entries]


@pytest.mark.parametrize(
    ("method", "headers"),
    [
        ("HEAD", PERSON),
        ("GET", PERSON | {"Purpose": "prefetch"}),
    ],
)
def test_c27_a_machine_is_led_on_and_set_aside(
    client: TestClient, sqlite_engine: Engine, mail: Sent, method: str, headers: dict[str, str]
) -> None:
    answer = client.request(method, link(mail), headers=headers)
    assert (answer.status_code, answer.headers["location"]) == (302, SHOP)
    assert heard(sqlite_engine) == [("scanned", SHOP)]


def test_c27_two_links_of_a_mail_at_once_were_both_followed_by_a_machine(
    client: TestClient, sqlite_engine: Engine, mail: Sent, clock: Clock
) -> None:
    client.get(link(mail), headers=PERSON)
    clock.now += timedelta(seconds=1)
    client.get(link(mail, 1), headers=PERSON)
    assert heard(sqlite_engine) == [("scanned", SHOP), ("scanned", CUPS)]
    clock.now += timedelta(seconds=61)
    client.get(link(mail), headers=PERSON)
    assert heard(sqlite_engine)[2:] == [("clicked", SHOP)]


def test_c27_a_link_that_is_followed_as_its_mail_arrives_was_read_by_nobody(
    client: TestClient, sqlite_engine: Engine, mail: Sent, clock: Clock
) -> None:
    clock.now = NOW + timedelta(seconds=9)
    client.get(link(mail), headers=PERSON)
    assert heard(sqlite_engine) == [("scanned", SHOP)]


@pytest.mark.parametrize("how", ["the setting", "the customer"])
def test_c27_a_link_leads_on_unseen_once_it_may_not_be_followed(
    sqlite_engine: Engine, settings: Settings, mail: Sent, clock: Clock, how: str
) -> None:
    says = settings.model_copy(update={"click_tracking": how == "the customer"})
    if how == "the customer":
        with writing(sqlite_engine) as connection:
            connection.execute(update(Customer).values(attributes={"tracking": "no"}))
    client = TestClient(create_app(says, sqlite_engine, clock=clock), follow_redirects=False)
    answer = client.get(link(mail), headers=PERSON)
    assert (answer.status_code, answer.headers["location"]) == (302, SHOP)
    assert heard(sqlite_engine) == []


def test_c27_a_link_outlives_the_words_of_its_mail(
    client: TestClient, sqlite_engine: Engine, following: Settings, mail: Sent, clock: Clock
) -> None:
    clock.now = NOW + timedelta(days=400)
    remove_old(sqlite_engine, settings=following, now=clock.now)
    with reading(sqlite_engine) as connection:
        assert connection.execute(select(Message)).all() == []
    assert client.get(link(mail), headers=PERSON).headers["location"] == SHOP


def test_c20_the_links_of_somebody_erased_lead_nowhere(
    client: TestClient, sqlite_engine: Engine, mail: Sent
) -> None:
    with reading(sqlite_engine) as connection:
        row = connection.execute(select(Customer)).one()
    erase(sqlite_engine, row.id, signing_key=SIGNING_KEY, now=NOW)
    answer = client.get(link(mail), headers=PERSON)
    assert answer.status_code == 410
    assert "leads nowhere any more" in answer.text
    with reading(sqlite_engine) as connection:
        assert connection.execute(select(Link)).all() == []


Sending = Callable[..., Any]


@pytest.fixture
def sending(sqlite_engine: Engine, settings: Settings) -> Sending:
    async def send(attributes: dict[str, str] | None = None, **changes: bool) -> Any:
        with writing(sqlite_engine) as connection:
            one = customer(connection, email="ada@example.com", attributes=attributes or {})
            agrees(connection, one, "email", at=NOW)
        small = world(sqlite_engine, settings.model_copy(update=changes), STEP)
        for name, words in MAILED.items():
            path = settings.workspace / "templates" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(words, encoding="utf-8")
        await small.tick(NOW)
        return small.email.got[0]

    return send


async def test_c27_nothing_is_followed_unless_it_is_switched_on(
    sending: Sending, sqlite_engine: Engine
) -> None:
    got = await sending()
    assert "https://tea.example/shop?a=1&amp;b=2" in got.html
    assert "/l/" not in got.html + got.text
    assert not got.follow_opens
    with reading(sqlite_engine) as connection:
        assert connection.execute(select(Link)).all() == []


async def test_c27_targets_are_stored_with_the_mail_and_its_own_links_stay(
    sending: Sending, sqlite_engine: Engine
) -> None:
    got = await sending(click_tracking=True, open_tracking=True)
    assert got.follow_opens
    assert "tea.example" not in got.html + got.text
    assert "/u/" in got.html
    assert "/u/" in got.text
    with reading(sqlite_engine) as connection:
        kept = connection.execute(select(Link)).all()
        words = connection.execute(select(Message)).one()
    assert [(one.number, one.target) for one in kept] == [(0, SHOP)]
    assert (words.html, words.text) == (got.html, got.text)
    token = followed_token((SIGNING_KEY,), got.attempt_id, 0)
    assert f"/l/{token}" in got.html
    assert f"/l/{token}" in got.text


async def test_c27_a_customer_who_forbids_it_is_not_followed(sending: Sending) -> None:
    got = await sending({"tracking": "no"}, click_tracking=True, open_tracking=True)
    assert "https://tea.example/shop" in got.html
    assert not got.follow_opens
