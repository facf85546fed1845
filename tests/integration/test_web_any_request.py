"""Requests made up from the app's own description: none ends in a fault, and each answer is told.

schemathesis makes them: such as the description has, and such as it forbids. Every other request of
a provider is signed as the provider signs, so that what comes behind the signature is reached.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests
from fastapi.testclient import TestClient
from httpx import Response
from hypothesis import HealthCheck, Phase, given, strategies
from hypothesis import settings as effort
from multidict import MultiDict
from sqlalchemy import Engine
from twilio.request_validator import RequestValidator

from contacts.channels.inbound import inbound_token
from contacts.channels.links import (
    calendar_token,
    confirm_token,
    followed_token,
    preferences_token,
    unsubscribe_url,
    view_token,
)
from contacts.channels.rehearsal import signing_keys, standin_folder
from contacts.record.book.owners import sync_owners
from contacts.record.engine import writing
from contacts.record.touches.links import keep_links
from contacts.settings import Settings
from contacts.web.app import create_app
from tests.cast import NOW, SIGNING_KEY, ada
from tests.providers import sendgrid_headers
from tests.sent import sent

DOCUMENT = Path(__file__).parents[2] / "docs" / "webhooks.md"
HERE = "http://127.0.0.1:8000"
FEW, MANY = 3, 500
"""Made-up requests of each kind to each address that takes a body; so many in `make requests`."""


@pytest.fixture
def client(sqlite_engine: Engine, settings: Settings) -> Iterator[TestClient]:
    app = create_app(settings, sqlite_engine, clock=lambda: NOW)
    with TestClient(
        app, base_url=HERE, raise_server_exceptions=False, follow_redirects=False
    ) as client:
        yield client


@pytest.fixture
def asker(client: TestClient, settings: Settings, sqlite_engine: Engine) -> "Asker":
    with writing(sqlite_engine) as connection:
        owner_id = sync_owners(connection, settings)["olive@example.com"]
        customer_id = ada(connection, owner_id=owner_id)
        attempt_id = sent(connection, customer_id).attempt_id
        keep_links(connection, {attempt_id: ["https://tea.example/"]})
    ours = urlsplit(unsubscribe_url(settings, customer_id, "email")).path.rpartition("/")[2]
    there = {
        ("/u/", "token"): ours,
        ("/p/", "token"): preferences_token(settings.link_ring, customer_id, "email"),
        ("/calendar/", "token"): calendar_token(settings.link_ring, owner_id, 1),
        ("/c/", "token"): confirm_token(settings.link_ring, attempt_id, "0" * 64),
        ("/l/", "token"): followed_token(settings.link_ring, attempt_id, 0),
        ("/v/", "token"): view_token(settings.link_ring, attempt_id),
        ("/webhooks/", "token"): inbound_token(SIGNING_KEY),
        ("/customers/", "number"): str(customer_id),
        ("/messages/", "attempt_id"): attempt_id,
    }
    return Asker(client, settings, there)


def test_the_description_is_shown_on_this_machine_alone(client: TestClient) -> None:
    assert client.get("/openapi.json").json()["info"]["title"] == "Touchline"
    for elsewhere in ({"Host": "touch.example.com"}, {"X-Forwarded-For": "192.0.2.1"}):
        assert client.get("/openapi.json", headers=elsewhere).status_code == 404


def test_every_address_that_a_proxy_is_to_pass_on_is_described(client: TestClient) -> None:
    rows = re.findall(r"^\| `[^|]* (/\S+)` \|", DOCUMENT.read_text(encoding="utf-8"), re.MULTILINE)
    told = {path.replace("TOKEN", "{token}") for path in rows} - {"/assets/touchline.css"}
    described = client.get("/openapi.json").json()["paths"]
    assert len(told) >= 6
    assert told <= described.keys()
    for path in told:
        webhook = path.startswith("/webhooks/")
        assert not webhook or described[path]["post"]["requestBody"]["required"], path


def test_an_address_takes_no_other_method_than_it_tells(client: TestClient) -> None:
    for path, told in client.get("/openapi.json").json()["paths"].items():
        for method in {"post", "put", "trace"} - told.keys():
            assert client.request(method, path).status_code == 405, (method, path)


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("mode", ["POSITIVE", "NEGATIVE"])
@pytest.mark.parametrize("examples", [FEW, pytest.param(MANY, marks=pytest.mark.long)])
def test_no_request_ends_in_a_fault_and_every_answer_is_described(
    asker: "Asker", mode: str, examples: int
) -> None:
    from schemathesis import GenerationMode, openapi  # half a second that other tests do without
    from schemathesis.generation.feedback import FeedbackSources

    described = openapi.from_dict(asker.client.get("/openapi.json").json())
    for found in described.get_all_operations():
        operation = found.ok()
        if operation.method == "head" and examples == FEW:
            continue  # answered by the same lines as GET
        if mode == "POSITIVE" or _forbids(operation.definition.raw):
            made = operation.as_strategy(GenerationMode[mode], feedback=FeedbackSources())
            simple = examples == FEW and "requestBody" not in operation.definition.raw
            _try(asker, made, 2 if simple else examples)


def _forbids(operation: dict[str, Any]) -> bool:
    """Whether there is a request that does not fit; any text fits a name in a path."""
    return "requestBody" in operation or any(
        parameter["in"] != "path" for parameter in operation.get("parameters", [])
    )


def _try(asker: "Asker", made: Any, examples: int) -> None:
    @effort(
        max_examples=examples,
        derandomize=examples < MANY,
        database=None,
        phases=[Phase.generate, Phase.shrink] if examples == MANY else [Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=made, real=strategies.booleans())
    def any_request(case: Any, real: bool) -> None:
        answer = asker.ask(case, real=real)
        told = case.operation.definition.raw["responses"].get(str(answer.status_code))
        said = f"{answer.status_code} {answer.text[:300]} to {case.as_curl_command()}"
        assert answer.status_code < 500, said
        assert told is not None, said
        media, _, more = answer.headers.get("content-type", "").partition(";")
        assert more.strip() == "charset=utf-8" or not media.startswith("text/"), said
        assert media in (told.get("content") or {"": {}}), said

    any_request()


@dataclass(frozen=True, slots=True)
class Asker:
    """Sends what schemathesis made; where it is to be `real`, to what exists, and well signed."""

    client: TestClient
    settings: Settings
    there: dict[tuple[str, str], str]
    """By the beginning of a path and a name in it: what exists."""

    def ask(self, case: Any, *, real: bool) -> Response:
        if real:
            self._lead_to_what_exists(case)
        asked = requests.Request(**case.as_transport_kwargs(base_url=HERE)).prepare()
        body = asked.body or b""
        body = body.encode() if isinstance(body, str) else body
        path = asked.url.removeprefix(HERE)
        headers = dict(asked.headers) | (self._signed(path, body) if real else {})
        return self.client.request(asked.method, path, content=body, headers=headers)

    def _lead_to_what_exists(self, case: Any) -> None:
        for (begin, name), existing in self.there.items():
            if case.path.startswith(begin) and name in (case.path_parameters or {}):
                case.path_parameters[name] = existing

    def _signed(self, path: str, body: bytes) -> dict[str, str]:
        if path.startswith("/webhooks/twilio/"):
            token = signing_keys(standin_folder(self.settings.state)).twilio_token
            fields = MultiDict(parse_qsl(body.decode(), keep_blank_values=True))
            url = self.settings.webhook_url + path
            return {"X-Twilio-Signature": RequestValidator(token).compute_signature(url, fields)}
        return sendgrid_headers(self.settings, body, at=NOW)
