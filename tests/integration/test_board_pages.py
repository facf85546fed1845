"""The cadences, the forecast and the proof on the board: what they count, and for whom."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, delete, update

from contacts.record.customers.proofs import Proof, keep_proof
from contacts.record.engine import writing
from contacts.record.orders.signal_moves import NewSignal, raise_signals
from contacts.record.tables import Customer, OwnerRow, Queued, Touch
from contacts.record.work.tasks import NewTask, open_tasks
from contacts.settings import Settings
from contacts.web.app import create_app
from contacts.web.board.plots import Amount, amounts_over_time, levels_of, stacks
from contacts.web.kept import KEPT_FOR, Kept
from tests.board import account, browser, signed_in
from tests.cast import NOW, ada, bob, olive
from tests.message_files import mail, templates_with
from tests.sent import CADENCE, enrolled, planned

DAY = timedelta(days=1)


@pytest.fixture
def client(engine: Engine, settings: Settings) -> Iterator[TestClient]:
    """Ada is Olive's and has tips ahead on Monday; Bob is nobody's, with nothing ahead."""
    folder = settings.workspace / "cadences"
    folder.mkdir()
    (folder / "onboarding.yaml").write_text(CADENCE, encoding="utf-8")
    (folder / "broken.yaml").write_text("name: broken\n", encoding="utf-8")
    writes_tips(settings, "Tips")
    with writing(engine) as connection:
        ada_id = ada(connection, owner_id=olive(connection))
        connection.execute(update(OwnerRow).values(timezone="Asia/Kolkata"))
        planned(connection, ada_id, enrolled(connection, ada_id))
        bob(connection)
    with browser(create_app(settings, engine, clock=lambda: NOW)) as there:
        yield there


@pytest.fixture
def engine(sqlite_engine: Engine) -> Engine:
    return sqlite_engine


def test_a_customers_days_are_those_of_their_calendar_on_every_page(
    client: TestClient, engine: Engine
) -> None:
    monday = datetime(2026, 11, 10, 3, 30, tzinfo=UTC)  # in New York still, where Ada is
    with writing(engine) as connection:
        there = {"timezone": "America/New_York", "created_at": monday - DAY}
        connection.execute(update(Customer).values(there | {"last_contact_at": None}))
        connection.execute(update(Customer).where(Customer.id == 1).values(last_contact_at=monday))
        late = NewSignal(1, "order.late", "2026-09-06", "Why", 0.9)
        raise_signals(connection, [late], since=NOW, now=NOW)
    book = client.get("/customers").text
    assert 'title="Mon 9 Nov 2026">11 days ago<' in book
    assert "not since they came on record, Sun 8 Nov 2026" in book
    her = client.get("/customers/1").text
    assert "Last contact: 11 days ago" in her
    assert "Mon 23 Nov 2026, 10:00 (America/New_York)</time> (in 3 days)" in her
    assert "On their clock (America/New_York)." in her
    day = client.get("/?whose=1").text
    assert "Mon 23 Nov 2026, 10:00</time> (America/New_York)" in day
    assert "Last contact 11 days ago" in day
    with writing(engine) as connection:
        connection.execute(update(OwnerRow).values(timezone="America/New_York"))
    at_home = client.get("/?whose=1").text
    assert at_home.count("(America/New_York)") == 1  # of the day itself


def test_a_cadence_is_shown_as_written_with_who_is_where(client: TestClient) -> None:
    listed = client.get("/cadences").text
    assert '<a href="/cadences/onboarding">Onboarding</a>' in listed
    assert "every new customer" in listed
    assert "broken.yaml" in listed
    page = client.get("/cadences/onboarding?step=tips").text
    assert "Ends early once they reply or they opt out." in page
    for words in ("On the first day", "On day 3", "first 30 days", "goal: first 30 days"):
        assert words in page.replace("First 30 days", "first 30 days"), words
    assert "1 is next" in page
    assert "the message “welcome”" in page
    assert "the message “tips”" not in page  # as the step is called
    assert "Ada Archer" in page
    assert "Ada Archer" not in client.get("/cadences/onboarding?step=hello").text
    for name in ("nobody", "%00"):
        assert client.get(f"/cadences/{name}").status_code == 404


def test_a_cadence_whose_file_is_gone_is_named_with_how_many_are_on_it(
    client: TestClient, settings: Settings
) -> None:
    assert "still under way" not in client.get("/cadences").text
    (settings.workspace / "cadences" / "onboarding.yaml").unlink()
    gone = "its file is gone (<code>cadences/onboarding.yaml</code>); 1 customer is still under way"
    assert f"<li>Onboarding: {gone}</li>" in client.get("/cadences").text
    row, page = cadence_row(client, "onboarding"), client.get("/cadences/onboarding?step=tips").text
    assert row == "Onboarding its file is gone first 30 days nobody now 2 1 0 0"
    assert "Its file is gone (<code>cadences/onboarding.yaml</code>)." in page
    assert "Ada Archer" in page


def test_a_cadence_whose_file_has_a_fault_stays_with_who_is_on_it(
    client: TestClient, engine: Engine, settings: Settings
) -> None:
    file = settings.workspace / "cadences" / "onboarding.yaml"
    row = cadence_row(client, "onboarding")
    assert row == "Onboarding first 30 days every new customer 2 1 0 0"
    file.write_text(CADENCE.replace("purpose: service", "purpose: servce"), encoding="utf-8")
    row = cadence_row(client, "onboarding")
    assert row == "Onboarding its file has a fault first 30 days nobody now 2 1 0 0"
    page = client.get("/cadences/onboarding?step=tips").text
    assert "(<code>cadences/onboarding.yaml</code>, line 3, column 10)" in page
    assert "Mend the file, and everybody goes on from where they are" in page
    assert "Ada Archer" in page
    assert "purpose: service" in page, "as it was for her"
    assert "nothing of it planned" not in page
    with writing(engine) as connection:
        enrolled(connection, 2)
        connection.execute(update(Touch).values(step_key="before-tips"))
    later = create_app(settings, engine, clock=lambda: NOW)
    with browser(later) as there:
        page = there.get("/cadences/onboarding?step=before-tips").text
    assert "1 customer on it has nothing of it planned, and waits for its file." in page
    assert "of another version of its file" in page
    assert "Ada Archer" in page


def test_a_cadence_with_a_fault_in_a_message_says_where(
    client: TestClient, settings: Settings
) -> None:
    writes_tips(settings, "Tips for {{ customer.first_nam }}")
    row = cadence_row(client, "onboarding")
    assert row == "Onboarding a message has a fault first 30 days nobody now 2 1 0 0"
    where = "templates/email/tips/body.html"
    assert f"({where}, line 3)</li>" in client.get("/cadences").text
    page = client.get("/cadences/onboarding?step=tips").text
    assert f"(<code>{where}</code>, line 3, column " in page
    assert "Mend the message, and everybody goes on from where they are" in page
    assert "Takes in every new customer" in page
    assert "Ada Archer" in page
    writes_tips(settings, "Better tips")
    row = cadence_row(client, "onboarding")
    assert row == "Onboarding first 30 days every new customer 2 1 0 0"


def writes_tips(settings: Settings, words: str) -> None:
    templates_with(settings.workspace / "templates", mail(words, name="tips"))


def test_a_cadence_that_nobody_can_read_has_its_faults_alone(client: TestClient) -> None:
    assert cadence_row(client, "broken") == "Broken its file has a fault nobody now not known 0 0 0"
    page = client.get("/cadences/broken").text
    assert "(<code>cadences/broken.yaml</code>, line 1, column 1)" in page
    assert "as it was for the last" not in page


def cadence_row(client: TestClient, name: str) -> str:
    """The words of a cadence's row of the list."""
    listed = client.get("/cadences").text
    rows = [row for row in listed.split("<tr>") if f'"/cadences/{name}"' in row]
    return " ".join(re.sub(r"<[^>]+>", " ", rows[0].partition("</tr>")[0]).split())


def test_the_forecast_has_each_day_drawn_and_in_a_table(client: TestClient) -> None:
    page = client.get("/forecast").text
    assert ">Mon 23 Nov 2026</a></th>" in page
    assert "<title>Mon 23 Nov: 1 e-mail</title>" in page
    assert '<a href="/cadences/onboarding">Onboarding</a>' in page
    drawn = re.findall(r'<svg class="(for-\w+)" viewBox="0 0 (\d+)', page)
    assert drawn == [("for-desk", "860"), ("for-phone", "310")]
    assert page.count('<text class="level" x="28" y="') == 4  # 0 and 1, each drawn twice
    assert "calendar (UTC)" in page
    assert "calendar (Asia/Kolkata)" in client.get("/forecast?whose=1").text


def test_a_day_of_the_forecast_names_who_is_meant(client: TestClient, engine: Engine) -> None:
    with writing(engine) as connection:
        call = planned(connection, 2, enrolled(connection, 2), step="call")
        connection.execute(delete(Queued).where(Queued.touch_id == call))
        waits = {"channel": "call", "state": "waiting"}
        connection.execute(update(Touch).where(Touch.id == call).values(waits))
        task = NewTask(2, "call", "Call Bob", NOW - DAY, touch_id=call)
        open_tasks(connection, [task], now=NOW)
    assert 'id="who"' not in client.get("/forecast").text
    (adas,) = who_is_meant(client, "/forecast?on=2026-11-23")
    assert adas == (
        "Ada Archer · Archer &amp; Co",
        "Mon 23 Nov 2026, 10:00 (America/New_York)",
        "E-mail: “tips” of Onboarding",
    )
    (bobs,) = who_is_meant(client, "/forecast?on=2026-11-20")  # what is late counts for it
    assert bobs[1:] == (
        "due since Thu 19 Nov 2026, 10:00 (America/New_York)",
        "Call: “call” of Onboarding",
    )
    assert who_is_meant(client, "/forecast?whose=1&on=2026-11-20") == []
    for day in ("2026-11-22", "2026-11-19", "2027-11-23", "monday"):
        assert who_is_meant(client, f"/forecast?on={day}") == []


def who_is_meant(client: TestClient, path: str) -> list[tuple[str, ...]]:
    listed = client.get(path).text.partition('id="who"')[2].replace("<br>", " · ")
    return [
        tuple(re.sub(r"<[^>]+>", "", cell).strip() for cell in re.findall("<td.*?</td>", row)[:3])
        for row in listed.split("<tr>")[2:]
    ]


def test_the_proof_names_who_has_nothing_and_who_has_no_owner(
    client: TestClient, engine: Engine
) -> None:
    page = client.get("/proof").text
    assert "Proven just now" in page
    assert page.index("Nothing is planned") < page.index("Bob Baker")
    assert "No cadence has taken them in" in page
    assert "Nobody owns them" in page
    assert "Ada Archer" not in page
    with writing(engine) as connection:
        for day in (2, 1):
            keep_proof(connection, Proof(NOW - day * DAY, 2, 1, 0, 0, 0, 1, 0, unowned=day - 1))
    drawn = client.get("/proof").text
    assert re.findall(r'<rect class="(\w+)"[^/]*<title>([^<]+)', drawn) == [
        ("uncovered", "Wed 18 Nov: 1 with nothing planned"),
        ("unowned", "Wed 18 Nov: 1 without an owner"),
        ("uncovered", "Thu 19 Nov: 1 with nothing planned"),
    ]
    kinds = re.findall(r"</svg>(\w[^<]+)</li>", drawn)
    assert kinds == ["With nothing planned", "Without an owner"]
    assert "Who has nothing planned and no owner either stands in both." in drawn


def test_the_kinds_of_exceptions_that_were_on_no_day_are_not_in_the_key(
    client: TestClient, engine: Engine
) -> None:
    with writing(engine) as connection:
        for day in (2, 1):
            keep_proof(connection, Proof(NOW - day * DAY, 2, 1, 0, 0, 0, 0, 0, unowned=day))
    page = client.get("/proof").text
    assert re.findall(r"</svg>(\w[^<]+)</li>", page) == ["Without an owner"]
    assert "stands in both" not in page


def test_days_without_an_exception_are_said_in_words_and_not_drawn(
    client: TestClient, engine: Engine
) -> None:
    assert "Exceptions, day by day" not in client.get("/proof").text
    with writing(engine) as connection:
        for day in (2, 1):
            keep_proof(connection, Proof(NOW - day * DAY, 2, 1, 0, 0, 0, 0, 0, unowned=0))
    page = client.get("/proof").text
    assert "None was left by the last sweep of any of 2 days, since Wed 18 Nov 2026." in page
    assert "<figure" not in page


def test_the_days_of_exceptions_are_those_of_the_business(
    engine: Engine, settings: Settings
) -> None:
    far_east = settings.model_copy(update={"default_timezone": "Pacific/Auckland"})
    with writing(engine) as connection:
        for day in (2, 1):
            keep_proof(connection, Proof(NOW - day * DAY, 2, 1, 0, 0, 0, 1, 0, unowned=0))
    with browser(create_app(far_east, engine, clock=lambda: NOW)) as there:
        page = there.get("/proof").text
    assert "<title>Thu 19 Nov: 1 with nothing planned</title>" in page
    assert "<td>Thu 19 Nov 2026</td>" in page
    assert "<td>Fri 20 Nov 2026</td>" in page


def test_an_owner_is_told_of_their_own_alone(client: TestClient, engine: Engine) -> None:
    with writing(engine) as connection:
        account(connection, "olive@example.com", "owner")
        account(connection, "nell@example.com", "owner")
    olives, nells = (signed_in(client.app, engine, number) for number in (1, 2))  # type: ignore[arg-type]  # the app
    assert "No exceptions" in olives.get("/proof").text
    assert "Bob" not in olives.get("/proof").text
    assert "1 is next" in olives.get("/cadences/onboarding").text
    assert "1 is next" not in nells.get("/cadences/onboarding").text
    assert "Ada" not in nells.get("/cadences/onboarding?step=tips").text
    assert "Mon 23 Nov" in olives.get("/forecast").text
    assert "Nothing is planned" in nells.get("/forecast?whose=1").text
    on = "/forecast?whose=all&on=2026-11-23"
    assert [one[0] for one in who_is_meant(olives, on)] == ["Ada Archer · Archer &amp; Co"]
    assert who_is_meant(nells, on) == []


def test_counts_are_kept_for_some_minutes() -> None:
    now = [NOW]
    kept, made = Kept(lambda: now[0]), iter(range(9))
    assert kept.get("x", lambda: next(made)) == (0, NOW)
    now[0] += KEPT_FOR - timedelta(seconds=1)
    assert kept.get("x", lambda: next(made)) == (0, NOW)
    assert kept.get("y", lambda: next(made)) == (1, now[0])
    now[0] += timedelta(seconds=1)
    assert kept.get("x", lambda: next(made)) == (2, now[0])


def test_a_plot_of_orders_stands_within_its_frame() -> None:
    first = (NOW - 100 * DAY).date()
    amounts = [Amount(first, 50, "a"), Amount(NOW.date(), -10, "b", "in")]
    plot = amounts_over_time(amounts, until=NOW.date(), width=600, height=100)
    assert plot is not None
    for bar in plot.bars:
        assert 0 <= bar.x <= bar.x + bar.width <= 600
        assert 0 <= bar.y <= bar.y + bar.height <= 100
    up, down = plot.bars
    assert up.y + up.height == pytest.approx(plot.base, abs=0.2)
    assert down.y == pytest.approx(plot.base, abs=0.2)
    assert [mark.words for mark in plot.marks] == ["Sep", "Oct", "Nov"]
    assert amounts_over_time([], until=NOW.date(), width=1, height=1) is None


def test_a_column_of_a_day_is_as_high_as_its_parts() -> None:
    days = [NOW.date(), (NOW + DAY).date()]
    plot = stacks(days, [("email", [3, 0]), ("sms", [1, 2])], width=100, height=48)
    assert [(bar.kind, bar.height) for bar in plot.bars] == [
        ("email", 30), ("sms", 10), ("sms", 20),
    ]  # fmt: skip
    assert plot.bars[1].y + 10 == plot.bars[0].y
    beside = stacks(days, [("email", [3, 0])], width=100, height=48, left=30)
    assert [(level.words, level.y) for level in beside.levels] == [
        ("0", 44), ("1", 30.7), ("2", 17.3), ("3", 4),
    ]  # fmt: skip
    assert min(bar.x for bar in beside.bars) > 30


@pytest.mark.parametrize(
    ("most", "levels"),
    [(0, [0, 1]), (1, [0, 1]), (4, [0, 1, 2, 3, 4]), (5, [0, 2, 4, 6]), (21, [0, 10, 20, 30]),
     (90, [0, 50, 100]), (100_000, [0, 50_000, 100_000])],
)  # fmt: skip
def test_the_values_of_an_axis_are_round_and_few(most: int, levels: list[int]) -> None:
    assert levels_of(most) == levels


def test_whose_book_is_empty_is_told_why(client: TestClient, engine: Engine) -> None:
    with writing(engine) as connection:
        account(connection, "admin@example.com", "admin")
        account(connection, "nell@example.com", "owner")
        account(connection, "olive@example.com", "owner")
        connection.execute(update(Customer).values(owner_id=None))
    admins, nells, olives = (
        signed_in(client.app, engine, number).get("/customers").text  # type: ignore[arg-type]  # the app
        for number in (1, 2, 3)
    )
    assert "2 in the book" in admins
    assert "no owner has your e-mail address" in nells
    assert "Your book is empty" in olives
    nells_day = signed_in(client.app, engine, 2).get("/").text  # type: ignore[arg-type]  # the app
    assert "<h1>Your day</h1>" in nells_day
    assert "touchline import" not in nells + olives
