"""People with accounts on the board, and their browsers; hashes here cost nothing."""

import re
from functools import cache

from argon2 import PasswordHasher
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import Connection, Engine, insert

from contacts.record.engine import writing
from contacts.record.sign_in.sessions import begin_session
from contacts.record.tables import Account
from tests.cast import NOW

HERE = "http://127.0.0.1:8000"
PASSWORD = "seven wet umbrellas"
OTHER = "nine dry cupboards, one key"
FROM_OUR_PAGE = {"Sec-Fetch-Site": "same-origin"}


@cache
def cheap_hash(password: str = PASSWORD) -> str:
    return PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(password)


def account(connection: Connection, email: str, role: str) -> int:
    """An account with PASSWORD; returns its id."""
    row = {
        "email": email,
        "name": email.partition("@")[0].capitalize(),
        "role": role,
        "password_hash": cheap_hash(),
        "created_at": NOW,
        "password_at": NOW,
    }
    return int(connection.execute(insert(Account).values(row)).inserted_primary_key[0])


def browser(app: FastAPI, **changes: object) -> TestClient:
    """A browser on this machine, which says of each request where it comes from."""
    options = {"base_url": HERE, "headers": FROM_OUR_PAGE, "raise_server_exceptions": False}
    return TestClient(app, **(options | changes), follow_redirects=False)  # type: ignore[arg-type]


def signed_in(app: FastAPI, engine: Engine, account_id: int) -> TestClient:
    """A browser of somebody who has signed in before."""
    with writing(engine) as connection:
        token = begin_session(connection, account_id, now=NOW)
    there = browser(app)
    there.cookies.set("touchline", token, domain="127.0.0.1")
    return there


def form_token(page: str) -> str:
    """What the forms of a page bring along."""
    found = re.search(r'name="form" value="([0-9a-f]{64})"', page)
    assert found is not None
    return found[1]
