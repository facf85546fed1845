"""The customer's own page: looking changes nothing, saving keeps what was changed and no more."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from httpx import Response
from sqlalchemy import Engine, insert, select, update
from sqlalchemy.exc import OperationalError

from contacts.care.cover import cover_of
from contacts.channels.links import LinkChannel, preferences_token, unsubscribe_token
from contacts.listening.preferences import Wanted, save
from contacts.record.consent.choices import Came, Level
from contacts.record.consent.suppression import suppressed
from contacts.record.customers.address_keys import address_hash, link_key
from contacts.record.customers.erasures import note_erasure
from contacts.record.engine import reading, writing
from contacts.record.imports import import_customers
from contacts.record.locks import share_customers
from contacts.record.tables import Consent, Customer, Event, Suppression
from contacts.record.timeline import timeline
from contacts.settings import Settings
from contacts.web.app import create_app
from tests.cast import NOW, SIGNING_KEY, ada, cleo, customer
from tests.sent import enrolled, planned, state_of

KEYS = (SIGNING_KEY,)
AGREED = (
    "I agree to get offers and news from Example Tea. I can stop them at any time. "
    "(preference page, en, 1)"
)
CADENCE = """\
name: news
goal: what is new
purpose: marketing
topic: product-news
start: {on: customer.added}
steps:
  - {key: hello, channel: email, template: welcome, day: 0}
"""
TOPICS = {"product-news": {"title": {"en": "New teas", "de": "Neue Tees"}}, "events": {}}


@pytest.fixture
def client(sqlite_engine: Engine, settings: Settings) -> Iterator[TestClient]:
    (settings.workspace / "cadences").mkdir()
    (settings.workspace / "cadences" / "news.yaml").write_text(CADENCE, encoding="utf-8")
    with_topics = Settings(
        workspace=settings.workspace,
        secret_key=SIGNING_KEY,  # type: ignore[arg-type]
        business_name="Example Tea",
        topics=TOPICS,  # type: ignore[arg-type]
    )
    app = create_app(with_topics, sqlite_engine, clock=lambda: NOW)
    with TestClient(app, base_url="https://touch.example.com", follow_redirects=False) as client:
        yield client


def link(customer_id: int, channel: LinkChannel = "email", to: str = "ada@example.com") -> str:
    """As a message to this address has it."""
    key = link_key(address_hash(SIGNING_KEY, to))
    return f"/p/{preferences_token(KEYS, customer_id, channel, key)}"


def saved(client: TestClient, to: int | str, **form: Any) -> Response:
    """What a customer gets, or who follows a link, that saves this form."""
    answer = client.post(link(to) if isinstance(to, int) else to, data={"agree": AGREED, **form})
    assert answer.status_code == 200
    return answer


def stopped(engine: Engine) -> set[tuple[str, str]]:
    """Channel and scope."""
    addresses = ("ada@example.com", "+12025550111", "cleo@example.com", "+12025550133")
    with reading(engine) as connection:
        found = suppressed(connection, [address_hash(SIGNING_KEY, one) for one in addresses])
    return {(channel, scope) for (_, channel), scope in found.items()}


def row_of(engine: Engine, customer_id: int) -> Any:
    with reading(engine) as connection:
        return connection.execute(select(Customer).where(Customer.id == customer_id)).one()


def last_yes(engine: Engine) -> Any:
    """The row of consent."""
    given = select(Consent).where(Consent.granted).order_by(Consent.id.desc())
    with reading(engine) as connection:
        return connection.execute(given).first()


@pytest.fixture
def ada_id(sqlite_engine: Engine) -> int:
    with writing(sqlite_engine) as connection:
        return ada(connection)


def test_looking_at_the_preferences_changes_nothing(
    client: TestClient, sqlite_engine: Engine, ada_id: int
) -> None:
    before = row_of(sqlite_engine, ada_id)
    for method in ("GET", "HEAD"):
        assert client.request(method, link(ada_id)).status_code == 200
    assert row_of(sqlite_engine, ada_id) == before
    with reading(sqlite_engine) as connection:
        assert connection.execute(select(Event)).all() == []


def test_s21_the_page_hides_the_address_and_sets_no_cookie(client: TestClient, ada_id: int) -> None:
    answer = client.get(link(ada_id))
    assert "a•••@example.com" in answer.text
    assert "ada@example.com" not in answer.text
    assert "12025550111" not in answer.text
    assert "<script" not in answer.text
    assert "set-cookie" not in answer.headers
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cache-control"] == "no-store"
    assert f"/u/{unsubscribe_token(KEYS, ada_id, 'email')}" in answer.text


def test_wishes_are_kept_told_back_and_on_the_timeline(
    client: TestClient, sqlite_engine: Engine, ada_id: int
) -> None:
    form = {"offered": ["product-news", "events"], "was_topic": ["product-news", "events"],
            "topic": ["events"], "was_pause": "none", "pause": "month", "was_language": "en",
            "language": "de", "was_time": "any", "time": "evening"}  # fmt: skip
    page = saved(client, ada_id, **form).text
    assert '<html lang="de"' in page  # the language that was chosen
    for told in ("Nichts mehr über: Neue Tees.", "bis zum 20. Dezember 2026", "auf Deutsch"):
        assert told in page
    kept = row_of(sqlite_engine, ada_id)
    assert kept.locale == "de"
    assert kept.wishes == {
        "topics_off": ["product-news"],
        "paused_until": "2026-12-20",
        "best_time": "evening",
        "locale": "de",
    }
    with reading(sqlite_engine) as connection:
        entries = timeline(connection, ada_id, now=NOW)
    (told,) = (one for one in entries if one.kind == "preferred")
    assert told.title == "Changed preferences, by the link of an e-mail"
    assert told.detail == (
        "no more about New teas; no marketing until 2026-12-20; language de; best time: evening"
    )
    saved(client, ada_id, **form)  # pressed twice
    with reading(sqlite_engine) as connection:
        assert len(connection.execute(select(Event)).all()) == 1
    assert "Weiter Pause bis zum 20. Dezember 2026" in client.get(link(ada_id)).text
    saved(client, ada_id, was_pause="keep", pause="none", was_time="evening", time="any")
    assert row_of(sqlite_engine, ada_id).wishes == {"topics_off": ["product-news"], "locale": "de"}


def test_who_ends_a_pause_and_with_it_a_waiver_is_seen_to_at_once(
    client: TestClient, sqlite_engine: Engine, ada_id: int
) -> None:
    saved(client, ada_id, was_pause="none", pause="month")
    with writing(sqlite_engine) as connection:
        long_ago = NOW - timedelta(days=365)
        waived = {"waived_until": NOW.date(), "waiver": "Away", "last_contact_at": long_ago}
        connection.execute(update(Customer).values(waived))
    saved(client, ada_id, was_pause="keep", pause="none")
    assert row_of(sqlite_engine, ada_id).waived_until is None
    with reading(sqlite_engine) as connection:
        covers = connection.execute(select(cover_of(NOW)).select_from(Customer)).scalars().all()
    assert covers == ["task"]


def test_c18_what_is_stopped_here_is_given_back_here_with_proof_of_it(
    client: TestClient, sqlite_engine: Engine, ada_id: int
) -> None:
    with writing(sqlite_engine) as connection:
        news = enrolled(connection, ada_id, name="news", purpose="marketing")
        waiting = planned(connection, ada_id, news)
    page = saved(client, ada_id, was_email="everything", email="service").text
    assert "E-mail: Only what concerns what I bought." in page
    assert stopped(sqlite_engine) == {("email", "marketing")}
    assert state_of(sqlite_engine, waiting) == "skipped"
    saved(client, ada_id, was_email="service", email="nothing", was_sms="everything", sms="nothing")
    assert stopped(sqlite_engine) == {("email", "all"), ("sms", "all")}
    saved(client, ada_id, was_email="nothing", email="service")
    service = last_yes(sqlite_engine)
    assert (service.purpose, service.wording.partition(" (")[0]) == (
        "service", "Only what concerns what I bought",
    )  # fmt: skip
    assert stopped(sqlite_engine) == {("email", "marketing"), ("sms", "all")}
    saved(client, ada_id, was_email="service", email="everything")
    assert stopped(sqlite_engine) == {("sms", "all")}
    last = last_yes(sqlite_engine)
    assert (last.channel, last.purpose, last.kind) == ("email", "", "express")
    assert last.source == "preference page"
    assert last.wording == AGREED


def test_c18_who_takes_more_has_read_the_words_that_are_kept_as_proof(
    client: TestClient, sqlite_engine: Engine, ada_id: int
) -> None:
    """The form lay open, and since then she is written to in German."""
    assert f'name="agree" value="{AGREED}"' in client.get(link(ada_id)).text
    saved(client, ada_id, was_email="everything", email="nothing")
    saved(client, ada_id, was_language="en", language="de")
    form = {"was_email": "nothing", "email": "everything", "was_sms": "everything",
            "sms": "service", "agree": AGREED}  # fmt: skip
    anew = client.post(link(ada_id), data=form)
    assert anew.status_code == 409
    assert "Bitte lesen Sie sie" in anew.text
    assert stopped(sqlite_engine) == {("email", "all"), ("sms", "marketing")}
    (words,) = re.findall('name="agree" value="(.*)"', anew.text)
    saved(client, ada_id, was_email="nothing", email="everything", agree=words)
    assert last_yes(sqlite_engine).wording == words
    assert "(preference page, de, 1)" in words


@pytest.mark.parametrize(
    ("reason", "source", "words"),
    [
        ("bounced", "sendgrid bounced", "came back"),
        ("complained", "spam complaint", "spam"),
        ("opt_out", "SendGrid's unsubscribe", "or write to us"),
    ],
)
def test_a_link_lifts_no_more_than_its_holder_said_by_mail(
    client: TestClient, sqlite_engine: Engine, ada_id: int, reason: str, source: str, words: str
) -> None:
    with writing(sqlite_engine) as connection:
        connection.execute(
            insert(Suppression).values(
                address_hash=address_hash(SIGNING_KEY, "ada@example.com"),
                channel="email",
                reason=reason,
                source=source,
                at=NOW - timedelta(days=1),
            )
        )
    assert words in client.get(link(ada_id)).text
    saved(client, ada_id, was_email="nothing", email="everything")
    assert stopped(sqlite_engine) == {("email", "all")}


def test_a_link_of_a_mail_starts_no_sms_and_a_stop_by_sms_stays(
    client: TestClient, sqlite_engine: Engine
) -> None:
    """Whoever the mail was passed on to must not sign up the phone."""
    with writing(sqlite_engine) as connection:
        theirs = cleo(connection)  # never agreed to SMS
    by_mail, text = link(theirs, to="cleo@example.com"), "+12025550133"
    saved(client, by_mail, was_sms="nothing", sms="everything")
    with reading(sqlite_engine) as connection:
        assert "sms" not in connection.execute(select(Consent.channel)).scalars().all()
    with writing(sqlite_engine) as connection:
        connection.execute(
            insert(Suppression).values(
                address_hash=address_hash(SIGNING_KEY, text), channel="sms", reason="opt_out",
                source="SMS reply", at=NOW - timedelta(days=1),
            )
        )  # fmt: skip
    assert "Send START" in client.get(link(theirs, "sms", text)).text
    saved(client, link(theirs, "sms", text), was_sms="nothing", sms="everything")
    assert ("sms", "all") in stopped(sqlite_engine)


@pytest.mark.parametrize(
    "old", [link(1, "sms", "+12025550199"), f"/p/{preferences_token(KEYS, 1, 'sms')}"],
    ids=["to another number", "of before it told"],
)  # fmt: skip
def test_c18_a_link_to_an_address_that_is_theirs_no_more_gives_nothing_back(
    client: TestClient, sqlite_engine: Engine, ada_id: int, old: str
) -> None:
    """Whose old number belongs to somebody else now has links there that never expire."""
    assert ada_id == 1
    here = link(1, "sms", "+12025550111")
    saved(client, here, was_sms="everything", sms="nothing", was_pause="none", pause="month",
          offered="events", was_topic="events")  # fmt: skip
    page = client.get(old).text
    assert "use the link in a message" in page
    assert 'value="events"' not in page
    assert 'value="none"' not in page
    saved(client, old, was_sms="nothing", sms="everything", was_pause="keep", pause="none",
          offered=["events", "product-news"], was_topic="product-news", topic="events")  # fmt: skip
    assert stopped(sqlite_engine) == {("sms", "all")}
    assert row_of(sqlite_engine, 1).wishes == {
        "topics_off": ["events", "product-news"], "paused_until": "2026-12-20",
    }  # fmt: skip
    saved(client, old, was_email="everything", email="nothing")
    assert stopped(sqlite_engine) == {("sms", "all"), ("email", "all")}
    saved(client, here, was_sms="nothing", sms="everything")
    assert stopped(sqlite_engine) == {("email", "all")}


def test_a_page_that_lay_open_takes_back_nothing_that_was_said_since(
    client: TestClient, sqlite_engine: Engine, ada_id: int
) -> None:
    client.post(f"/u/{unsubscribe_token(KEYS, ada_id, 'email')}")
    page = saved(
        client, ada_id, was_email="everything", email="everything", was_time="any", time="morning"
    )
    assert "E-mail" not in page.text.partition("</h1>")[2]
    assert stopped(sqlite_engine) == {("email", "marketing")}
    assert row_of(sqlite_engine, ada_id).wishes == {"best_time": "morning"}


def test_what_the_page_did_not_offer_is_not_heard(
    client: TestClient, sqlite_engine: Engine, ada_id: int
) -> None:
    page = saved(
        client, ada_id, offered=["secrets"], was_topic=["secrets"], pause="for ever",
        language="xx", time="night", email="twice", files="no",
    )  # fmt: skip
    assert "Nothing was changed." in page.text
    assert row_of(sqlite_engine, ada_id).wishes is None


def test_what_somebody_gives_back_waits_for_a_gate_that_holds_them(
    postgresql_engine: Engine, settings: Settings
) -> None:
    with writing(postgresql_engine) as connection:
        theirs = customer(connection, email="ada@example.com")
    came = Came(theirs, "email", link_key(address_hash(SIGNING_KEY, "ada@example.com")))
    yes = Wanted({"email": Level.EVERYTHING})
    with postgresql_engine.begin() as gate, postgresql_engine.connect() as page:
        share_customers(gate, [theirs])
        page.exec_driver_sql("SET lock_timeout = '1ms'")
        with pytest.raises(OperationalError, match="lock timeout"):
            save(page, came, yes, settings=settings, now=NOW)
    with writing(postgresql_engine) as connection:
        done = save(connection, came, yes, settings=settings, now=NOW)
    assert done is not None
    assert done.now.channels["email"].level is Level.EVERYTHING


@pytest.mark.parametrize(
    ("asks_twice", "kinds"), [(True, ["double", "express"]), (False, ["express", "express"])]
)
def test_c17_a_yes_behind_a_link_to_this_very_address_is_a_confirmed_one(
    sqlite_engine: Engine, settings: Settings, asks_twice: bool, kinds: list[str]
) -> None:
    theirs = {"email": "ada@example.com", "sms": "+12025550111"}
    asking = settings.model_copy(update={"double_opt_in": asks_twice})
    with writing(sqlite_engine) as connection:
        ada_id = customer(connection, email=theirs["email"], phone=theirs["sms"])
        for channel, address in theirs.items():
            came = Came(ada_id, channel, link_key(address_hash(SIGNING_KEY, address)))
            wanted = Wanted({channel: Level.EVERYTHING}, agreed={Level.EVERYTHING: AGREED})
            save(connection, came, wanted, settings=asking, now=NOW)
        given = connection.execute(select(Consent).order_by(Consent.id)).all()
    assert [row.kind for row in given] == kinds
    assert {row.wording for row in given} == {AGREED}
    assert all("by the link of a message to it" in row.evidence for row in given)


def test_the_page_is_in_the_language_of_the_customer(
    client: TestClient, sqlite_engine: Engine
) -> None:
    for locale, spoken in {
        "hi-IN": "hi",
        "ne": "ne",
        "be_BY": "be",
        "de": "de",
        "fr": "en",
    }.items():
        with writing(sqlite_engine) as connection:
            theirs = customer(connection, email=f"{spoken}@example.com", locale=locale)
        here = link(theirs, to=f"{spoken}@example.com")
        pages = [client.get(here), saved(client, here, was_time="any", time="midday")]
        for page in pages:
            assert f'<html lang="{spoken}">' in page.text
            assert "{" not in page.text.partition("<body>")[2]


def test_s10_every_bad_link_to_preferences_gets_the_same_answer(
    client: TestClient, sqlite_engine: Engine, ada_id: int
) -> None:
    with writing(sqlite_engine) as connection:
        erased = customer(connection)
        note_erasure(connection, erased, at=NOW)
    good = preferences_token(KEYS, ada_id, "email")
    bad = (
        "nothing", good[:-1], unsubscribe_token(KEYS, ada_id, "email"),
        preferences_token(("another key",), ada_id, "email"),
        preferences_token(KEYS, 4711, "email"), preferences_token(KEYS, erased, "email"),
    )  # fmt: skip
    answers = [client.request(how, f"/p/{token}") for token in bad for how in ("GET", "POST")]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.text for answer in answers}) == 1
    assert "link is invalid" in answers[0].text


def test_an_import_keeps_the_language_that_the_customer_chose(
    client: TestClient, sqlite_engine: Engine, settings: Settings, ada_id: int
) -> None:
    saved(client, ada_id, was_language="en", language="de")
    path = settings.workspace / "customers.csv"
    path.write_text("email,locale,company\nada@example.com,en-GB,New Co\n", encoding="utf-8")
    import_customers(sqlite_engine, path, settings=settings, now=NOW)
    kept = row_of(sqlite_engine, ada_id)
    assert (kept.locale, kept.company) == ("de", "New Co")
