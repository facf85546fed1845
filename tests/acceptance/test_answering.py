"""Answering as a customer in the stand-in's inbox, as a person does it: in a browser."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page
from sqlalchemy import Engine

from tests.browsers import chromium
from tests.stage import Stage, hear_everything, staged, web_app
from tests.workers import Forks

ELSEWHERE = "http://elsewhere.example/"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as launched:
        yield launched


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """In a context of its own, so that no test finds another's cookies."""
    with browser.new_context() as context:
        yield context.new_page()


@contextmanager
def written_to(forks: Forks, engine: Engine, workspace: Path, channel: str) -> Iterator[Stage]:
    """Ada got a message, and the web app hears what she answers."""
    with staged(forks, engine, workspace, channel=channel) as stage, web_app(stage):
        stage.tick()
        yield stage


@pytest.mark.parametrize("channel", ["email", "sms"])
def test_an_answer_sent_in_the_inbox_is_on_the_customers_timeline(
    forks: Forks, sqlite_engine: Engine, workspace: Path, channel: str, page: Page
) -> None:
    with written_to(forks, sqlite_engine, workspace, channel) as stage:
        page.goto(stage.settings.standin_url)
        page.get_by_role("link", name="Hello").first.click()
        page.get_by_role("textbox", name="from").fill("Could you call me on Friday?")
        page.get_by_role("button", name="Send the answer").click()
        page.wait_for_url("**#events", timeout=5_000)
        hear_everything(stage)
        page.goto(f"{stage.settings.local_url}/customers/1")
        assert page.get_by_text("Could you call me on Friday?").count() > 0


def test_a_page_elsewhere_cannot_answer_for_a_customer(
    forks: Forks, sqlite_engine: Engine, workspace: Path, page: Page
) -> None:
    with written_to(forks, sqlite_engine, workspace, "sms") as stage:
        page.goto(stage.settings.standin_url)
        page.get_by_role("link", name="Hello").first.click()
        form = (
            f'<form method="post" action="{page.url}/reply"><input name="text" value="STOP">'
            "<button>Win</button></form>"
        )
        page.route(ELSEWHERE, lambda route: route.fulfill(body=form, content_type="text/html"))
        page.goto(ELSEWHERE)
        with page.expect_response("**/reply") as told:
            page.get_by_role("button").click()
        assert told.value.status == 403
        hear_everything(stage)
        assert stage.touches() == [("delivered", None)]
