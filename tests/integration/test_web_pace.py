"""What a customer sees whose page is asked for too often, and that opting out goes on."""

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, func, select

from contacts.channels.links import unsubscribe_url
from contacts.record.engine import writing
from contacts.record.tables import Event
from contacts.settings import Settings
from contacts.web.app import create_app
from tests.cast import NOW, customer

FROM_A_PROVIDER = {"X-Forwarded-For": "192.0.2.7"}


@pytest.fixture
def client(sqlite_engine: Engine, settings: Settings) -> Iterator[TestClient]:
    app = create_app(settings, sqlite_engine, clock=lambda: NOW)
    with TestClient(
        app,
        base_url="https://touch.example.com",
        headers=FROM_A_PROVIDER,
        client=("127.0.0.1", 4711),
    ) as client:
        yield client


@pytest.mark.parametrize(
    ("browser", "language", "words"),
    [
        ("", "en", "in 3 seconds"),
        ("fr-FR, de-AT;q=0.8, en;q=0.5", "de", "in 3 Sekunden"),
        ("hi", "hi", "3 सेकंड बाद"),
        ("ne-NP", "ne", "3 सेकेन्डपछि"),
        ("be", "be", "праз 3"),
        ("x" * 5_000, "en", "in 3 seconds"),
    ],
)
def test_s19_who_tries_too_many_links_reads_when_to_come_again(
    client: TestClient, browser: str, language: str, words: str
) -> None:
    headers = {"Accept-Language": browser}
    answers = [client.get(f"/u/made-up-{n}", headers=headers) for n in range(21)]
    assert [answer.status_code for answer in answers] == [404] * 20 + [429]
    page = answers[-1]
    assert page.headers["Retry-After"] == "3"
    assert words in page.text
    assert f'<html lang="{language}">' in page.text
    assert page.headers["Content-Security-Policy"]
    assert "made-up" not in page.text


def test_s19_c06_opting_out_goes_on_where_an_address_may_not_look(
    client: TestClient, sqlite_engine: Engine, settings: Settings
) -> None:
    with writing(sqlite_engine) as connection:
        people = [customer(connection, email=f"c{n}@example.com") for n in range(25)]
    for number in range(21):
        client.get(f"/u/made-up-{number}")
    links = [unsubscribe_url(settings, one, "email").partition("/u/")[2] for one in people]
    assert client.get(f"/u/{links[0]}").status_code == 429
    for link in links:
        answer = client.post(f"/u/{link}", data={"List-Unsubscribe": "One-Click"})
        assert answer.status_code == 200
    with sqlite_engine.connect() as connection:
        assert connection.execute(select(func.count()).select_from(Event)).scalar_one() == 25


def test_people_on_this_machine_may_look_as_often_as_they_like(client: TestClient) -> None:
    del client.headers["X-Forwarded-For"]
    here = {"Host": "127.0.0.1:8000"}
    answers = [client.get("/customers/4711", headers=here) for _ in range(30)]
    assert {answer.status_code for answer in answers} == {404}
