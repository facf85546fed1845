"""C01, C24, C25: what an SMS must say is found when a workspace is checked."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cases import cases, input_of, mentions, needs_cases
from sqlalchemy import Engine

from contacts.cadences.facts import Facts
from contacts.cadences.faults import Fault
from contacts.record.engine import reading, writing
from contacts.settings import Dlt, Settings
from contacts.workspace.abroad import customers_abroad
from contacts.workspace.check import examine, examine_file
from contacts.workspace.plannable import plannable
from tests.cast import NOW, customer
from tests.message_files import mail

CADENCE = """\
name: news
goal: to be tested
purpose: {purpose}
start: {{on: customer.added{where}}}
steps:
  - {{key: first, channel: sms, template: news, day: 0}}
"""
INDIA, NEPAL, BELARUS = "+919999900001", "+9779800000001", "+375440000001"
NUMBERS = {"Indian": INDIA, "Nepali": NEPAL, "Nepalese": NEPAL, "Belarusian": BELARUS}
STOP, LINK = " Reply STOP to opt out.", " No more SMS: {{ links.unsubscribe }}"
NAMED = "{{ business.name }}: tea is cheaper today."
Made = Callable[..., Settings]


@pytest.fixture
def made(settings: Settings) -> Made:
    """A workspace with one cadence and its one SMS."""

    def make(
        words: str, *, purpose: str = "marketing", where: str = "", **changes: Any
    ) -> Settings:
        condition = f', where: "{where}"' if where else ""
        write(settings, "cadences/news.yaml", CADENCE.format(purpose=purpose, where=condition))
        write(settings, "templates/sms/news/body.txt", words)
        return settings.model_copy(update=changes)

    return make


def write(settings: Settings, name: str, text: str) -> None:
    path = settings.workspace / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def on_record(engine: Engine, settings: Settings, *phones: str, **changes: Any) -> list[Facts]:
    """Who of these is looked at."""
    with writing(engine) as connection:
        for phone in phones:
            customer(connection, phone=phone, **changes)
    with reading(engine) as connection:
        return customers_abroad(connection, settings, NOW)


def told(faults: set[Fault]) -> list[str]:
    return [
        f"{Path(one.path).name}:{one.line}:{one.column}: {one.message}" for one in sorted(faults)
    ]


@pytest.mark.parametrize("words", [NAMED + STOP, NAMED + LINK, "Example tea: hello." + STOP])
def test_c01_a_marketing_sms_that_says_who_and_how_to_stop_is_sound(made: Made, words: str) -> None:
    business = made(words)
    assert told(examine(business).faults) == []
    assert len(plannable(business).cadences) == 1


@pytest.mark.parametrize(
    ("words", "wrong"),
    [(NAMED, "needs a way to opt out"), ("Tea is cheaper." + STOP, "must say who writes")],
)
def test_c01_a_marketing_sms_without_name_or_way_out_is_refused(
    made: Made, words: str, wrong: str
) -> None:
    business = made(words)
    (fault,) = told(examine(business).faults)
    assert fault.startswith("body.txt:1:1: a marketing SMS")
    assert wrong in fault
    assert plannable(business).cadences == []


def test_c01_an_sms_of_service_needs_neither(made: Made) -> None:
    business = made("Your tea is on its way.", purpose="service")
    assert examine(business).faults == set()
    assert len(plannable(business).cadences) == 1


def test_c01_every_language_of_a_marketing_sms_is_looked_at(made: Made) -> None:
    business = made(NAMED + STOP)
    write(business, "templates/sms/news/body.de.txt", "{{ business.name }}: Tee ist da.")
    (fault,) = told(examine(business).faults)
    assert fault.startswith("body.de.txt:1:1: a marketing SMS needs a way to opt out")


@pytest.mark.parametrize("sender", ["EXAMPLETEA", "Tea4You"])
def test_c25_a_sender_in_letters_cannot_be_answered(made: Made, sender: str) -> None:
    (fault,) = told(examine(made(NAMED + STOP, sms_sender=sender)).faults)
    assert f"nobody can answer the sender '{sender}'" in fault
    assert told(examine(made(NAMED + LINK, sms_sender=sender)).faults) == []


def test_a_sender_that_is_changed_has_messages_looked_at_again(made: Made) -> None:
    assert len(plannable(made(NAMED + STOP)).cadences) == 1
    assert plannable(made(NAMED + STOP, sms_sender="EXAMPLETEA")).cadences == []


@pytest.mark.parametrize("phone", [INDIA, NEPAL, BELARUS])
def test_c24_c25_reply_stop_to_a_customer_who_cannot_reply_is_told_at_its_place(
    made: Made, sqlite_engine: Engine, phone: str
) -> None:
    business = made("Your tea is here.\n" + STOP, purpose="service", dlt=Dlt(international=True))
    assert examine(business).faults == set()
    (fault,) = told(examine(business, on_record(sqlite_engine, business, phone)).faults)
    assert fault.startswith("body.txt:2:8: 'STOP' asks for a reply")


def test_c25_what_customers_there_do_not_get_is_no_fault(made: Made, sqlite_engine: Engine) -> None:
    there = on_record(sqlite_engine, made(""), NEPAL, country="NP")
    words = NAMED + "{% if customer.country not in ('IN', 'NP', 'BY') %}" + STOP
    both = words + "{% else %}" + LINK + "{% endif %}"
    assert examine(made(both), there).faults == set()
    for_others = made(NAMED + STOP, where="customer.country == 'US' and customer.tier == 'gold'")
    assert examine(for_others, there).faults == set()
    for_all = made(NAMED + STOP, where="customer.days_since_joined > 9")
    assert len(examine(for_all, there).faults) == 1


def test_c24_an_unregistered_text_is_told_with_what_differs(
    made: Made, sqlite_engine: Engine
) -> None:
    business = made(NAMED + LINK, dlt=Dlt(entity_id="1101000000000000001"))
    there = on_record(sqlite_engine, business, INDIA)
    (fault,) = told(examine(business, there).faults)
    assert "has no text registered for India (IN)" in fault
    register(business, "Example Tea: tea is cheap today. No more SMS: {#url#}")
    (fault,) = told(examine(business, there).faults)
    assert "it lacks 'Example Tea: tea is cheap today. No more SMS:'" in fault
    register(business, "Example Tea: tea is cheaper today. No more SMS: {#url#}")
    assert told(examine(business, there).faults) == []


def test_c24_a_business_in_india_hears_it_before_it_has_a_customer(made: Made) -> None:
    business = made(NAMED + LINK, default_country="IN")
    (fault,) = told(examine(business).faults)
    assert fault.startswith("touchline.toml:1:1: SMS to India (IN) need your DLT registration")
    (fault,) = told(examine(made(NAMED, default_country="IN", dlt=Dlt(international=True))).faults)
    assert "needs a link to opt out" in fault


def test_c24_a_register_that_names_no_message_is_told_at_its_line(made: Made) -> None:
    business = made(NAMED + LINK)
    register(business, "Tea", message="newz")
    (fault,) = told(examine(business).faults)
    assert fault.startswith("dlt.toml:2:7: there is no message 'newz'; did you mean 'news'?")


def register(settings: Settings, text: str, *, message: str = "news") -> None:
    row = f'[[texts]]\nid = "1107000000000000001"\nmessage = "{message}"\ntext = "{text}"\n'
    write(settings, "templates/sms/dlt.toml", row)


AUDIENCE = [case for case in cases("cadence_yaml") if "audience" in case.get("precondition", "")]


@needs_cases
@pytest.mark.parametrize("case", AUDIENCE, ids=lambda case: case["id"])
def test_c24_c25_a_collected_cadence_is_refused_for_its_audience(
    settings: Settings, sqlite_engine: Engine, case: dict[str, Any]
) -> None:
    said = case["precondition"]
    phones = [number for word, number in NUMBERS.items() if word in said]
    quoted = re.search(r'says only "(.+?)"', said)
    for name, text in mail("<p>Hello</p>", name="welcome").items():
        write(settings, f"templates/{name}", text)
    write(settings, "templates/sms/checkin/body.txt", quoted[1] if quoted else "All well?")
    cadence = input_of(case).replace("welcome.html", "welcome").replace("checkin.txt", "checkin")
    ours = "goal: first 30 days\npurpose: service\nstart: {on: customer.added}\n"
    write(settings, "cadences/welcome.yaml", cadence.replace("goal: first 30 days\n", ours))
    there = on_record(sqlite_engine, settings, *phones)
    file = settings.workspace / "cadences" / "welcome.yaml"
    assert examine_file(file, settings).faults == set()
    faults = examine_file(file, settings, there).faults
    assert any(mentions(fault.message, case) for fault in faults)
