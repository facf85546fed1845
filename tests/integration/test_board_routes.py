"""Every address of the web app is public by name, or asks who comes; and each role gets its own."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from sqlalchemy import Connection, Engine, insert, select, update

from contacts.record.engine import reading, writing
from contacts.record.phrases import NoteKind
from contacts.record.tables import Absence, Attempt, Benefit, Event, OwnerRow, Task, Touch
from contacts.record.work.notes import Note, record_note
from contacts.record.work.tasks import NewTask, open_tasks
from contacts.settings import Settings
from contacts.web.app import create_app
from contacts.web.board import access
from contacts.web.local import local_only
from tests.board import account, browser, form_token, signed_in
from tests.cast import NOW, ada, bob, olive
from tests.sent import sent

PUBLIC = ("/webhooks/", "/u/", "/p/", "/v/", "/c/", "/l/", "/calendar/", "/assets/")
"""Behind a signature, or for everybody."""
PUBLIC_PAGES = ("/health", "/sign-in")


@pytest.fixture
def app(sqlite_engine: Engine, settings: Settings) -> FastAPI:
    """Ada is Olive's, and Bob is nobody's; there is an account of each role."""
    with writing(sqlite_engine) as connection:
        for customer_id in (ada(connection, owner_id=olive(connection)), bob(connection)):
            in_doubt(connection, customer_id)
            asked(connection, customer_id)
            said = Note(customer_id, NoteKind.NOTE, "Was it Ada?", NOW)
            record_note(connection, said, now=NOW + timedelta(seconds=1))
        for email, role in (
            ("admin@example.com", "admin"),
            ("olive@example.com", "owner"),
            ("vera@example.com", "viewer"),
            ("new@example.com", "owner"),
        ):
            account(connection, email, role)
    return create_app(settings, sqlite_engine, clock=lambda: NOW)


def in_doubt(connection: Connection, customer_id: int) -> None:
    """A message that waits for a person's word, and a call to make."""
    held = sent(connection, customer_id, state="unknown")
    connection.execute(update(Touch).where(Touch.id == held.touch_id).values(state="needs_review"))
    review = NewTask(customer_id, "review", "Did it arrive?", NOW, touch_id=held.touch_id)
    open_tasks(connection, [review, NewTask(customer_id, "call", "Call", NOW)], now=NOW)


def asked(connection: Connection, customer_id: int) -> None:
    """An answer that may ask us to stop."""
    said = {
        "provider": "twilio",
        "event_id": f"SM{customer_id}",
        "kind": "replied",
        "channel": "sms",
        "customer_id": customer_id,
        "occurred_at": NOW,
        "received_at": NOW,
    }
    event_id = connection.execute(insert(Event).values(said).returning(Event.id)).scalar_one()
    task = NewTask(customer_id, "decide", "Stop?", NOW, brief="Enough", event_id=event_id)
    open_tasks(connection, [task], now=NOW)


def asked_of(dependant: Dependant) -> Iterator[object]:
    """Everything that is asked before a route is answered."""
    for one in dependant.dependencies:
        yield one.call
        yield from asked_of(one)


def routes(app: FastAPI) -> list[APIRoute]:
    found, waiting = [], list(app.routes)
    while waiting:
        route: Any = waiting.pop()
        inner = getattr(route, "original_router", None)  # FastAPI keeps routers as they are
        if inner is not None:
            waiting += inner.routes
        else:
            assert isinstance(route, APIRoute), route
            found.append(route)
    return found


def test_s13_every_route_is_public_by_name_or_asks_who_comes(app: FastAPI) -> None:
    walked = routes(app)
    assert len(walked) > 20
    for route in walked:
        asks = set(asked_of(route.dependant))
        if route.path.startswith(PUBLIC) or route.path in PUBLIC_PAGES:
            assert access.visitor not in asks, route.path
        elif route.path == "/openapi.json":
            assert local_only in asks
        else:
            assert access.visitor in asks, route.path
            changes = route.methods - {"GET", "HEAD"}
            forms = {access.sent, access.sent_by_anybody}
            assert bool(forms & asks) == bool(changes), route.path


OWN, OTHERS = 1, 2
"""Ada is Olive's; Bob is nobody's, and so not hers."""
PAGES = (
    "/", "/customers", "/noticed", "/messages", "/held", "/cadences", "/forecast", "/proof",
    "/account",
)  # fmt: skip
ABOUT = (
    "/customers/{number}", "/customers/{number}/recap", "/messages/{attempt_id}",
    "/messages/{attempt_id}/body", "/tasks/{task}",
)  # fmt: skip
FORMS = {
    "/notes/{note}/undo": {},
    "/tasks/{task}": {"result": "reached"},
    "/customers/{customer}/notes": {"kind": "call", "text": "All is well"},
    "/customers/{customer}/benefits": {"text": "Came on a Sunday", "hours": "2"},
    "/held/{touch}": {"word": "arrived"},
    "/answers/{answer}": {"word": "go-on"},
}
OF_WHOM_THEY_SEE = ("/proof/in-hand",)
"""Forms about all customers whom a visitor sees; tests/integration/test_board_proof.py has whom."""
OF_THEMSELVES = ("/sign-out", "/account/password")
"""Forms that a visitor sends about themselves, whatever their role."""
ROLES = {"admin": 1, "owner": 2, "viewer": 3, "owner of nobody": 4}


def about(engine: Engine, customer_id: int) -> dict[str, Any]:
    """What there is of a customer, by its name in a path."""
    with reading(engine) as connection:
        tasks = dict(
            connection.execute(
                select(Task.kind, Task.id).where(Task.customer_id == customer_id)
            ).all()
        )
        note = select(Event.id).where(Event.customer_id == customer_id, Event.kind == "note")
        note_id = connection.execute(note).scalar()
        attempt = connection.execute(
            select(Attempt.id, Attempt.touch_id).where(Attempt.customer_id == customer_id)
        ).one()
    return {
        "number": customer_id,
        "customer": customer_id,
        "task": tasks["call"],
        "answer": tasks["decide"],
        "touch": attempt.touch_id,
        "attempt_id": attempt.id,
        "note": note_id,
    }


def test_s13_every_route_of_the_board_is_in_the_table(app: FastAPI) -> None:
    board = [one for one in routes(app) if access.visitor in set(asked_of(one.dependant))]
    found = {(method, one.path) for one in board for method in one.methods}
    listed = {("GET", path) for path in (*PAGES, *ABOUT, "/cadences/{name}")}
    listed |= {("POST", path) for path in (*FORMS, *OF_WHOM_THEY_SEE, *OF_THEMSELVES)}
    assert found == listed


@pytest.mark.parametrize("role", ROLES)
def test_s13_every_route_gives_each_role_its_own(
    app: FastAPI, sqlite_engine: Engine, role: str
) -> None:
    there = signed_in(app, sqlite_engine, ROLES[role])
    seen = {"admin": (OWN, OTHERS), "viewer": (OWN, OTHERS), "owner": (OWN,)}.get(role, ())
    for path in PAGES:
        assert there.get(path).status_code == 200, path
    token = form_token(there.get("/account").text)
    for path in OF_WHOM_THEY_SEE:
        answer = there.post(path, data={"form": token})
        assert answer.status_code == (403 if role == "viewer" else 303), path
    for customer_id in (OWN, OTHERS):
        names = about(sqlite_engine, customer_id)
        for path in ABOUT:
            expected = 200 if customer_id in seen else 404
            assert there.get(path.format(**names)).status_code == expected, (path, customer_id)
        for path, fields in FORMS.items():
            expected = 303 if customer_id in seen else 404
            if role == "viewer":
                expected = 403
            answer = there.post(path.format(**names), data={**fields, "form": token})
            assert answer.status_code == expected, (path, customer_id, answer.text)
    changed = {"admin": {OWN, OTHERS}, "owner": {OWN}}.get(role, set())
    assert touched(sqlite_engine) == changed


def touched(engine: Engine) -> set[int]:
    """Whose tasks are done, and of whom something was noted."""
    done = select(Task.customer_id).where(Task.state == "done")
    with reading(engine) as connection:
        closed = set(connection.execute(done).scalars())
        for kind in ("call", "taken_back"):
            noted = select(Event.customer_id).where(Event.kind == kind)
            assert closed == set(connection.execute(noted).scalars()), kind
        assert closed == set(connection.execute(select(Benefit.customer_id)).scalars())
    return closed


@pytest.mark.parametrize("who", [None, "another site", "an old page"])
def test_s13_no_form_changes_anything_without_its_token_and_its_site(
    app: FastAPI, sqlite_engine: Engine, who: str | None
) -> None:
    there = browser(app) if who is None else signed_in(app, sqlite_engine, 1)
    token = "0" * 64 if who != "another site" else form_token(there.get("/account").text)
    if who == "another site":
        there.headers["Sec-Fetch-Site"] = "cross-site"
    names = about(sqlite_engine, OWN)
    for path in (*FORMS, *OF_WHOM_THEY_SEE, *OF_THEMSELVES):
        fields = {**FORMS.get(path, {}), "form": token}
        answer = there.post(path.format(**names), data=fields)
        assert answer.status_code == (303 if who is None else 403), path
        assert who is not None or answer.headers["location"] == "/sign-in"
    assert touched(sqlite_engine) == set()


@pytest.mark.parametrize("path", PAGES)
def test_s13_nobody_sees_anything_before_they_sign_in(app: FastAPI, path: str) -> None:
    answer = browser(app).get(path)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/sign-in?next={path}")
    assert "Ada" not in answer.text


def test_s13_lists_name_the_customers_of_an_owner_alone(
    app: FastAPI, sqlite_engine: Engine
) -> None:
    pages = ("/", "/customers", "/messages", "/held")
    for role, seen in (("owner", {"Ada"}), ("viewer", {"Ada", "Bob"}), ("owner of nobody", set())):
        there = signed_in(app, sqlite_engine, ROLES[role])
        for path in pages:
            text = there.get(path).text
            assert {name for name in ("Ada", "Bob") if name in text} == seen, (role, path)


def test_s13_who_stands_in_sees_the_customers_of_whom_they_stand_in_for(
    app: FastAPI, sqlite_engine: Engine
) -> None:
    with writing(sqlite_engine) as connection:
        new = connection.execute(
            insert(OwnerRow).values(email="new@example.com", name="Nell New").returning(OwnerRow.id)
        ).scalar_one()
        away = {"from_on": NOW.date(), "until_on": NOW.date(), "noted_at": NOW}
        connection.execute(insert(Absence).values(owner_id=1, stand_in_id=new, **away))
    there = signed_in(app, sqlite_engine, ROLES["owner of nobody"])
    day = there.get("/").text
    assert "With the work of Olive Owner" in day
    assert "Ada" in day
    assert there.get(f"/customers/{OWN}").status_code == 200
    assert there.get(f"/customers/{OTHERS}").status_code == 404


def test_s13_who_left_the_settings_sees_no_customer(app: FastAPI, sqlite_engine: Engine) -> None:
    there = signed_in(app, sqlite_engine, ROLES["owner"])
    assert there.get("/customers/1").status_code == 200
    with writing(sqlite_engine) as connection:
        connection.execute(update(OwnerRow).values(named=False))
    assert there.get("/customers/1").status_code == 404
    assert "Ada" not in there.get("/customers").text


def test_words_that_no_database_takes_are_no_fault(engine: Engine, settings: Settings) -> None:
    with writing(engine) as connection:
        ada(connection, owner_id=olive(connection))
        admin = account(connection, "admin@example.com", "admin")
    app = create_app(settings, engine, clock=lambda: NOW)
    there = signed_in(app, engine, admin)
    assert "Ada" in there.get("/customers?q=A%00da").text
    assert there.get("/messages/%00").status_code == 404
    stranger = browser(app)
    wrong = {"email": "a\0b@example.com", "password": "a\0b"}
    assert stranger.post("/sign-in", data=wrong).status_code == 403
    half = 'Content-Disposition: form-data; name="password"\r\n\r\n+2AA-'  # of a character
    kind = {"Content-Type": "multipart/form-data; boundary=b; charset=utf-7"}
    answer = stranger.post("/sign-in", content=f"--b\r\n{half}\r\n--b--\r\n", headers=kind)
    assert answer.status_code == 403


def test_the_way_to_the_sign_in_page_holds_no_raw_character(app: FastAPI) -> None:
    leads_to = browser(app).get("/cadences/%00%E2%82%AC%26").headers["location"]
    assert leads_to == "/sign-in?next=/cadences/%00%E2%82%AC%26"
