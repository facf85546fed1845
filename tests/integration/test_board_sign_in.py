"""Signing in to the board: who gets in, for how long, and what everybody else learns."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx import Response
from pydantic import SecretStr
from sqlalchemy import Connection, Engine, event, func, select, update

from contacts.record.engine import reading, writing
from contacts.record.sign_in.accounts import remove_account
from contacts.record.tables import Account, Session
from contacts.settings import Settings
from contacts.web.app import create_app
from contacts.web.board.going_back import page_of_ours
from tests.board import OTHER, PASSWORD, account, browser, cheap_hash, form_token, signed_in
from tests.cast import NOW

OLIVE = "olive@example.com"
PUBLIC = "https://touch.example.com"


@dataclass
class Clock:
    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def app(sqlite_engine: Engine, settings: Settings, clock: Clock) -> FastAPI:
    """Olive has an account; customers reach us by https."""
    with writing(sqlite_engine) as connection:
        account(connection, OLIVE, "owner")
    behind_https = settings.model_copy(update={"public_url": PUBLIC})
    return create_app(behind_https, sqlite_engine, clock=clock)


def sign_in(there: TestClient, password: str = PASSWORD, email: str = OLIVE) -> Response:
    return there.post("/sign-in", data={"email": email, "password": password})


def sessions(engine: Engine) -> int:
    with reading(engine) as connection:
        return connection.execute(select(func.count()).select_from(Session)).scalar_one()


@pytest.mark.usefixtures("real_hashes")
def test_s13_who_knows_the_password_gets_in_and_out(app: FastAPI, sqlite_engine: Engine) -> None:
    there = browser(app)
    assert there.get("/customers").headers["location"] == "/sign-in?next=/customers"
    assert "Password" in there.get("/sign-in?next=/customers").text
    answer = sign_in(there, email=" Olive@Example.com ")
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    page = there.get("/customers")
    assert page.status_code == 200
    token = there.cookies["touchline"]
    with reading(sqlite_engine) as connection:
        assert token not in str(connection.execute(select(Session)).all())
        stronger = connection.execute(select(Account.password_hash)).scalar_one()
    assert stronger.startswith("$argon2id$v=19$m=65536,t=3")  # of the first one, a cheap one
    out = there.post("/sign-out", data={"form": form_token(page.text)})
    assert out.headers["location"] == "/sign-in"
    assert sessions(sqlite_engine) == 0
    there.cookies.set("touchline", token, domain="127.0.0.1")
    assert there.get("/customers").status_code == 303


def test_s13_the_cookie_is_out_of_reach_of_scripts_and_by_https_of_other_hosts(
    app: FastAPI,
) -> None:
    here = sign_in(browser(app)).headers["set-cookie"]
    assert here.startswith("touchline=")
    assert {"HttpOnly", "SameSite=lax", "Path=/"} <= set(here.split("; "))
    there = sign_in(browser(app, base_url=PUBLIC)).headers["set-cookie"]
    assert there.startswith("__Host-touchline=")
    assert {"HttpOnly", "SameSite=lax", "Path=/", "Secure"} <= set(there.split("; "))
    assert "Domain" not in there


def test_s13_a_wrong_password_and_an_unknown_address_get_one_answer(
    app: FastAPI, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong, unknown = sign_in(browser(app), OTHER), sign_in(browser(app), email="x@example.com")
    assert wrong.status_code == unknown.status_code == 403
    assert wrong.text.replace(OLIVE, "") == unknown.text.replace("x@example.com", "")
    assert "The address or the password is wrong." in wrong.text
    assert f'value="{OLIVE}"' in wrong.text
    assert "set-cookie" not in wrong.headers
    said = capsys.readouterr().out
    assert said.count("sign-in refused") == 2
    assert "account=1" in said
    assert "example.com" not in said
    assert OTHER not in said


def test_s13_a_session_ends_when_it_is_idle_and_in_the_end_anyway(
    app: FastAPI, sqlite_engine: Engine, clock: Clock
) -> None:
    there = signed_in(app, sqlite_engine, 1)
    for hours in (11, 22, 33, 44):
        clock.now = NOW + timedelta(hours=hours)
        assert there.get("/customers").status_code == 200, hours
    with writing(sqlite_engine) as connection:
        connection.execute(update(Session).values(created_at=clock.now - timedelta(days=7)))
    assert there.get("/customers").status_code == 303
    clock.now = NOW
    idle = signed_in(app, sqlite_engine, 1)
    clock.now = NOW + timedelta(hours=12)
    assert idle.get("/customers").status_code == 303


def test_s13_signing_in_makes_a_new_session_of_an_old_one(
    app: FastAPI, sqlite_engine: Engine
) -> None:
    there = signed_in(app, sqlite_engine, 1)
    before = there.cookies["touchline"]
    sign_in(there)
    assert there.cookies["touchline"] != before
    assert sessions(sqlite_engine) == 1


def test_s13_a_new_password_ends_every_other_session(app: FastAPI, sqlite_engine: Engine) -> None:
    here, elsewhere = signed_in(app, sqlite_engine, 1), signed_in(app, sqlite_engine, 1)
    token = form_token(here.get("/account").text)
    form = {"form": token, "old": PASSWORD, "new": OTHER, "again": OTHER}
    for wrong, said in (
        ({"old": OTHER}, "not your present password"),
        ({"again": PASSWORD}, "not written twice alike"),
        ({"new": "olive olive", "again": "olive olive"}, "take 12 or more"),
    ):
        answer = here.post("/account/password", data=form | wrong)
        assert answer.status_code == 422
        assert said in answer.text
    answer = here.post("/account/password", data=form)
    assert answer.headers["location"] == "/account?done=password"
    assert "Your password is changed" in here.get("/account?done=password").text
    assert elsewhere.get("/account").status_code == 303
    assert sessions(sqlite_engine) == 1
    assert sign_in(browser(app)).status_code == 403
    assert sign_in(browser(app), OTHER).status_code == 303


@pytest.mark.parametrize("form", ["/sign-in", "/account/password"])
def test_s13_a_password_changed_meanwhile_keeps_the_old_one_out(
    app: FastAPI, sqlite_engine: Engine, form: str
) -> None:
    there = signed_in(app, sqlite_engine, 1) if form.startswith("/account") else browser(app)
    token = {} if form == "/sign-in" else {"form": form_token(there.get("/account").text)}
    passwords = {"password": PASSWORD, "old": PASSWORD, "new": OTHER, "again": OTHER}
    changed = cheap_hash("three loud kettles")

    meanwhile: list[str] = []

    @event.listens_for(sqlite_engine, "before_cursor_execute")
    def change(connection: Connection, _cursor: object, statement: str, *_: object) -> None:
        if statement.startswith("UPDATE accounts") and not meanwhile:
            meanwhile.append(statement)
            connection.execute(update(Account).values(password_hash=changed))

    answer = there.post(form, data={"email": OLIVE, **passwords, **token})
    assert answer.status_code in (403, 422)
    assert "set-cookie" not in answer.headers
    with reading(sqlite_engine) as connection:
        assert connection.execute(select(Account.password_hash)).scalar() == changed


def test_s13_what_an_account_may_do_counts_at_once(app: FastAPI, sqlite_engine: Engine) -> None:
    there = signed_in(app, sqlite_engine, 1)
    with writing(sqlite_engine) as connection:
        connection.execute(update(Account).values(role="viewer"))
    assert "signed in as viewer" in there.get("/account").text
    with writing(sqlite_engine) as connection:
        remove_account(connection, OLIVE)
    assert there.get("/account").status_code == 200  # nobody has an account, and it is a rehearsal
    assert "this machine" in there.get("/account").text


def test_s13_s19_guessing_has_an_end_for_an_account(app: FastAPI) -> None:
    tries = app.state.site.tries
    assert [tries.wait(OLIVE, f"192.0.2.{number}") for number in range(10)] == [0] * 10
    refused = sign_in(browser(app))
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "60")
    assert "again in 60 seconds" in refused.text
    assert tries.wait("bob@example.com", "192.0.2.1") == 0


def test_s13_s19_guessing_has_an_end_from_an_address(app: FastAPI) -> None:
    tries = app.state.site.tries
    answers = [tries.wait(f"{number}@example.com", "192.0.2.1") for number in range(31)]
    assert answers == [0] * 30 + [10]
    assert tries.wait(OLIVE, "192.0.2.2") == 0


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site", "Origin": "http://127.0.0.1:8000"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {},
    ],
    ids=str,
)
def test_s13_no_other_site_signs_anybody_in_or_sends_a_form(
    app: FastAPI, sqlite_engine: Engine, headers: dict[str, str]
) -> None:
    stranger = browser(app, headers=headers)
    assert sign_in(stranger).status_code == 403
    there = signed_in(app, sqlite_engine, 1)
    token = form_token(there.get("/account").text)
    stranger.cookies = there.cookies
    assert stranger.post("/sign-out", data={"form": token}).status_code == 403
    assert sessions(sqlite_engine) == 1


def test_s13_a_form_needs_the_token_of_its_own_session(app: FastAPI, sqlite_engine: Engine) -> None:
    there, other = signed_in(app, sqlite_engine, 1), signed_in(app, sqlite_engine, 1)
    others = form_token(other.get("/account").text)
    for form in ({}, {"form": ""}, {"form": others}, {"form": "é"}):
        assert there.post("/sign-out", data=form).status_code == 403
    assert sessions(sqlite_engine) == 2


def test_a_browser_that_says_only_its_origin_is_believed(
    app: FastAPI, sqlite_engine: Engine
) -> None:
    there = signed_in(app, sqlite_engine, 1)
    token = form_token(there.get("/account").text)
    there.headers = {"Origin": "http://127.0.0.1:8000"}  # type: ignore[assignment]
    assert there.post("/sign-out", data={"form": token}).status_code == 303


@pytest.mark.parametrize(
    ("wanted", "leads_to"),
    [
        ("/customers/7", "/customers/7"), ("https://evil.example", "/"), ("//evil.example", "/"),
        ("/\\evil.example", "/"), ("/customers//evil", "/"), ("/a\r\nb", "/"), ("", "/"),
    ],
)  # fmt: skip
def test_s11_signing_in_leads_to_a_page_of_ours_alone(wanted: str, leads_to: str) -> None:
    assert page_of_ours(wanted) == leads_to


def test_signing_in_goes_on_where_one_wanted_to(app: FastAPI) -> None:
    form = {"email": OLIVE, "password": PASSWORD, "next": "/customers"}
    assert browser(app).post("/sign-in", data=form).headers["location"] == "/customers"


def test_a_rehearsal_without_accounts_lets_this_machine_in(
    sqlite_engine: Engine, settings: Settings
) -> None:
    there = browser(create_app(settings, sqlite_engine, clock=lambda: NOW))
    page = there.get("/account")
    assert "this machine, signed in as admin" in page.text
    assert there.get("/sign-in").headers["location"] == "/"
    assert there.post("/sign-out", data={}).status_code == 403


def test_s13_live_credentials_ask_for_the_first_account(
    sqlite_engine: Engine, settings: Settings
) -> None:
    live = settings.model_copy(update={"sendgrid_api_key": SecretStr("SG.x"), "public_url": PUBLIC})
    app = create_app(live, sqlite_engine, clock=lambda: NOW)
    assert browser(app).get("/customers").status_code == 303
    assert "touchline account add" in browser(app).get("/sign-in").text
    assert browser(app, base_url=PUBLIC).get("/sign-in").status_code == 404


def test_s13_without_https_nobody_elsewhere_signs_in(
    sqlite_engine: Engine, settings: Settings
) -> None:
    with writing(sqlite_engine) as connection:
        account(connection, OLIVE, "admin")
    app = create_app(settings, sqlite_engine, clock=lambda: NOW)
    there = browser(app, base_url="http://touch.example.com")
    assert there.get("/sign-in").status_code == 404
    assert sign_in(there).status_code == 404
    assert there.get("/customers").status_code == 404


def test_s13_passwords_are_hidden_and_known_to_password_managers(
    app: FastAPI, sqlite_engine: Engine
) -> None:
    entry = browser(app).get("/sign-in").text
    assert 'name="password" type="password" autocomplete="current-password"' in entry
    change = signed_in(app, sqlite_engine, 1).get("/account").text
    assert change.count('type="password"') == 3
    assert 'name="new" type="password" autocomplete="new-password"' in change
