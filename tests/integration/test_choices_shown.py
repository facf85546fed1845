"""The choices of a customer that stand, as their page shows them to whoever looks after them."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine

from contacts.listening.preferences import Wanted, save
from contacts.record.consent.choices import Came, Level
from contacts.record.consent.chosen import Choice, standing_choices
from contacts.record.customers.address_keys import address_hash, link_key
from contacts.record.engine import reading, writing
from contacts.settings import Settings, Topic
from contacts.web.board.person import look_up
from contacts.web.pages import Pages
from tests.cast import NOW, SIGNING_KEY, ada, cleo, customer

A_DAY = timedelta(days=1)
BY_MAIL = "preference page, by the link of an e-mail"


@pytest.fixture
def shop(settings: Settings) -> Settings:
    return settings.model_copy(update={"topics": {"product-news": Topic(title="New teas")}})


def chooses(engine: Engine, who: int, settings: Settings, *, day: int, **wanted: object) -> None:
    """On the customer's own page, by the link of a mail, so many days from now."""
    came = Came(who, "email", link_key(address_hash(SIGNING_KEY, "ada@example.com")))
    with writing(engine) as connection:
        save(connection, came, Wanted(**wanted), settings=settings, now=NOW + day * A_DAY)  # type: ignore[arg-type]


def standing(engine: Engine, who: int, settings: Settings, *, day: int = 9) -> dict[str, Choice]:
    then = NOW + day * A_DAY
    with reading(engine) as connection:
        found = standing_choices(connection, who, settings=settings, today=then.date(), now=then)
    return {one.about: one for one in found}


def test_each_choice_says_when_and_how_it_was_made(sqlite_engine: Engine, shop: Settings) -> None:
    with writing(sqlite_engine) as connection:
        who = ada(connection)
    off = {"product-news": False, "old-events": False}
    chooses(sqlite_engine, who, shop, day=1, topics=off, best_time="evening")
    chooses(sqlite_engine, who, shop, day=2, paused_until="2026-12-20", locale="de")
    chooses(sqlite_engine, who, shop, day=3, levels={"email": Level.SERVICE})
    found = standing(sqlite_engine, who, shop)
    assert found == {
        "email": Choice("email", "only what they bought", "preference page", NOW + 3 * A_DAY),
        "sms": Choice("sms", "everything", "signup form v3", NOW - timedelta(hours=1)),
        "topics": Choice("topics", "nothing about Old events, New teas", BY_MAIL, NOW + A_DAY),
        "pause": Choice("pause", "no marketing until 20 Dec 2026", BY_MAIL, NOW + 2 * A_DAY),
        "language": Choice("language", "de", BY_MAIL, NOW + 2 * A_DAY),
        "time": Choice("time", "evening, 17 to 21", BY_MAIL, NOW + A_DAY),
    }
    assert "pause" not in standing(sqlite_engine, who, shop, day=30)
    with reading(sqlite_engine) as connection:
        person = look_up(connection, who, settings=shop, now=NOW + 9 * A_DAY)
    assert person is not None
    page = Pages(shop).text("parts/about.html", person=person, who=person.profile, now=NOW)
    section = " ".join(page.partition("What they chose")[2].partition("</section>")[0].split())
    assert "<strong>Best time:</strong> evening, 17 to 21<br>" in section
    assert "German" in section
    assert f"{BY_MAIL}, Sun 22 Nov 2026" in section


def test_who_chose_nothing_has_no_choices(sqlite_engine: Engine, settings: Settings) -> None:
    with writing(sqlite_engine) as connection:
        bea = customer(connection, email="bea@example.com")
        cleo_id = cleo(connection)
    assert standing(sqlite_engine, bea, settings) == {}
    assert standing(sqlite_engine, cleo_id, settings)["email"].value == "nothing"
    with reading(sqlite_engine) as connection:
        person = look_up(connection, bea, settings=settings, now=NOW)
    assert person is not None
    page = Pages(settings).text("parts/about.html", person=person, who=person.profile, now=NOW)
    assert "What they chose" not in page
