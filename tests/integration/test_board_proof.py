"""The proof on the board: true at every moment, with remedies that an owner can use."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, insert, select, update

from contacts.cadences.outcomes import Outcome
from contacts.record.customers.proofs import Proof, keep_proof
from contacts.record.engine import reading, writing
from contacts.record.orders.signal_moves import NewSignal, raise_signals
from contacts.record.tables import Customer, OwnerRow, Task
from contacts.record.work.tasks import NewTask, open_tasks
from contacts.settings import Owner, Settings
from contacts.web.app import create_app
from contacts.web.board.proven import FEW
from tests.board import account, browser, form_token, signed_in
from tests.cast import NOW, ada, bob, customer, olive
from tests.world import world

DAY = timedelta(days=1)
CALLS = "  - {key: call, channel: call, template: welcome, day: 0, wait: true}\n"


@pytest.fixture
def client(sqlite_engine: Engine, settings: Settings) -> Iterator[TestClient]:
    """A person on this machine; Ada is Olive's, Bob is Otto's, and nothing is planned for them."""
    with writing(sqlite_engine) as connection:
        ada(connection, owner_id=olive(connection))
        connection.execute(insert(OwnerRow).values(email="otto@example.com", name="Otto Other"))
        bob(connection, owner_id=2)
    otto = Owner(email="otto@example.com", name="Otto Other")
    both = settings.model_copy(update={"owners": [*settings.owners, otto]})
    with browser(create_app(both, sqlite_engine, clock=lambda: NOW)) as there:
        yield there


def owner(client: TestClient, engine: Engine) -> TestClient:
    """Olive's browser."""
    with writing(engine) as connection:
        number = account(connection, "olive@example.com", "owner")
    return signed_in(client.app, engine, number)  # type: ignore[arg-type]  # the app


def asked_for(engine: Engine) -> list[int]:
    with reading(engine) as connection:
        open_ones = select(Task.customer_id).where(Task.state == "open")
        return sorted(connection.execute(open_ones).scalars())


def in_words(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page.partition("<main")[2]).split())


def test_an_exception_is_told_in_words_for_owners_with_what_happens_by_itself(
    client: TestClient,
) -> None:
    page = in_words(client.get("/proof").text)
    assert "No cadence has taken them in." in page
    # The settings' day is that of UTC, and 15:00 is past this night's.
    assert (
        "By itself on Sat 21 Nov 2026 at 05:30 (UTC): a cadence takes them in if it may, else"
        in page
    )
    assert "touchline" not in page
    day = in_words(client.get("/").text)
    assert "Ada Archer nothing planned No cadence has taken them in." in day


def test_a_button_does_at_once_what_the_night_would_do(
    client: TestClient, sqlite_engine: Engine
) -> None:
    token = form_token(client.get("/").text)
    pressed = client.post("/proof/in-hand", data={"form": token, "back": "/?whose=all"})
    assert pressed.headers["location"] == "/?whose=all&done=in-hand"
    assert asked_for(sqlite_engine) == [1, 2]
    assert "No exceptions" in client.get("/proof").text
    again = client.post("/proof/in-hand", data={"form": token, "back": "/proof"})
    assert again.headers["location"] == "/proof?done=in-hand"
    assert asked_for(sqlite_engine) == [1, 2]


def test_who_cannot_be_taken_in_hand_is_said_to_be_left(
    client: TestClient, sqlite_engine: Engine
) -> None:
    with writing(sqlite_engine) as connection:
        connection.execute(update(Customer).where(Customer.id == 2).values(timezone="Mars/Hut"))
    token = form_token(client.get("/proof").text)
    pressed = client.post("/proof/in-hand", data={"form": token, "back": "/proof"})
    assert pressed.headers["location"] == "/proof?done=not-in-hand"
    page = client.get("/proof").text
    assert "Their time zone has to be put right" in page
    assert "in hand now" not in page


def test_s13_an_owner_is_proven_their_own_first_and_mends_their_own_alone(
    client: TestClient, sqlite_engine: Engine
) -> None:
    olives = owner(client, sqlite_engine)
    page = in_words(olives.get("/proof").text)
    assert "Proven just now. In the whole business" in page
    assert "Your customers 1 active 0 have a touch ahead" in page
    assert "In the whole business 0 of 2 active customers are in hand" in page
    assert "Ada Archer" in page
    assert "Bob" not in page
    assert 'Proof <span class="count">1' in olives.get("/").text
    token = form_token(olives.get("/proof").text)
    assert olives.post("/proof/in-hand", data={"form": token}).status_code == 303
    assert asked_for(sqlite_engine) == [1]
    assert "Each of your 1 active customers is in hand" in in_words(olives.get("/proof").text)


def test_of_very_many_the_last_proof_is_told_and_before_it_when_it_comes(
    client: TestClient, sqlite_engine: Engine
) -> None:
    with writing(sqlite_engine) as connection:
        row = dict(connection.execute(select(Customer).where(Customer.id == 2)).one()._mapping)
        for name in ("id", "email_key", "email"):
            del row[name]
        others = [{**row, "phone": None, "owner_id": 2} for _ in range(FEW)]
        connection.execute(insert(Customer), others)
    assert "proven by Sat 21 Nov 2026, 05:30" in in_words(client.get("/").text)
    assert "next on Sat 21 Nov 2026 at 05:30 (UTC)" in in_words(client.get("/proof").text)
    assert "2,002 nothing" in in_words(client.get("/proof?now=1").text)
    with writing(sqlite_engine) as connection:
        keep_proof(connection, Proof(NOW - DAY, 12, 8, 1, 1, 0, uncovered=2, stale=1, unowned=1))
    day = in_words(client.get("/").text)
    assert "3 customers are exceptions 10 of 12 active customers are in hand. Proven 1 day" in day


def test_the_title_is_what_was_found_and_counts_each_customer_once(
    client: TestClient, sqlite_engine: Engine
) -> None:
    assert "<h1>2 customers are exceptions</h1>" in client.get("/proof").text
    with writing(sqlite_engine) as connection:
        connection.execute(update(Customer).where(Customer.id == 1).values(active=False))
        connection.execute(update(Customer).where(Customer.id == 2).values(owner_id=None))
    assert "<h1>1 customer is an exception</h1>" in client.get("/proof").text
    day = in_words(client.get("/").text)
    assert "1 exception " in day  # he has two reasons to be one
    assert "No task waits for anybody" in day
    assert "But 1 customer is an exception ." in day
    token = form_token(client.get("/proof").text)
    pressed = client.post("/proof/in-hand", data={"form": token, "back": "/proof"})
    assert pressed.headers["location"] == "/proof?done=in-hand-unowned"
    page = in_words(client.get("/proof?done=in-hand-unowned").text)
    assert "who has no owner still needs one" in page
    assert "1 customer is an exception" in page
    with writing(sqlite_engine) as connection:
        connection.execute(update(Customer).where(Customer.id == 2).values(owner_id=2))
    assert "<h1>Nobody is stale</h1>" in client.get("/proof").text
    assert "Nobody is stale" in in_words(client.get("/").text)


def test_the_proof_says_what_stale_means_here_and_leads_to_who_is_counted(
    client: TestClient, sqlite_engine: Engine, settings: Settings
) -> None:
    page = client.get("/proof").text
    assert "Stale is who has nothing planned and whom nobody reached for 60 days" in page
    assert "Every night at 05:30 (UTC) the sweep proves it" in page
    assert '<a href="#nothing"><strong>2</strong>' in page
    client.post("/proof/in-hand", data={"form": form_token(page)})
    page = client.get("/proof").text
    hanging = "/customers?state=in+hand+by+a+task+alone"
    assert f'<a href="{hanging}"><strong>2</strong> a task alone' in page
    assert "#nothing" not in page
    listed = client.get(hanging).text
    assert "Bob Baker" in listed
    assert '" selected>In hand by a task alone (2)</option>' in listed
    ahead = client.get("/customers?state=in+hand+by+a+touch+ahead").text
    assert "In hand by a touch ahead (0)" in ahead
    assert "Nobody fits" in ahead


def test_of_a_proof_on_record_each_customer_counts_once_too(
    client: TestClient, sqlite_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("contacts.web.board.proven.FEW", 0)
    with writing(sqlite_engine) as connection:
        connection.execute(update(Customer).where(Customer.id == 2).values(owner_id=None))
        keep_proof(connection, Proof(NOW - DAY, 2, 0, 0, 0, 0, uncovered=2, stale=0, unowned=1))
    assert "<h1>2 customers are exceptions</h1>" in client.get("/proof").text


async def test_whatever_came_of_a_call_nobody_is_left_with_nothing_ahead(
    sqlite_engine: Engine, settings: Settings
) -> None:
    """With a task, and without one; what is logged sees to its own customer alone."""
    with writing(sqlite_engine) as connection:
        number = olive(connection)
        ids = [customer(connection, owner_id=number) for _ in Outcome]
    here = world(sqlite_engine, settings, CALLS)
    folder = settings.workspace / "cadences"
    folder.mkdir()
    (folder / f"{here.cadence.name}.yaml").write_text(here.cadence.source, encoding="utf-8")
    await here.tick(NOW)
    with writing(sqlite_engine) as connection:
        tasks = dict(connection.execute(select(Task.customer_id, Task.id)).all())
        others = [customer(connection, owner_id=number) for _ in range(2)]
    with browser(create_app(settings, sqlite_engine, clock=lambda: NOW)) as client:
        token = form_token(client.get(f"/customers/{ids[0]}").text)
        said = {"form": token, "kind": "call", "text": "So it was."}
        for result, one in zip(Outcome, ids, strict=True):
            again = {"again_on": "2026-11-23"} if result is Outcome.ASKED_TO_CALL_BACK else {}
            form = {**said, **again, "result": result.value}
            assert client.post(f"/tasks/{tasks[one]}", data=form).status_code == 303, result
        for one, result in zip(others, (Outcome.REACHED, Outcome.NO_ANSWER), strict=True):
            form = {**said, "result": result.value}
            assert client.post(f"/customers/{one}/notes", data=form).status_code == 303
        assert "No exceptions" in client.get("/proof").text


def test_a_signal_is_dated_by_the_day_of_its_words(
    client: TestClient, sqlite_engine: Engine
) -> None:
    told = NewSignal(
        1, "order.late", "2026-09-06", "Nothing for 75 days.", 0.7, {"silent_days": 75}
    )
    other = NewSignal(2, "order.bigger", "2026-09-06", "More each time.", 0.3)
    with writing(sqlite_engine) as connection:
        raise_signals(connection, [told], since=NOW - 29 * DAY, now=NOW - 29 * DAY)
        raise_signals(connection, [other], since=NOW, now=NOW)
    said = "noticed Thu 22 Oct 2026, as of Fri 20 Nov 2026"
    for path in ("/", "/noticed", "/customers/1"):
        assert said in in_words(client.get(path).text), path
    assert "As of 2026-11-20: Nothing for 75 days." in client.get("/customers/1").text
    assert "As of" not in in_words(client.get("/customers/2").text)


def test_everything_noticed_is_listed_and_who_slips_can_be_looked_at_alone(
    client: TestClient, sqlite_engine: Engine
) -> None:
    late = [(1, "order.late", 0.7), (2, "order.slower", 0.5), (1, "order.bigger", 0.3)]
    with writing(sqlite_engine) as connection:
        new = [NewSignal(who, kind, "2026-09-06", f"Why {kind}", w) for who, kind, w in late]
        raise_signals(connection, new, since=NOW, now=NOW)
    page = in_words(client.get("/noticed").text)
    assert "3 All 2 Slipping away 1 Growing" in page
    assert page.index("Why order.late") < page.index("Why order.slower")
    assert "Why order.bigger" not in client.get("/noticed?what=slipping").text
    assert "Bob" not in client.get("/noticed?whose=1").text.partition("<table")[2]
    assert client.get("/noticed?what=x&page=9999").status_code == 200
    olives = owner(client, sqlite_engine)
    assert "Bob" not in olives.get("/noticed").text
    day = in_words(olives.get("/").text)
    assert "1 noticed since Thursday may be slipping away" in day
    assert "All 2" not in day  # both are shown
    assert "As a list, with what comes next" in day


def test_who_was_not_contacted_yet_is_told_with_the_day_they_came_on_record(
    client: TestClient, sqlite_engine: Engine
) -> None:
    with writing(sqlite_engine) as connection:
        since = {"last_contact_at": None, "created_at": NOW - 2 * DAY}
        connection.execute(update(Customer).where(Customer.id == 2).values(since))
    page = in_words(client.get("/customers?q=baker").text)
    assert "not since they came on record, Wed 18 Nov 2026" in page
    his = in_words(client.get("/customers/2").text)
    assert "Last contact: not since they came on record, Wed 18 Nov 2026" in his


def test_who_slips_away_is_told_once_with_the_last_contact_and_what_happens_next(
    client: TestClient, sqlite_engine: Engine, settings: Settings
) -> None:
    weights = {(1, "order.bigger"): 0.9, (1, "order.late"): 0.7, (2, "order.late"): 0.5}
    with writing(sqlite_engine) as connection:
        new = [NewSignal(*key, "2026-09-06", f"Why {key[1]}", w) for key, w in weights.items()]
        raise_signals(connection, new, since=NOW, now=NOW)
        open_tasks(connection, [NewTask(1, "call", "Call", NOW + DAY)], now=NOW)
    mail = "  - {key: word, channel: email, template: offer, day: 3}\n"
    world(sqlite_engine, settings, mail).plan(NOW)
    day = in_words(client.get("/?whose=all").text)
    card = day.partition("Noticed in orders")[2].partition("The next days")[0]
    assert card.count("Ada Archer") == 2  # late, and bigger
    assert card.index("Why order.late") < card.index("Why order.bigger")
    assert "task: call, due Sat 21 Nov 2026, 10:00 (America/New_York)." in card
    assert "Touchline writes Mon 23 Nov 2026," in card
    assert "Last contact 40 days ago, noticed Fri 20 Nov 2026" in card


def test_who_was_reached_since_is_said_to_be_and_not_urged_again(
    client: TestClient, sqlite_engine: Engine
) -> None:
    with writing(sqlite_engine) as connection:
        new = [NewSignal(who, "order.late", "2026-09-06", "Why", 0.9 / who) for who in (1, 2)]
        raise_signals(connection, new, since=NOW, now=NOW)
    token = form_token(client.get("/customers/1").text)
    said = {"form": token, "kind": "call", "result": "no_answer", "again_on": "2026-11-23"}
    client.post("/customers/1/notes", data=said)
    assert "called today" not in client.get("/").text
    client.post("/customers/1/notes", data={**said, "result": "reached", "again_on": ""})
    page = client.get("/").text.partition('id="noticed"')[2]
    assert page.count("badge warn") == 1
    assert page.index("Bob Baker") < page.index("Ada Archer") < page.index("called today")


def test_who_is_silent_for_too_long_is_seen_although_in_hand(
    client: TestClient, sqlite_engine: Engine
) -> None:
    with writing(sqlite_engine) as connection:
        silent = {"last_contact_at": NOW - 77 * DAY, "freshness_days": 35}
        connection.execute(update(Customer).where(Customer.id == 2).values(silent))
    client.post("/proof/in-hand", data={"form": form_token(client.get("/proof").text)})
    page = in_words(client.get("/customers").text)
    assert "in hand silent 77 days, 35 agreed" in page
    alone = in_words(client.get("/customers?state=silent+too+long").text)
    assert "Bob Baker" in alone
    assert "Ada Archer" not in alone
    his = in_words(client.get("/customers/2").text)
    assert "at most 35 days are agreed. In hand all the same: a check-in on Wed 25 Nov 2026." in his


@pytest.mark.parametrize(("days", "words"), [(1, "Saturday"), (2, "Sunday")])
def test_a_day_off_says_so_and_what_waits_on_the_next_working_day(
    sqlite_engine: Engine, settings: Settings, days: int, words: str
) -> None:
    with writing(sqlite_engine) as connection:
        her = ada(connection, owner_id=olive(connection))
    app = create_app(settings, sqlite_engine, clock=lambda: NOW + days * DAY)
    with browser(app) as client:
        page = in_words(client.get("/?whose=1").text)
        assert f"{words} is a day off for Olive Owner" in page
        assert "On Mon 23 Nov 2026 nothing waits yet" in page
        assert f"{words} is a day off for everybody" in in_words(client.get("/").text)
        with writing(sqlite_engine) as connection:
            monday = NOW + 3 * DAY
            rows = [
                {"customer_id": her, "owner_id": 1, "kind": "call", "title": title, "brief": "",
                 "due_at": due, "opened_at": NOW, "state": "open", "escalated": 0}
                for title, due in (("Late", NOW), ("Soon", monday), ("Later", monday + DAY))
            ]  # fmt: skip
            connection.execute(insert(Task), rows)
        page = in_words(client.get("/?whose=1").text)
        assert "2 tasks wait for Mon 23 Nov 2026." in page
        assert "For Mon 23 Nov 2026 1" in page
        assert "noticed since Friday" not in page


def test_the_page_that_a_form_leads_to_finds_everybody_seen_to(
    client: TestClient, sqlite_engine: Engine
) -> None:
    """Not only once all is done, as a browser may follow before that."""
    token = form_token(client.get("/customers/1").text)
    at_the_answer: list[list[int]] = []
    app: Any = client.app

    async def watched(scope: Any, receive: Any, send: Any) -> None:
        async def seen(message: Any) -> None:
            if message["type"] == "http.response.start":
                at_the_answer.append(asked_for(sqlite_engine))
            await send(message)

        await app(scope, receive, seen)

    said = {"form": token, "kind": "call", "result": "reached"}
    with browser(watched) as there:  # type: ignore[arg-type]  # any ASGI app is one
        assert there.post("/customers/1/notes", data=said).status_code == 303
    assert at_the_answer == [[1]]
