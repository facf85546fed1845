"""Links and pages as strangers and mail programs try them, from the collection of bad inputs."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from fastapi.testclient import TestClient
from httpx import Response
from sqlalchemy import Engine, func, select

from contacts.channels.links import unsubscribe_token
from contacts.record.engine import writing
from contacts.record.tables import Consent, Event, Suppression
from contacts.settings import Settings
from contacts.web.app import create_app
from tests.board import account, browser
from tests.cases import cases, mentions, needs_cases
from tests.cast import NOW, ada

ONE_CLICK = {"List-Unsubscribe": "One-Click"}
NOT_YET = {
    "link-021": "there is no survey yet, and so no comment",
    "ui-020": "no command has such a switch: nobody is reached until a provider's key is set",
}
"""By case: the feature that it is about."""


@dataclass(frozen=True, slots=True)
class Stranger:
    """Holds Ada's link, and tries what they like."""

    client: TestClient
    engine: Engine
    settings: Settings
    customer_id: int

    def link(self, *, keys: tuple[str, ...] = ()) -> str:
        token = unsubscribe_token(keys or self.settings.link_ring, self.customer_id, "email")
        return f"/u/{token}"

    def one_click(self) -> Response:
        """As multipart, which RFC 8058 allows."""
        return self.client.post(self.link(), files={"List-Unsubscribe": (None, "One-Click")})

    def rows(self) -> list[int]:
        """How many rows of all that a link may change."""
        with self.engine.connect() as connection:
            return [
                connection.execute(select(func.count()).select_from(table)).scalar_one()
                for table in (Suppression, Consent, Event)
            ]


@pytest.fixture
def stranger(sqlite_engine: Engine, settings: Settings) -> Iterator[Stranger]:
    with writing(sqlite_engine) as connection:
        customer_id = ada(connection)
    app = create_app(settings, sqlite_engine, clock=lambda: NOW)
    with TestClient(app, base_url="https://touch.example.com", follow_redirects=False) as client:
        yield Stranger(client, sqlite_engine, settings, customer_id)


def twice(stranger: Stranger) -> Response:
    stranger.client.post(stranger.link(), data=ONE_CLICK)
    once = stranger.rows()
    again = stranger.client.post(stranger.link(), data=ONE_CLICK)
    assert stranger.rows() == once
    return again


def with_one_character_changed(stranger: Stranger) -> Response:
    link = stranger.link()
    changed = link[:-5] + ("A" if link[-5] != "A" else "B") + link[-4:]
    return stranger.client.post(changed, data=ONE_CLICK)


def with_a_target_of_their_own(stranger: Stranger) -> Response:
    token = stranger.link().rpartition("/")[2]  # ours, and no link of a message
    return stranger.client.get(f"/l/{token}?url=https://evil.example")


def with_twenty_wrong_passwords(stranger: Stranger) -> Response:
    with writing(stranger.engine) as connection:
        account(connection, "olive@example.com", "admin")
    guessing = browser(create_app(stranger.settings, stranger.engine, clock=lambda: NOW))
    form = {"email": "olive@example.com", "password": "olive olive olive"}
    return [guessing.post("/sign-in", data=form) for _ in range(20)][-1]


TRIED: dict[str, Callable[[Stranger], Response]] = {
    "link-002": lambda stranger: stranger.client.head(stranger.link()),
    "link-005": Stranger.one_click,
    "link-006": twice,
    "link-008": with_one_character_changed,
    "ui-004": with_twenty_wrong_passwords,
    "link-016": with_a_target_of_their_own,
    "link-010": lambda stranger: stranger.client.post(stranger.link(keys=("a-retired-key",))),
}


@needs_cases
@pytest.mark.parametrize(
    "case",
    [
        pytest.param(case, id=case["id"])
        for group in ("links_and_pages", "dashboard_and_cli")
        for case in cases(group)
    ],
)
def test_a_link_or_page_of_the_collection_is_answered_rightly(
    stranger: Stranger, case: dict[str, Any]
) -> None:
    if case["id"] in NOT_YET:
        pytest.skip(NOT_YET[case["id"]])
    before, expected = stranger.rows(), case["expect"]
    answer = TRIED[case["id"]](stranger)
    assert answer.status_code == expected["http_status"]
    assert "location" not in answer.headers
    if expected["outcome"] == "reject":
        assert mentions(answer.text, case)
    if expected.get("suppressed"):
        assert stranger.rows()[0] == before[0] + 1
    if expected.get("state_change") is False:
        assert stranger.rows() == before
