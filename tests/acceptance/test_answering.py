"""Answering as a customer in the stand-in's inbox, and opting out: in a browser, as people do."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page
from sqlalchemy import Engine

from contacts.settings import load_settings
from tests.browsers import chromium
from tests.stage import Stage, hear_everything, staged, web_app
from tests.workers import Forks
from tests.world import loaded

ELSEWHERE = "http://elsewhere.example/"
STEPS = """\
  - {key: offer, channel: email, template: offer, day: 0}
  - {key: ping, channel: sms, template: ping, day: 0}
  - {key: more-sms, channel: sms, template: ping, day: 3}
  - {key: more-mail, channel: email, template: offer, day: 4}
  - {key: last-mail, channel: email, template: offer, day: 10}
"""
A_DAY = timedelta(days=1)


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
        _send(page, stage, "Could you call me on Friday?")
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


def test_f45_c18_sms_stops_mail_goes_on_until_they_unsubscribe_and_both_are_told(
    forks: Forks, sqlite_engine: Engine, workspace: Path, page: Page
) -> None:
    with staged(forks, sqlite_engine, workspace) as stage:
        _write_to_ada(stage)
        with web_app(stage):
            _answer_the_sms(page, stage, "STOP")
        assert stage.touches()[2] == ("skipped", "suppressed")  # what was planned, at once
        for days in (3, 1):
            stage.tick(after=days * A_DAY)
        assert [state for state, _ in stage.touches()[:4]] == [
            "delivered", "delivered", "skipped", "accepted",
        ]  # fmt: skip
        stage.tick("plan", after=timedelta(minutes=1))
        with web_app(stage):
            _press_unsubscribe_in_the_mail(page, stage)
        stage.tick(after=6 * A_DAY)
        assert len(stage.accepted()) == 3  # two mails and an SMS, and no more
        with web_app(stage):
            _follow_a_link_on_the_board(page, stage)
            page.goto(f"{stage.settings.local_url}/customers/1")
            _both_are_told_with_reasons(page)


def _write_to_ada(stage: Stage) -> None:
    """A mail and an SMS on her first day, from when the web app had another port."""
    workspace = stage.settings.workspace
    with (workspace / ".env").open("a", encoding="utf-8") as env:
        env.write("\nTOUCHLINE_PUBLIC_URL=http://127.0.0.1:9\n")
    stage.settings = load_settings(workspace)
    source = loaded(STEPS, purpose="marketing").source
    (workspace / "cadences" / "sample.yaml").write_text(source, encoding="utf-8")
    for _ in range(2):
        stage.tick(after=timedelta(minutes=1))
    assert len(stage.accepted()) == 2
    stage.tick("plan", after=timedelta(minutes=1))


def _answer_the_sms(page: Page, stage: Stage, words: str) -> None:
    page.goto(stage.settings.standin_url)
    page.get_by_role("link", name="all well?").first.click()
    _send(page, stage, words)


def _send(page: Page, stage: Stage, words: str) -> None:
    """The page waits some seconds for what becomes of the answer; so it is told at once."""
    page.get_by_role("textbox", name="from").fill(words)
    page.get_by_role("button", name="Send the answer").click(no_wait_after=True)
    hear_everything(stage)
    page.wait_for_url("**#events", timeout=5_000)
    hear_everything(stage)  # it was asked before the answer had come


def _press_unsubscribe_in_the_mail(page: Page, stage: Stage) -> None:
    hear_everything(stage)
    page.goto(stage.settings.standin_url)
    page.get_by_role("link", name="An offer").first.click()
    with page.expect_popup() as opened:
        page.frame_locator("iframe.sheet").get_by_role("link", name="Unsubscribe").click()
    theirs = opened.value
    theirs.wait_for_load_state()
    assert theirs.get_by_text("Messages about what you bought").is_visible()
    theirs.get_by_role("button", name="Stop offers and news").click()
    assert theirs.get_by_role("heading").inner_text() == "Done. You are unsubscribed."
    theirs.close()


def _follow_a_link_on_the_board(page: Page, stage: Stage) -> None:
    """In a rehearsal staff play the customer there as well."""
    page.goto(f"{stage.settings.local_url}/messages")
    page.get_by_role("link", name="An offer").first.click()
    mail = page.frame_locator("iframe.sheet")
    with page.expect_popup() as opened:
        mail.get_by_role("link", name="preferences").click()
    theirs = opened.value
    theirs.wait_for_load_state()
    assert theirs.get_by_role("heading", level=1).is_visible()
    assert theirs.url.startswith(f"{stage.settings.local_url}/p/")
    theirs.close()


def _both_are_told_with_reasons(page: Page) -> None:
    story = page.locator(".story")
    for told in (
        "Asked us to stop: SMS",
        "No longer agrees to SMS",
        "Asked us to stop: e-mail",
        "No longer agrees to marketing by e-mail",
        "SMS 'more sms' skipped",
        "E-mail 'last mail' skipped",
        "the customer asked us to stop",
    ):
        assert story.get_by_text(told).count() > 0, told
    permission = page.locator(".about section", has_text="May we write?")
    assert permission.get_by_text("no: opt out").is_visible()
    assert permission.get_by_text("no marketing: opt out").is_visible()
