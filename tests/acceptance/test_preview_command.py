"""`touchline preview` as an account owner uses it: the words for one real customer."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select, update
from typer.testing import CliRunner, Result

from contacts.cadences.wishes import Wishes
from contacts.record.consent.choices import keep_wishes
from contacts.record.consent.suppression import suppress
from contacts.record.customers.address_keys import address_hash
from contacts.record.engine import open_record, writing
from contacts.record.tables import Queued, Touch
from contacts.settings import load_settings
from flows.command_line import app
from flows.failure import NO, REFUSED, explain
from tests.cast import ada, agrees, customer, olive
from tests.sent import planned, sent

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
CADENCE = """\
name: onboarding
goal: first 30 days
purpose: marketing
start: {on: customer.added}
steps:
  - {key: hello, channel: email, template: hello, day: 0, otherwise: sms}
  - {key: call, channel: call, template: hello, day: 1}
"""
FILES = {
    "email/hello/subject.txt": "Hi {{ customer.first_name }}",
    "email/hello/body.html": '{% extends "email/_base/layout.html" %}{% block content %}'
    "<p>Hi {{ customer.first_name }} of {{ customer.company }}</p>{% endblock %}",
    "sms/hello/body.txt": "Добры дзень, {{ customer.first_name }}! " + "слова " * 12,
    "briefs/hello/title.txt": "Call {{ customer.first_name }}",
    "briefs/hello/body.txt": "On {{ customer.phone }}, about {{ cadence.goal }}",
}


@pytest.fixture
def here(
    workspace: Path, give_record: Callable[[Path], None], monkeypatch: pytest.MonkeyPatch
) -> Path:
    """Olive's workspace as the current folder, with one cadence, and Ada in its record."""
    for name, content in FILES.items():
        write(workspace / "templates" / name, content)
    write(workspace / "cadences" / "onboarding.yaml", CADENCE)
    give_record(workspace)
    engine = open_record(load_settings(workspace).url)
    with writing(engine) as connection:
        ada(connection, owner_id=olive(connection))
    engine.dispose()
    monkeypatch.chdir(workspace)
    return workspace


def write(path: Path, content: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, encoding="utf-8")


def preview(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["preview", *arguments])


def test_a_mail_is_shown_with_its_subject_and_words(here: Path) -> None:
    result = preview("onboarding", "hello", "--customer", "ada@example.com")
    assert result.exit_code == 0
    assert "To:       Ada Archer <ada@example.com>\nSubject:  Hi Ada\n" in result.output
    assert "Template: hello/en@" in result.output
    assert "Hi Ada of Archer & Co\n" in result.output
    assert "1 Example Street" in result.output


def test_a_preview_goes_the_way_that_the_step_would(here: Path) -> None:
    engine = open_record(load_settings(here).url)
    with writing(engine) as connection:
        dora = customer(connection, phone="+12025550199", first_name="Dora")
        agrees(connection, dora, "sms", at=LONG_AGO)
        eve = customer(connection, email="eve@example.com")
    engine.dispose()
    result = preview("onboarding", "hello", "--customer", str(dora))
    assert "To:       Dora <+12025550199>" in result.output
    assert "Not now" not in result.output
    by_mail = preview("onboarding", "hello", "--customer", str(dora), "--channel", "email")
    assert "no address" in by_mail.output
    neither = preview("onboarding", "hello", "--customer", str(eve))
    assert "\nSubject:  Hi" in neither.output, "as the step says it, where no way is open"


def test_c23_a_preview_says_what_keeps_the_message_from_leaving_now(here: Path) -> None:
    engine = open_record(load_settings(here).url)
    with writing(engine) as connection:
        dora = customer(connection, email="dora@example.com")
        agrees(connection, dora, "email", at=LONG_AGO, expires_at=LONG_AGO)
    engine.dispose()
    result = preview("onboarding", "hello", "--customer", "dora@example.com")
    assert "\nNot now:  the consent to this channel has expired\n" in result.output
    as_json = preview("onboarding", "hello", "--customer", "dora@example.com", "--json")
    assert json.loads(as_json.output)["held_back"] == "consent_expired"
    assert "Not now" not in preview("onboarding", "hello", "--customer", "1").output


def test_a_preview_says_what_the_customer_chose_against_it(here: Path) -> None:
    engine = open_record(load_settings(here).url)
    with writing(engine) as connection:
        dora = customer(connection, email="dora@example.com")
        agrees(connection, dora, "email", at=LONG_AGO)
        keep_wishes(connection, dora, Wishes(topics_off=frozenset({"news"})), now=LONG_AGO)
    engine.dispose()
    path = here / "cadences" / "onboarding.yaml"
    path.write_text(path.read_text("utf-8").replace("goal:", "topic: news\ngoal:", 1), "utf-8")
    result = preview("onboarding", "hello", "--customer", "dora@example.com")
    assert "\nNot now:  the customer wants nothing about this topic\n" in result.output


def test_a_preview_of_a_call_says_that_we_leave_the_customer_alone(here: Path) -> None:
    engine = open_record(load_settings(here).url)
    with writing(engine) as connection:
        customer(connection, email="dora@example.com", waived_until=date(2999, 1, 1))
    engine.dispose()
    path = here / "cadences" / "onboarding.yaml"
    path.write_text(path.read_text("utf-8").replace("marketing", "service"), "utf-8")
    alone = "\nNot now:  we leave the customer alone until a day, as was logged\n"
    for step, is_held in (("call", True), ("hello", False)):
        result = preview("onboarding", step, "--customer", "dora@example.com")
        assert (alone in result.output) == is_held


def test_a_preview_says_why_the_address_is_left_alone(here: Path) -> None:
    settings = load_settings(here)
    engine = open_record(settings.url)
    with writing(engine) as connection:
        dora = customer(connection, email="dora@example.com")
        hashed = address_hash(settings.signing_key, "dora@example.com")
        suppress(connection, address_hash=hashed, channel="email", reason="complained",
                 source="a list", at=LONG_AGO)  # fmt: skip
    engine.dispose()
    told = preview("onboarding", "hello", "--customer", str(dora))
    assert "\nNot now:  they called it spam\n" in told.output
    data = json.loads(preview("onboarding", "hello", "--customer", str(dora), "--json").output)
    assert (data["held_back"], data["left_alone"]) == ("suppressed", "complained")


def test_a_preview_says_which_cap_leaves_no_room_and_when_it_is_to_leave(here: Path) -> None:
    with (here / "touchline.toml").open("a", encoding="utf-8") as settings:
        days = 'days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]'
        settings.write(f'\n[caps]\nmonth = 1\n\n[window]\nholidays = "ignore"\n{days}\n')
    engine = open_record(load_settings(here).url)
    now = datetime.now(UTC)
    ready, until = (now + timedelta(days=2)).replace(hour=15), now + timedelta(days=4)
    with writing(engine) as connection:
        first = sent(connection, 1, channel="sms", step="tips", at=now)
        waits = planned(connection, 1, first.enrolment_id, step="hello")
        told = {"reason": "capped", "cap": "1/30/", "due_at": now, "not_after": until}
        connection.execute(update(Touch).where(Touch.id == waits).values(told))
        connection.execute(update(Queued).values(ready_at=ready))
    engine.dispose()
    result = preview("onboarding", "hello", "--customer", "1")
    cap = "1 message in 30 days is the most (cap)"
    assert f"\nNot now:  {cap}; there is room again on " in result.output
    at = ready.astimezone(ZoneInfo("America/New_York"))
    waits_until = f"{at:%a %d %b %Y %H:%M}, waits until {at.day} {at:%b}"
    assert f"\nPlanned:  {waits_until}: {cap}; given up after " in result.output
    said = json.loads(preview("onboarding", "hello", "--customer", "1", "--json").output)
    assert (said["held_back"], said["cap"]) == ("capped", "1/30/")
    assert (said["planned"]["reason"], said["planned"]["cap"]) == ("capped", "1/30/")
    assert said["planned"]["not_after"] == until.isoformat()


def test_the_customers_own_link_stays_out_of_a_preview(here: Path) -> None:
    result = preview("onboarding", "hello", "--customer", "1")
    assert "/u/preview" in result.output


def test_an_sms_is_shown_with_its_size_and_price(here: Path) -> None:
    result = preview("onboarding", "hello", "--customer", "1", "--channel", "sms")
    assert result.exit_code == 0
    assert "To:       Ada Archer <+12025550111>\n" in result.output
    assert "Size:     2 segments, 89 units of UCS-2: 2 x the price\n" in result.output


def test_c24_a_preview_says_that_a_text_is_not_registered_where_it_would_go(here: Path) -> None:
    engine = open_record(load_settings(here).url)
    with writing(engine) as connection:
        asha = customer(connection, email="asha@example.com", phone="+919999900001", country="IN")
        agrees(connection, asha, "sms", at=LONG_AGO)
    engine.dispose()
    write(here / "templates" / "sms/hello/body.txt", "Tea is here. {{ links.unsubscribe }}")
    asked = "onboarding", "hello", "--channel", "sms", "--customer"
    told = "\nNot now:  its text is not registered in India, and would be blocked there\n"
    assert told in preview(*asked, "asha@example.com").output
    assert "Not now" not in preview(*asked, "ada@example.com").output


def test_a_brief_is_shown_to_its_owner(here: Path) -> None:
    result = preview("onboarding", "call", "--customer", "1")
    assert "To:       Olive Owner\nTask:     Call Ada\n" in result.output
    assert "On +12025550111, about first 30 days\n" in result.output


def test_the_html_goes_to_a_file(here: Path) -> None:
    result = preview("onboarding", "hello", "--customer", "1", "--output", "mail.html")
    assert result.output == "mail.html: written.\n"
    html = (here / "mail.html").read_text(encoding="utf-8")
    assert html.startswith("<!DOCTYPE html>")
    assert "Hi Ada of Archer &amp; Co" in html


def test_the_text_goes_to_a_file(here: Path) -> None:
    preview("onboarding", "hello", "--customer", "1", "--channel", "sms", "--output", "sms.txt")
    assert (here / "sms.txt").read_text(encoding="utf-8").startswith("Добры дзень, Ada!")


def test_json_has_everything(here: Path) -> None:
    result = preview("onboarding", "hello", "--customer", "1", "--json")
    said = json.loads(result.output)
    assert (said["cadence"], said["step"], said["channel"]) == ("onboarding", "hello", "email")
    assert said["subject"] == "Hi Ada"
    assert {"text", "html", "template", "customer"} < said.keys()


def test_nothing_is_planned_or_sent(here: Path) -> None:
    preview("onboarding", "hello", "--customer", "1")
    engine = open_record(load_settings(here).url)
    with engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(Touch)) == 0
    engine.dispose()


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("onbording", "hello", "--customer", "1"), "did you mean 'onboarding'?"),
        (("onboarding", "helo", "--customer", "1"), "did you mean 'hello'?"),
        (("onboarding", "hello", "--customer", "nobody@example.com"), "nobody@example.com"),
        (("onboarding", "hello", "--customer", "99"), "99"),
        (
            ("onboarding", "hello", "--customer", "1", "--channel", "visit"),
            "step 'hello' goes by email or sms, not by visit",
        ),
        (("onboarding", "call", "--customer", "1", "--output", "x.html"), "ends in .txt"),
        (("onboarding", "hello", "--customer", "1", "--output", "x.pdf"), "ends in .html or .txt"),
    ],
)
def test_wrong_use_is_told_in_one_line(
    here: Path, arguments: tuple[str, ...], expected: str
) -> None:
    message = told(preview(*arguments), REFUSED)
    assert expected in message
    assert "\n" not in message


def test_a_message_that_fails_is_told_with_its_place(here: Path) -> None:
    write(here / "templates/sms/hello/body.txt", "\n{{ customer.attributes.plan }}")
    result = preview("onboarding", "hello", "--customer", "1", "--channel", "sms")
    assert told(result, NO).startswith(
        "templates/sms/hello/body.txt:2:4: customer.attributes.plan is not known"
    )


def test_every_fault_of_a_message_is_told_as_check_does(here: Path) -> None:
    write(here / "templates/sms/hello/body.txt", "{{ customer.nmae }}\n{{ owner.name|uper }}")
    result = preview("onboarding", "hello", "--customer", "1", "--channel", "sms")
    checked = CliRunner().invoke(app, ["check"]).output
    assert told(result, NO).splitlines() == checked.splitlines()
    assert [line.split(": ")[0] for line in checked.splitlines()] == [
        "templates/sms/hello/body.txt:1:4",
        "templates/sms/hello/body.txt:2:15",
    ]


def test_what_fails_for_this_customer_alone_is_told_in_the_same_form(here: Path) -> None:
    failing = "{{ 'x' if customer.first_name != 'Ada' else customer.phone + 1 }}"
    source = f"{failing} {{{{ business.name }}}} {{{{ links.unsubscribe }}}}"
    write(here / "templates/sms/hello/body.txt", source)
    assert CliRunner().invoke(app, ["check"]).exit_code == 0
    result = preview("onboarding", "hello", "--customer", "1", "--channel", "sms")
    assert told(result, NO).startswith("templates/sms/hello/body.txt:1:1: ")


def test_a_message_that_is_not_there_is_told_where_the_step_names_it(here: Path) -> None:
    write(here / "cadences/onboarding.yaml", CADENCE.replace("template: hello", "template: helo"))
    result = preview("onboarding", "call", "--customer", "1")
    assert "cadences/onboarding.yaml:7:42: step 'call': there is no call 'helo'; " in told(
        result, NO
    )


def test_a_fault_in_another_cadence_does_not_matter(here: Path) -> None:
    write(here / "cadences/broken.yaml", "name: broken\n")
    assert preview("onboarding", "hello", "--customer", "1").exit_code == 0
    assert "cadences/broken.yaml:1:1: " in told(preview("broken", "x", "--customer", "1"), NO)


def told(result: Result, exit_code: int) -> str:
    """What the command line would say of the error."""
    assert isinstance(result.exception, Exception)
    failure = explain(result.exception)
    assert failure is not None
    assert failure.exit_code == exit_code
    return failure.message
