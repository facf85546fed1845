"""The unsubscribe link: looking changes nothing, pressing stops at once, a bad link says so."""

from collections.abc import Iterator
from datetime import timedelta
from string import ascii_letters, digits

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, func, select, update

from contacts.channels.links import (
    preferences_token,
    preferences_url,
    read_preferences,
    read_unsubscribe,
    read_view,
    unsubscribe_token,
    unsubscribe_url,
    view_token,
)
from contacts.record.consent.suppression import suppressed
from contacts.record.customers.address_keys import address_hash
from contacts.record.customers.erasures import note_erasure
from contacts.record.engine import writing
from contacts.record.tables import Consent, Customer, Enrolment, Event
from contacts.settings import Settings
from contacts.web.app import create_app
from tests.cast import NOW, SIGNING_KEY, ada, customer
from tests.sent import enrolled, planned, state_of

FIRST, SECOND = "the first key of links", "the second key of links"
ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture
def client(engine: Engine, settings: Settings) -> Iterator[TestClient]:
    # 400 days after sending: the link never expires.
    app = create_app(settings, engine, clock=lambda: NOW + timedelta(days=400))
    # Mail programs and customers come by the public name, not by that of this machine.
    with TestClient(app, base_url="https://touch.example.com", follow_redirects=False) as client:
        yield client


def link(customer_id: int, channel: str = "email") -> str:
    return f"/u/{unsubscribe_token((SIGNING_KEY,), customer_id, channel)}"  # type: ignore[arg-type]


def stopped(engine: Engine) -> dict[str, str]:
    """The scope by channel."""
    hashes = [address_hash(SIGNING_KEY, a) for a in ("ada@example.com", "+12025550111")]
    with engine.connect() as connection:
        found = suppressed(connection, hashes)
    return {channel: scope for (_, channel), scope in found.items()}


def stopped_channels(engine: Engine) -> set[str]:
    return set(stopped(engine))


def consent_now(engine: Engine) -> tuple[str, str, bool, str]:
    with engine.connect() as connection:
        last = connection.execute(select(Consent).order_by(Consent.id.desc())).first()
    assert last is not None
    return last.channel, last.purpose, last.granted, last.source


def count(engine: Engine, table: type) -> int:
    with engine.connect() as connection:
        return connection.execute(select(func.count()).select_from(table)).scalar_one()


@pytest.fixture
def ada_id(engine: Engine) -> int:
    with writing(engine) as connection:
        return ada(connection)


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_c07_looking_at_the_page_changes_nothing(
    client: TestClient, engine: Engine, ada_id: int, method: str
) -> None:
    answer = client.request(method, link(ada_id))
    assert answer.status_code == 200
    assert stopped_channels(engine) == set()
    assert count(engine, Event) == 0


def test_c07_the_page_has_a_form_and_hides_the_address(client: TestClient, ada_id: int) -> None:
    page = client.get(link(ada_id)).text
    assert '<form method="post">' in page
    assert "Example Tea" in page
    assert "a•••@example.com" in page
    assert "ada@example.com" not in page
    assert "<script" not in page


def test_c01_c06_f45_one_click_stops_mail_at_once_without_a_redirect(
    client: TestClient, engine: Engine, ada_id: int
) -> None:
    with writing(engine) as connection:
        news = enrolled(connection, ada_id, name="news", purpose="marketing")
        waiting = planned(connection, ada_id, news)
    answer = client.post(link(ada_id), data=ONE_CLICK)
    assert answer.status_code == 200
    assert "set-cookie" not in answer.headers
    assert stopped_channels(engine) == {"email"}
    assert state_of(engine, waiting) == "skipped"
    with engine.connect() as connection:
        assert connection.execute(select(Enrolment.reason)).scalar_one() == "opted_out"
    assert consent_now(engine) == ("email", "marketing", False, "unsubscribe link")


def test_c02_one_click_lets_mail_about_what_they_bought_go_on(
    client: TestClient, engine: Engine, ada_id: int
) -> None:
    with writing(engine) as connection:
        waiting = planned(connection, ada_id, enrolled(connection, ada_id))
    assert "Messages about what you bought" in client.get(link(ada_id)).text
    answer = client.post(link(ada_id), data=ONE_CLICK)
    assert "about what you bought still come" in answer.text
    assert (stopped(engine), state_of(engine, waiting)) == ({"email": "marketing"}, "planned")
    everything = client.post(link(ada_id), data={"scope": "everything"})
    assert "not even about what you bought" in everything.text
    assert stopped(engine) == {"email": "all", "sms": "all"}
    assert state_of(engine, waiting) == "skipped"


def test_c02_a_word_about_marketing_does_not_narrow_a_stop_of_everything(
    client: TestClient, engine: Engine, ada_id: int
) -> None:
    client.post(link(ada_id), data={"scope": "everything"})
    before = count(engine, Event)
    client.post(link(ada_id), data=ONE_CLICK)
    assert stopped(engine) == {"email": "all", "sms": "all"}
    assert count(engine, Event) == before


def test_c18_to_withdraw_is_one_press_without_a_login(
    client: TestClient, engine: Engine, ada_id: int
) -> None:
    page = client.get(link(ada_id))
    assert "<input" not in page.text
    assert client.post(link(ada_id)).status_code == 200
    assert consent_now(engine) == ("email", "marketing", False, "unsubscribe link")


def test_c06_one_click_as_multipart_stops_mail(
    client: TestClient, engine: Engine, ada_id: int
) -> None:
    answer = client.post(link(ada_id), files={"List-Unsubscribe": (None, "One-Click")})
    assert answer.status_code == 200
    assert stopped_channels(engine) == {"email"}


@pytest.mark.parametrize("kind", ["", "text/plain", "multipart/form-data", "garbage"])
def test_a_body_that_cannot_be_read_still_stops_mail(
    client: TestClient, engine: Engine, ada_id: int, kind: str
) -> None:
    answer = client.post(link(ada_id), content=b"\xff garbage", headers={"Content-Type": kind})
    assert answer.status_code == 200
    assert stopped_channels(engine) == {"email"}


def test_pressing_twice_is_one_opt_out(client: TestClient, engine: Engine, ada_id: int) -> None:
    before = count(engine, Consent)
    for _ in range(2):
        assert client.post(link(ada_id), data=ONE_CLICK).status_code == 200
    assert stopped_channels(engine) == {"email"}
    assert count(engine, Consent) == before + 1
    assert count(engine, Event) == 1


def test_f45_the_link_of_an_sms_stops_sms_alone(
    client: TestClient, engine: Engine, ada_id: int
) -> None:
    assert "E-mail goes on" in client.get(link(ada_id, "sms")).text
    assert client.post(link(ada_id, "sms")).status_code == 200
    assert stopped(engine) == {"sms": "all"}  # it stands for STOP
    assert consent_now(engine) == ("sms", "", False, "unsubscribe link")


def test_f45_the_second_button_stops_everything(
    client: TestClient, engine: Engine, ada_id: int
) -> None:
    answer = client.post(link(ada_id), data={"scope": "everything"})
    assert "no more e-mail and no more text messages" in answer.text
    assert stopped_channels(engine) == {"email", "sms"}


@pytest.mark.parametrize(
    ("locale", "words"),
    [
        ("en", "Stop offers and news by e-mail from Example Tea?"),
        ("hi-IN", "ऑफ़र और समाचार बंद करें"),
        ("ne_NP", "अफर र समाचार बन्द गर्नुहोस्"),
        ("be", "Спыніць прапановы"),
        ("de-AT", "Angebote und Neuigkeiten abbestellen"),
        ("fr", "Stop offers and news by e-mail from Example Tea?"),
    ],
)
def test_the_page_speaks_the_customers_language(
    client: TestClient, engine: Engine, locale: str, words: str
) -> None:
    with writing(engine) as connection:
        customer_id = customer(connection, email="x@example.com", locale=locale)
    page = client.get(link(customer_id)).text
    assert words in page
    assert f'<html lang="{locale[:2] if locale != "fr" else "en"}">' in page
    assert client.post(link(customer_id)).status_code == 200


def test_s10_every_bad_token_gets_the_same_answer(
    client: TestClient, engine: Engine, ada_id: int
) -> None:
    good = unsubscribe_token((SIGNING_KEY,), ada_id, "email")
    bad = {
        "nothing",
        "x" * 5000,
        good[:-1],
        good + "A",
        good.upper(),
        "é" + good[1:],
        unsubscribe_token(("a retired key",), ada_id, "email"),
        unsubscribe_token((SIGNING_KEY,), ada_id, "fax"),  # type: ignore[arg-type]
        *(good[:i] + ("A" if good[i] != "A" else "B") + good[i + 1 :] for i in range(len(good))),
        # Two bits of the last character mean nothing to base64, and something to us.
        *(good[:-1] + last for last in ascii_letters + digits if last != good[-1]),
    }
    pages = set()
    for token in bad:
        for method in ("GET", "POST"):
            answer = client.request(method, f"/u/{token}")
            assert answer.status_code == 404, token
            pages.add(answer.text)
    assert len(pages) == 1
    assert "link is invalid" in pages.pop()
    assert stopped_channels(engine) == set()


def test_c01_s10_links_of_before_a_rotation_of_keys_stay_good(
    sqlite_engine: Engine, settings: Settings
) -> None:
    """Keys are changed twice, then the first of the two is given up as leaked."""
    with writing(sqlite_engine) as connection:
        theirs = ada(connection)
    old = unsubscribe_token((SIGNING_KEY,), theirs, "email")
    rings = [(*keys, SIGNING_KEY) for keys in ((FIRST,), (SECOND, FIRST), (SECOND,))]
    tokens = [old, *(unsubscribe_token(keys, theirs, "email") for keys in rings)]
    statuses = []
    for keys in (f"{FIRST}", f"{SECOND}, {FIRST}", f"{SECOND}"):
        now = Settings(
            workspace=settings.workspace,
            secret_key=SIGNING_KEY,
            link_keys=keys,  # type: ignore[arg-type]
        )
        with TestClient(create_app(now, sqlite_engine, clock=lambda: NOW)) as client:
            statuses.append([client.get(f"/u/{token}").status_code for token in tokens])
        assert address_hash(now.signing_key, "x") == address_hash(SIGNING_KEY, "x")
    assert statuses == [[200, 200, 404, 404], [200, 200, 200, 200], [200, 404, 200, 200]]


def test_s10_a_token_is_good_for_its_own_page_alone() -> None:
    keys = (SIGNING_KEY,)
    makers = (unsubscribe_token, preferences_token)
    tokens = [*(make(keys, 1, "email") for make in makers), view_token(keys, "1-email")]
    readers = (read_unsubscribe, read_preferences, read_view)
    good = [[read(keys, token) is not None for token in tokens] for read in readers]
    assert good == [[True, False, False], [False, True, False], [False, False, True]]


@pytest.mark.parametrize(
    ("form", "said"),
    [
        (ONE_CLICK, {("email", "marketing")}),
        ({"scope": "everything"}, {("email", ""), ("sms", "")}),
    ],
)
def test_c01_a_word_without_an_address_is_kept_for_the_one_that_comes_later(
    client: TestClient, engine: Engine, form: dict[str, str], said: set[tuple[str, str]]
) -> None:
    """Nothing can be suppressed, but what the page calls done must be on record."""
    with writing(engine) as connection:
        theirs = customer(connection)
    for _ in range(2):
        assert client.post(link(theirs), data=form).status_code == 200
    with engine.connect() as connection:
        kept = connection.execute(select(Consent.channel, Consent.purpose, Consent.granted)).all()
    assert sorted(kept) == sorted((*what, False) for what in said)
    with writing(engine) as connection:
        connection.execute(update(Customer).values(email="ada@example.com", phone="+12025550111"))
    client.post(link(theirs), data=form)
    assert stopped_channels(engine) == {channel for channel, _ in said}


def test_the_link_of_somebody_erased_writes_nothing_about_them(
    client: TestClient, engine: Engine
) -> None:
    with writing(engine) as connection:
        theirs = customer(connection)
        note_erasure(connection, theirs, at=NOW)
    assert client.post(link(theirs), data=ONE_CLICK).status_code == 200
    assert count(engine, Consent) == 0


def test_the_link_of_nobody_still_answers(client: TestClient) -> None:
    assert client.get(link(987_654_321)).status_code == 200
    assert client.post(link(987_654_321)).status_code == 200


def test_s11_nothing_in_the_query_sends_the_customer_elsewhere(
    client: TestClient, ada_id: int
) -> None:
    answer = client.post(f"{link(ada_id)}?url=https://evil.example&next=//evil.example")
    assert answer.status_code == 200
    assert "evil.example" not in answer.text
    assert client.get("/c/1?url=https://evil.example").status_code == 404


def test_a_link_is_short_and_reads_back(settings: Settings) -> None:
    url = unsubscribe_url(settings, 1_234_567, "sms")
    assert len(url.rpartition("/")[2]) <= 40
    assert read_unsubscribe((SIGNING_KEY,), url.rpartition("/")[2]) == (1_234_567, "sms")
    choices = preferences_url(settings, 1_234_567, "sms", address_key="0a1b2c3d")
    token = choices.rpartition("/")[2]
    assert len(token) <= 50
    assert "~" not in token  # counts twice in an SMS
    assert read_preferences((SIGNING_KEY,), token) == (1_234_567, "sms", "0a1b2c3d")
