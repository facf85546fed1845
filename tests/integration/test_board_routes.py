"""Every address of the web app is public by name, or asks who comes; and each role gets its own."""

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from sqlalchemy import Engine, select

from contacts.record.engine import reading, writing
from contacts.record.tables import Attempt
from contacts.settings import Settings
from contacts.web import access
from contacts.web.app import create_app
from contacts.web.local import local_only
from tests.board import account, browser, signed_in
from tests.cast import NOW, ada, bob, customer, olive
from tests.sent import sent

PUBLIC = ("/webhooks/", "/u/", "/p/", "/v/", "/c/", "/l/", "/calendar/", "/assets/")
"""Behind a signature, or for everybody."""
PUBLIC_PAGES = ("/health", "/sign-in")


@pytest.fixture
def app(sqlite_engine: Engine, settings: Settings) -> FastAPI:
    """Ada is Olive's, Bob is Oscar's, and Cora is nobody's; there is an account of each role."""
    with writing(sqlite_engine) as connection:
        ada(connection, owner_id=olive(connection))
        bob(connection)
        customer(connection, first_name="Cora")
        sent(connection, 1)
        sent(connection, 2, address="bob@example.com")
        for email, role in (
            ("admin@example.com", "admin"),
            ("olive@example.com", "owner"),
            ("vera@example.com", "viewer"),
            ("new@example.com", "owner"),
        ):
            account(connection, email, role)
    return create_app(settings, sqlite_engine, clock=lambda: NOW)


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


PAGES = ("/", "/customers", "/customers/1", "/messages", "/account")


def test_s13_nobody_sees_anything_before_they_sign_in(app: FastAPI) -> None:
    for path in PAGES:
        answer = browser(app).get(path)
        assert (answer.status_code, answer.headers["location"]) == (303, f"/sign-in?next={path}")
        assert "Ada" not in answer.text


@pytest.mark.parametrize(
    ("who", "seen"),
    [(1, {"Ada", "Bob", "Cora"}), (2, {"Ada"}), (3, {"Ada", "Bob", "Cora"}), (4, set())],
    ids=["admin", "owner", "viewer", "owner of nobody"],
)
def test_s13_an_owner_sees_their_own_customers_alone(
    app: FastAPI, sqlite_engine: Engine, who: int, seen: set[str]
) -> None:
    there = signed_in(app, sqlite_engine, who)
    listed = there.get("/customers").text
    assert {name for name in ("Ada", "Bob", "Cora") if name in listed} == seen
    assert f"{len(seen)} in the book" in listed or not seen
    messages = there.get("/messages").text
    for number, name in enumerate(("Ada", "Bob", "Cora"), 1):
        page = there.get(f"/customers/{number}")
        assert page.status_code == (200 if name in seen else 404), name
        assert (name in page.text) == (name in seen)
        assert (f"to {name}" in messages) == (name in seen and name != "Cora")


def test_s13_a_message_is_seen_by_whom_its_customer_is(app: FastAPI, sqlite_engine: Engine) -> None:
    with reading(sqlite_engine) as connection:
        to_ada, to_bob = connection.execute(
            select(Attempt.id).order_by(Attempt.customer_id)
        ).scalars()
    theirs = signed_in(app, sqlite_engine, 2)
    for path in (f"/messages/{to_ada}", f"/messages/{to_ada}/body"):
        assert theirs.get(path).status_code == 200
    for path in (f"/messages/{to_bob}", f"/messages/{to_bob}/body"):
        assert theirs.get(path).status_code == 404
