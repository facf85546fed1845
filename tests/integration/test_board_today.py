"""The board's home: whose day it is, what waits in it, and what is logged in two clicks."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Connection, Engine, event, insert, select, update

from contacts.record.engine import reading, writing
from contacts.record.errors import NotedBefore, UnknownTask
from contacts.record.orders.benefits import Worth, add_benefit
from contacts.record.phrases import NoteKind
from contacts.record.tables import Benefit, Customer, Enrolment, Event, OwnerRow, Task
from contacts.record.work.notes import Note, record_note
from contacts.record.work.tasks import NewTask, open_tasks
from contacts.settings import Settings
from contacts.web.app import create_app
from contacts.web.board.noting import LONGEST
from tests.board import browser, form_token
from tests.cast import NOW, ada, bob, olive
from tests.sent import enrolled, planned
from tests.world import loaded, world

DAY = timedelta(days=1)


@pytest.fixture
def clock() -> list[datetime]:
    """What time it is, to be changed."""
    return [NOW]


@pytest.fixture
def client(
    sqlite_engine: Engine, settings: Settings, clock: list[datetime]
) -> Iterator[TestClient]:
    """A person on this machine; Ada is Olive's, Bob is Otto's."""
    with writing(sqlite_engine) as connection:
        ada(connection, owner_id=olive(connection))
        otto = {"email": "otto@example.com", "name": "Otto Other"}
        connection.execute(insert(OwnerRow).values(otto))
        bob(connection, owner_id=2)
    with browser(create_app(settings, sqlite_engine, clock=lambda: clock[0])) as there:
        yield there


def gives(engine: Engine, *tasks: NewTask) -> None:
    with writing(engine) as connection:
        open_tasks(connection, tasks, now=NOW)


def log(client: TestClient, path: str, **fields: str) -> tuple[int, str]:
    token = form_token(client.get("/customers/1").text)
    answer = client.post(path, data={"form": token, **fields})
    return answer.status_code, answer.headers.get("location", answer.text)


def task(engine: Engine, task_id: int = 1) -> Task:
    with reading(engine) as connection:
        return connection.execute(select(Task).where(Task.id == task_id)).one()  # type: ignore[return-value]  # a row of it


def test_a_day_without_work_says_so(client: TestClient) -> None:
    assert "No task waits for anybody" in client.get("/").text  # but two are exceptions


def test_a_day_has_what_is_late_and_due_and_what_customers_said(
    client: TestClient, sqlite_engine: Engine
) -> None:
    gives(
        sqlite_engine,
        NewTask(1, "call", "Call about the grinder", NOW - 2 * DAY, brief="Ask about the noise"),
        NewTask(1, "visit", "Visit the counter", NOW + timedelta(hours=2)),
        NewTask(2, "letter", "A card", NOW + 3 * DAY),
        NewTask(2, "call", "Far away", NOW + 30 * DAY),
        NewTask(2, "reply", "Answer Bob", NOW + DAY, brief="When do you open?"),
    )
    page = client.get("/").text
    places = [page.index(words) for words in ("When do you open?", "about the grinder", "counter")]
    assert places == sorted(places)
    assert "due in 2 hours, Fri 20 Nov 2026, 17:00</time>" in page  # by the viewer's clock
    hers = client.get("/customers/1").text
    assert "due in 2 hours, Fri 20 Nov 2026, 12:00 (America/New_York)</time>" in hers
    for words in ("2 days late", "Ask about the noise", "A card", "in 2 hours", "+12025550111"):
        assert words in page
    assert "Far away" not in page
    assert 'Today <span class="count">3' in page  # one late, one due, one reply
    olives = client.get("/?whose=1").text
    assert "about the grinder" in olives
    assert "When do you open?" not in olives
    assert client.get("/?whose=9").text == page.replace("whose=9", "whose=all")


def test_a_call_is_logged_by_one_button(client: TestClient, sqlite_engine: Engine) -> None:
    gives(sqlite_engine, NewTask(1, "call", "Call", NOW))
    assert log(client, "/tasks/1", result="reached", back="/?whose=1") == (
        303,
        "/?whose=1&done=task",
    )
    done = task(sqlite_engine)
    assert (done.state, done.result, done.closed_at) == ("done", "reached", NOW)
    with reading(sqlite_engine) as connection:
        kinds = connection.execute(select(Event.kind)).scalars().all()
        last = connection.execute(select(Customer.last_contact_at).where(Customer.id == 1)).scalar()
    assert (kinds, last) == (["call"], NOW)
    assert "It is written down, and the task is done." in client.get("/?done=task").text
    assert log(client, "/tasks/1", result="reached")[0] == 404


def notice(page: str) -> str:
    """What the page says was just done."""
    [said] = re.findall(r'role="status">(.*?)</(?:p|div)>', page, re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", "", said).split())


def logs(client: TestClient, path: str, **fields: str) -> tuple[str, str]:
    """Log something by a form as the page has it; where that leads, and what it says there."""
    once = field(client.get("/customers/1").text, "once")
    status, leads_to = log(client, path, **fields, once=once)
    assert status == 303
    return leads_to, notice(client.get(leads_to).text)


def test_after_logging_the_page_says_what_was_done_and_what_comes_next(
    client: TestClient, sqlite_engine: Engine
) -> None:
    with writing(sqlite_engine) as connection:
        planned(connection, 1, enrolled(connection, 1))
    gives(sqlite_engine, NewTask(1, "call", "Call Ada", NOW))
    _, said = logs(client, "/customers/1/notes", kind="note", text="On leave")
    assert said == (
        "Ada Archer: Note, written down. No task was waiting for it. "
        "Next: “Call Ada” for Olive Owner, due Fri 20 Nov 2026 (now)."
    )
    _, said = logs(client, "/tasks/1", result="reached", back="/?whose=1")
    assert said == (
        "Ada Archer: Call (reached them), written down. The task “Call Ada” is done. "
        "Next: e-mail “tips” of Onboarding, Mon 23 Nov 2026 (in 3 days)."
    )
    again = {"kind": "call", "result": "no_answer", "again_on": "2026-11-23"}
    _, said = logs(client, "/customers/1/notes", **again)
    assert "The task “Call Ada Archer again” stays open until Mon 23 Nov 2026." in said


@pytest.mark.parametrize("purpose", ["marketing", "service"])
def test_who_is_left_alone_is_told_with_the_day_and_what_leaves_all_the_same(
    client: TestClient, sqlite_engine: Engine, settings: Settings, purpose: str
) -> None:
    step = "  - {key: short-line, channel: sms, template: ping, day: 4}\n"
    world(sqlite_engine, settings, step, name="winback", purpose=purpose).plan(NOW)
    said = {"kind": "note", "text": "Until spring", "waive_until": "2027-03-01"}
    _, told = logs(client, "/customers/1/notes", **said)
    alone, then = told.removeprefix("Ada Archer: Note, written down. ").split(" before that ", 1)
    assert alone == "No task was waiting for it. They are left alone until Mon 1 Mar 2027:"
    assert then.startswith("day no marketing leaves, and no cadence asks for a call, a visit or")
    assert then.endswith(
        "Messages about what they bought would leave; none is planned before that day."
        if purpose == "marketing"
        else "What leaves all the same: SMS “short line” of Winback, Tue 24 Nov 2026 (in 4 days)."
    )
    listed = client.get("/customers?state=waived").text
    assert "Ada Archer" in listed
    assert ("left alone</span>" in listed) == (purpose == "marketing")
    page = client.get("/customers/1").text
    assert "Left alone until Mon 1 Mar 2027: Until spring." in page
    assert "No longer leave them alone (now until Mon 1 Mar 2027)" in page
    _, told = logs(client, "/customers/1/notes", kind="note", text="Back", ends_waiver="yes")
    assert "Next: SMS “short line” of Winback, Tue 24 Nov 2026 (in 4 days)." in told
    assert "No longer leave them alone" not in client.get("/customers/1").text


def test_a_slip_is_undone_by_a_button_for_ten_minutes(
    client: TestClient, sqlite_engine: Engine, clock: list[datetime]
) -> None:
    gives(sqlite_engine, NewTask(1, "call", "Call Ada", NOW))
    leads_to, _ = logs(client, "/tasks/1", result="reached", back="/?whose=1")
    page = client.get(leads_to).text
    assert 'action="/notes/1/undo"' in page
    clock[0] = NOW + timedelta(minutes=11)
    assert "/undo" not in client.get(leads_to).text
    status, page = log(client, "/notes/1/undo")
    assert (status, task(sqlite_engine).state) == (409, "done")
    assert "It cannot be taken back: it was logged more than 10 minutes ago." in page
    clock[0] = NOW + timedelta(minutes=9)
    undone = log(client, "/notes/1/undo", back="/?whose=1")
    assert undone == (303, "/?whose=1&done=undone&note=1")
    assert (task(sqlite_engine).state, task(sqlite_engine).result) == ("open", None)
    assert notice(client.get(undone[1]).text) == (
        "Ada Archer: Call (reached them), taken back. The task “Call Ada” is open again, due Fri "
        "20 Nov 2026. What it had changed is as it was before."
    )
    clock[0] += timedelta(minutes=11)
    assert notice(client.get(undone[1]).text) == "It is taken back."
    assert "/undo" not in client.get(leads_to).text
    assert log(client, "/notes/99/undo")[0] == 404


def test_after_an_undo_nobody_is_asked_to_follow_what_was_a_slip(
    client: TestClient, sqlite_engine: Engine
) -> None:
    log(client, "/customers/2/notes", kind="call", result="reached")
    log(client, "/notes/1/undo")
    with reading(sqlite_engine) as connection:
        tasks = connection.execute(select(Task.title, Task.state).order_by(Task.id)).all()
    last = "Check in with Bob Baker: last in touch on"
    assert tasks == [(f"{last} Fri 20 Nov 2026", "done"), (f"{last} Sun 11 Oct 2026", "open")]


@pytest.mark.parametrize("cause", ["idle:0", "quiet:2026-09-01"])
def test_an_undo_tells_which_cadence_goes_with_the_slip_and_which_goes_on(
    client: TestClient, sqlite_engine: Engine, settings: Settings, cause: str
) -> None:
    step = "  - {key: word, channel: email, template: offer, day: 30}"
    world(sqlite_engine, settings, step)
    nurture = loaded(step, name="nurture", start="{on: customer.idle}")
    (settings.workspace / "cadences").mkdir()
    (settings.workspace / "cadences" / "nurture.yaml").write_text(nurture.source, encoding="utf-8")
    gives(sqlite_engine, NewTask(1, "call", "Call Ada", NOW))
    log(client, "/tasks/1", result="reached")
    with writing(sqlite_engine) as connection:
        connection.execute(update(Enrolment).values(trigger=cause))
    _, leads_to = log(client, "/notes/1/undo")
    said = notice(client.get(leads_to).text)
    if cause.startswith("idle"):
        assert "Nurture had begun only for that, and is stopped. What it had changed is as" in said
    else:
        assert "due Fri 20 Nov 2026. Nurture took them in meanwhile, and goes on." in said


def test_a_double_click_undoes_once_and_says_so(client: TestClient, sqlite_engine: Engine) -> None:
    gives(sqlite_engine, NewTask(1, "call", "Call Ada", NOW))
    log(client, "/tasks/1", result="reached")
    undone = [log(client, "/notes/1/undo", back="/?whose=1") for _ in range(2)]
    assert undone == [(303, "/?whose=1&done=undone&note=1")] * 2
    with reading(sqlite_engine) as connection:
        kinds = connection.execute(select(Event.kind).order_by(Event.id)).scalars().all()
    assert kinds == ["call", "taken_back"]


@pytest.mark.parametrize("letter", ["न", "🙂"])
@pytest.mark.parametrize("path", ["/tasks/1", "/customers/1/notes"])
def test_as_much_as_is_kept_may_be_written_in_any_letters(
    client: TestClient, sqlite_engine: Engine, path: str, letter: str
) -> None:
    gives(sqlite_engine, NewTask(1, "call", "Call Ada", NOW))
    words = letter * LONGEST
    assert log(client, path, kind="call", result="reached", text=words)[0] == 303
    with reading(sqlite_engine) as connection:
        assert connection.execute(select(Event.detail)).scalar_one() == words
    status, page = log(client, path.replace("tasks/1", "customers/1/notes"), text=f"{words}a")
    assert (status, f"{words}a" in page) == (422, True)


@pytest.mark.parametrize("path", ["/tasks/1", "/customers/1/notes"])
def test_what_was_undone_is_logged_by_the_same_form_once_more(
    client: TestClient, sqlite_engine: Engine, path: str
) -> None:
    gives(sqlite_engine, NewTask(1, "call", "Call Ada", NOW))
    once = field(client.get("/customers/1").text, "once")
    said = {"kind": "call", "result": "reached", "once": once}
    log(client, path, **said)
    log(client, "/notes/1/undo")
    _, leads_to = log(client, path, **said)
    assert leads_to.endswith("?done=task&note=3")  # the second tells that the first was a slip
    assert (task(sqlite_engine).state, task(sqlite_engine).result) == ("done", "reached")


@pytest.mark.parametrize("path", ["/tasks/1", "/customers/1/notes"])
@pytest.mark.parametrize("again_on", ["", "2026-11-23"])
def test_a_double_click_logs_a_call_once(
    client: TestClient, sqlite_engine: Engine, path: str, again_on: str
) -> None:
    gives(sqlite_engine, NewTask(1, "call", "Call", NOW))
    once = field(client.get("/customers/1").text, "once")
    said = {"kind": "call", "result": "no_answer", "again_on": again_on, "once": once}
    first = log(client, path, **said)[1]
    status, leads_to = log(client, path, **said)
    assert (status, leads_to.partition("&")[0][-9:]) == (303, "done=note")
    assert leads_to.partition("&")[2] == first.partition("&")[2] == "note=1"
    with reading(sqlite_engine) as connection:
        assert connection.execute(select(Event.kind)).scalars().all() == ["call"]
    assert log(client, "/customers/1/notes", **said, text="And once more")[0] == 303
    with reading(sqlite_engine) as connection:
        assert len(connection.execute(select(Event.id)).all()) == 2


def test_of_two_forms_at_once_the_second_writes_nothing(engine: Engine) -> None:
    with writing(engine) as connection:
        customer_id = ada(connection)
        open_tasks(connection, [NewTask(customer_id, "call", "Call", NOW)], now=NOW)
        said = Note(customer_id, NoteKind.CALL, "All is well", NOW, once="the form")
        assert record_note(connection, said, now=NOW) is not None
    with pytest.raises(NotedBefore), writing(engine) as connection:
        record_note(connection, said, now=NOW)
    with reading(engine) as connection:
        assert len(connection.execute(select(Event.id)).all()) == 1


def test_a_task_that_was_done_at_this_moment_is_logged_once(sqlite_engine: Engine) -> None:
    with writing(sqlite_engine) as connection:
        ada(connection)
        open_tasks(connection, [NewTask(1, "call", "Call", NOW)], now=NOW)

    meanwhile: list[str] = []

    @event.listens_for(sqlite_engine, "before_cursor_execute")
    def be_faster(connection: Connection, _cursor: object, statement: str, *_: object) -> None:
        if statement.startswith("UPDATE tasks") and not meanwhile:
            meanwhile.append(statement)
            connection.execute(update(Task).values(state="done"))

    said = Note(1, NoteKind.CALL, "All is well", NOW, task_id=1)
    with pytest.raises(UnknownTask), writing(sqlite_engine) as connection:
        record_note(connection, said, now=NOW)
    with reading(sqlite_engine) as connection:
        assert connection.execute(select(Event.id)).first() is None


def test_an_answer_is_decided_by_one_person_alone(
    client: TestClient, sqlite_engine: Engine
) -> None:
    with writing(sqlite_engine) as connection:
        heard = {"provider": "twilio", "event_id": "SM1", "kind": "replied", "channel": "sms"}
        told = {"customer_id": 1, "occurred_at": NOW, "received_at": NOW}
        event_id = connection.execute(insert(Event).values(**heard, **told).returning(Event.id))
        stop = NewTask(1, "decide", "Stop?", NOW, event_id=event_id.scalar_one())
        open_tasks(connection, [stop], now=NOW)
    token = form_token(client.get("/").text)

    meanwhile: list[str] = []

    @event.listens_for(sqlite_engine, "before_cursor_execute")
    def be_faster(connection: Connection, _cursor: object, statement: str, *_: object) -> None:
        if statement.startswith("UPDATE tasks") and not meanwhile:
            meanwhile.append(statement)
            connection.execute(update(Task).values(state="done", outcome="Stopped."))

    answer = client.post("/answers/1", data={"form": token, "word": "go-on"})
    assert answer.status_code == 409
    assert "by somebody else" in answer.text
    with reading(sqlite_engine) as connection:
        assert connection.execute(select(Task.kind)).scalars().all() == ["decide"]


def field(page: str, name: str) -> str:
    """What a hidden field of the page says."""
    found = re.search(rf'name="{name}" value="([^"]+)"', page)
    assert found is not None
    return found[1]


def test_what_a_customer_got_is_on_their_page_with_the_recap(
    client: TestClient, sqlite_engine: Engine
) -> None:
    assert "/recap" not in client.get("/customers/1").text
    worth = Worth(amount=Decimal(120), currency="EUR")
    with writing(sqlite_engine) as connection:
        add_benefit(connection, 1, "Came on a <Sunday>", worth, at=NOW)
    page = client.get("/customers/1").text
    assert "Came on a &lt;Sunday&gt;" in page
    assert "120.00 EUR" in page
    recap = client.get("/customers/1/recap")
    assert recap.status_code == 200
    assert 'href="/customers/1/recap"' in page
    assert "Came on a &lt;Sunday&gt;" in recap.text
    assert "sandbox; default-src 'none'" in recap.headers["content-security-policy"]
    assert client.get("/customers/9/recap").status_code == 404


def test_a_recap_that_cannot_be_made_says_why(
    client: TestClient, sqlite_engine: Engine, settings: Settings
) -> None:
    own = settings.workspace / "templates/documents/value_recap/body.html"
    own.parent.mkdir(parents=True)
    own.write_text("{{ recap.nothing_such }}")
    answer = client.get("/customers/1/recap")
    assert answer.status_code == 409
    assert "has a fault" in answer.text
    with writing(sqlite_engine) as connection:
        connection.execute(update(Customer).where(Customer.id == 2).values(timezone="Mars/Hut"))
    answer = client.get("/customers/2/recap")
    assert answer.status_code == 409
    assert "time zone" in answer.text


def test_who_did_not_answer_is_called_another_day(
    client: TestClient, sqlite_engine: Engine
) -> None:
    gives(sqlite_engine, NewTask(1, "call", "Call", NOW))
    status, page = log(client, "/tasks/1", result="asked_to_call_back", text="In a meeting")
    assert status == 422
    assert "say on which day" in page
    assert "In a meeting</textarea>" in page
    later = log(client, "/tasks/1", result="no_answer", again_on="2026-11-23")
    assert later == (303, "/?done=later")
    left = task(sqlite_engine)
    assert (left.state, left.result, left.due_at.date()) == (
        "open",
        "no_answer",
        (NOW + 3 * DAY).date(),
    )
    assert "last try: no answer" in client.get("/").text


@pytest.mark.parametrize("path", ["/tasks/1", "/customers/1/notes"])
def test_who_did_not_answer_is_called_on_the_next_working_day_unless_it_is_given_up(
    client: TestClient, sqlite_engine: Engine, path: str
) -> None:
    gives(sqlite_engine, NewTask(1, "call", "Call", NOW))
    said = {"kind": "call", "result": "no_answer"}
    page = refused_page(client, path, **said, again_on="2026-11-23", give_up="yes")
    assert "or not again: say one" in page
    assert 'name="give_up" value="yes" checked' in page
    log(client, path, **said)
    assert (task(sqlite_engine).state, task(sqlite_engine).due_at.date()) == (
        "open",
        (NOW + 3 * DAY).date(),
    )
    log(client, path, **said, give_up="yes")
    assert (task(sqlite_engine).state, task(sqlite_engine).result) == ("done", "no_answer")


def refused_page(client: TestClient, path: str, **fields: str) -> str:
    status, page = log(client, path, **fields)
    assert status == 422
    return page


def test_a_reply_is_answered_in_words(client: TestClient, sqlite_engine: Engine) -> None:
    gives(sqlite_engine, NewTask(1, "reply", "Answer Ada", NOW, brief="Hello?"))
    assert log(client, "/tasks/1")[0] == 422
    assert log(client, "/tasks/1", text="We open at nine.") == (303, "/?done=task")
    assert task(sqlite_engine).outcome == "We open at nine."


REFUSED = [
    ({"kind": "benefits", "text": "x"}, "kind", "Say what it was"),
    ({"kind": "benefit", "text": "x"}, "kind", "Say what it was"),
    ({"kind": "note"}, "text", "Write in a few words what happened, or choose above"),
    ({"kind": "note", "text": "x" * 10_001}, "text", "too long"),
    ({"kind": "note", "text": "x", "result": "reached"}, "result", "not of a note"),
    ({"kind": "call", "text": "x", "again_on": "tomorrow"}, "again_on", "tomorrow is no day"),
    ({"kind": "call", "result": "asked_to_call_back"}, "again_on", "say on which day"),
    ({"kind": "call", "result": "no_answer", "again_on": "2020-01-01"}, "again_on", "over"),
    ({"kind": "call", "result": "reached", "again_on": "2026-11-23"}, "again_on",
     "tried on another day, after left message, no answer, asked to call back"),
    ({"kind": "call", "text": "x", "waive_until": "2026-11-20"}, "waive_until", "a day ahead"),
    ({"kind": "call", "result": "reached", "waive_until": "2026-12-20"}, "text", "words why"),
]  # fmt: skip
"""What cannot be written down of a word with a customer, at which field that is said, and how."""


def test_what_cannot_be_written_down_is_said_at_its_field_and_stays_typed(
    client: TestClient, sqlite_engine: Engine
) -> None:
    token = form_token(client.get("/customers/1").text)
    for fields, at, said in REFUSED:
        page = refused(client, "/customers/1/notes", {**fields, "form": token}, "word", at, said)
        for name, value in fields.items():
            kept = {
                "text": f">{value}</textarea>",
                "kind": f'<option value="{value}" selected',
                "result": f'<option value="{value}" selected',
            }.get(name, f'name="{name}" value="{value}"')
            assert kept in page or name == "kind" == at, (fields, name)
    with reading(sqlite_engine) as connection:
        assert connection.execute(select(Event.id)).first() is None


def refused(
    client: TestClient, path: str, fields: dict[str, str], form: str, at: str, said: str
) -> str:
    """The page that comes back, with the fault at its field."""
    answer = client.post(path, data=fields)
    assert answer.status_code == 422, fields
    marked = r'<(?:textarea|input|select)[^>]* name="(\w+)"[^>]*aria-invalid'
    [wrong] = re.findall(marked, answer.text)
    [message] = re.findall(rf'role="alert" id="wrong-{form}">([^<]+)<', answer.text)
    assert (wrong, said in message) == (at, True), (fields, message)
    return answer.text


def test_what_a_customer_got_is_logged_on_their_page(
    client: TestClient, sqlite_engine: Engine
) -> None:
    with writing(sqlite_engine) as connection:
        connection.execute(update(Customer).where(Customer.id == 1).values(locale="de"))
    page = client.get("/customers/1").text
    assert "One line, in German" in page
    fields = {"text": " Am  Sonntag ", "kind": "service", "hours": "1,5", "worth": "120,00",
              "currency": "eur", "on": "2026-11-01", "once": field(page, "once")}  # fmt: skip
    for _ in range(2):  # a double click
        answer = log(client, "/customers/1/benefits", **fields)
        assert answer == (303, "/customers/1?done=benefit")
    page = client.get(answer[1]).text
    assert "for their recap" in page
    assert "Sun 1 Nov 2026</time>" in page  # a day, and no hour of it
    with reading(sqlite_engine) as connection:
        [got] = connection.execute(select(Benefit)).all()
        contact = select(Customer.last_contact_at).where(Customer.id == 1)
        assert connection.execute(contact).scalar() is None
        assert connection.execute(select(Event.id)).first() is None
    assert (got.customer_id, got.kind, got.text, got.given_on.isoformat(), got.source) == (
        1, "service", "Am Sonntag", "2026-11-01", "person",
    )  # fmt: skip
    assert (got.worth, got.currency, got.hours) == (Decimal(120), "EUR", Decimal("1.5"))


NO_BENEFIT = [
    ({}, "text", "Write what they got"),
    ({"text": "x" * 501}, "text", "too long for a line"),
    ({"text": "A card", "kind": "gift"}, "kind", "extra, service, response, saving"),
    ({"text": "A card", "worth": "12"}, "currency", "needs its currency"),
    ({"text": "A card", "worth": "a lot", "currency": "EUR"}, "worth", "not an amount"),
    ({"text": "A card", "worth": "1.234", "currency": "EUR"}, "worth", "like 1234.50"),
    ({"text": "A card", "worth": "-1", "currency": "EUR"}, "worth", "less than nothing"),
    ({"text": "A card", "worth": "1", "currency": "EUX"}, "currency", "not a currency"),
    ({"text": "A card", "hours": "two"}, "hours", "not a number of hours"),
    ({"text": "A card", "on": "2026-11-21"}, "on", "lies ahead"),
]


def test_a_benefit_that_cannot_be_is_said_at_its_field(
    client: TestClient, sqlite_engine: Engine
) -> None:
    token = form_token(client.get("/customers/1").text)
    for fields, at, said in NO_BENEFIT:
        sent = {**fields, "form": token}
        page = refused(client, "/customers/1/benefits", sent, "benefit", at, said)
        for name in set(fields) & {"worth", "hours", "on", "currency"}:
            assert f'name="{name}"' in page
            assert f'value="{fields[name]}"' in page
    with reading(sqlite_engine) as connection:
        assert connection.execute(select(Benefit.id)).first() is None


def test_a_word_with_a_customer_is_logged_without_a_task(
    client: TestClient, sqlite_engine: Engine
) -> None:
    fields = {"kind": "note", "text": "On leave", "waive_until": "2026-12-24"}
    assert log(client, "/customers/1/notes", **fields) == (303, "/customers/1?done=note")
    with reading(sqlite_engine) as connection:
        waiver = select(Customer.waiver, Customer.waived_until).where(Customer.id == 1)
        assert tuple(map(str, connection.execute(waiver).one())) == ("On leave", "2026-12-24")


@pytest.mark.parametrize(
    ("back", "leads_to"),
    [
        ("/customers/7", "/customers/7"), ("/?whose=all", "/?whose=all"),
        ("https://evil.example", "/"), ("//evil.example", "/"), ("/?whose=1&x=2", "/"),
        ("/customers?whose=x", "/"), ("", "/"),
    ],
)  # fmt: skip
def test_s11_a_form_leads_back_to_a_page_of_ours_alone(
    client: TestClient, sqlite_engine: Engine, back: str, leads_to: str
) -> None:
    gives(sqlite_engine, NewTask(1, "call", "Call", NOW))
    mark = "&" if "?" in leads_to else "?"
    assert log(client, "/tasks/1", result="reached", back=back)[1] == f"{leads_to}{mark}done=task"


def test_the_proof_is_told_with_its_exceptions(client: TestClient, sqlite_engine: Engine) -> None:
    page = client.get("/").text
    assert "<strong>0</strong> of 2 active customers are in hand" in page
    assert "2 customers are exceptions</h2>" in page  # Bob, who has no owner either, once
