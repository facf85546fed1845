"""The pages in a real browser: they fit a desktop and a phone, load nothing foreign, and work."""

import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

import pytest
import uvicorn
from axe_playwright_python.sync_playwright import Axe
from fastapi import FastAPI
from playwright.sync_api import Page, ViewportSize
from sqlalchemy import Engine, select

from contacts.channels.links import preferences_token, unsubscribe_token, view_token
from contacts.record.consent.suppression import suppressed
from contacts.record.customers.address_keys import address_hash, link_key
from contacts.record.customers.proofs import Proof, keep_proof
from contacts.record.engine import reading, writing
from contacts.record.orders.signal_moves import NewSignal, raise_signals
from contacts.record.tables import Task
from contacts.record.work.tasks import NewTask, open_tasks
from contacts.settings import Settings
from contacts.web.app import create_app
from contacts.web.board.gallery import write_gallery
from tests.board import PASSWORD, account
from tests.browsers import chromium
from tests.cast import NOW, SIGNING_KEY, ada, bob, cleo, customer, olive
from tests.rows import ROOT
from tests.sent import CADENCE, enrolled, planned, sent

DESKTOP: ViewportSize = {"width": 1200, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}
KEYS = (SIGNING_KEY,)
ADDRESS_KEY = link_key(address_hash(SIGNING_KEY, "ada@example.com"))
ON_THE_BOARD = (
    "today", "noticed", "held", "customers", "customer", "cadence", "forecast", "proof",
)  # fmt: skip
SHOTS = ROOT / "build" / "board"
"""Where the pictures of these are left, for people to look at."""
LONG = "Donaudampfschifffahrtsgesellschaftskapitänsmützenfabrikationsgesellschaft"


@dataclass(frozen=True, slots=True)
class Place:
    url: str
    paths: dict[str, str]
    engine: Engine


@pytest.fixture
def place(sqlite_engine: Engine, settings: Settings) -> Iterator[Place]:
    """A running web app with everything that a page may show, long words among it."""
    with writing(sqlite_engine) as connection:
        owner = olive(connection)
        ada_id = ada(connection, owner_id=owner)
        planned(connection, ada_id, enrolled(connection, ada_id))
        bob(connection, owner_id=owner)
        cleo(connection)
        customer(connection, first_name="Max", last_name=LONG, company=LONG, tier=LONG)
        task = NewTask(ada_id, "reply", f"Ada replied: {LONG}", NOW, brief=LONG * 3)
        open_tasks(connection, [task], now=NOW)
        html = f"<h1>Hello Ada &amp; Bob</h1><p>{LONG}</p><script>document.title = 'ran'</script>"
        mail = sent(connection, ada_id, words={"subject": f"Hello {LONG}", "html": html})
        text = {"subject": "", "text": f"Hello {LONG} https://example.com/{LONG}", "html": None}
        sms = sent(connection, ada_id, channel="sms", step="text", words=text)
        task_id = connection.execute(select(Task.id)).scalar_one()
        days = {"silent_days": 75}
        late = NewSignal(ada_id, "order.late", "2026-09-06", f"Late. {LONG}", 0.7, days)
        raise_signals(connection, [late], since=NOW, now=NOW)
        for day in (1, 0):
            at = NOW - timedelta(days=day)
            keep_proof(connection, Proof(at, 4, 1, 1, 0, 0, uncovered=2, stale=0, unowned=2))
    (settings.workspace / "cadences").mkdir()
    (settings.workspace / "cadences" / "onboarding.yaml").write_text(CADENCE, encoding="utf-8")
    paths = {
        "today": "/",
        "task": f"/tasks/{task_id}",
        "noticed": "/noticed",
        "held": "/held",
        "cadences": "/cadences",
        "cadence": "/cadences/onboarding?step=tips",
        "forecast": "/forecast",
        "proof": "/proof",
        "sign-in": "/sign-in",
        "customers": "/customers",
        "nobody": "/customers?q=nobody",
        "customer": f"/customers/{ada_id}",
        "long": "/customers/4",
        "messages": "/messages",
        "mail": f"/messages/{mail.attempt_id}",
        "sms": f"/messages/{sms.attempt_id}",
        "unsubscribe": f"/u/{unsubscribe_token(KEYS, ada_id, 'email')}",
        "preferences": f"/p/{preferences_token(KEYS, ada_id, 'email', ADDRESS_KEY)}",
        "view": f"/v/{view_token(KEYS, sms.attempt_id)}",
        "missing": "/nowhere",
    }
    with served(create_app(settings, sqlite_engine, clock=lambda: NOW)) as url:
        yield Place(url, paths, sqlite_engine)


@contextmanager
def served(app: FastAPI) -> Iterator[str]:
    """The app on a free port of this machine, in a thread."""
    with closing(socket.socket()) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()  # from here on a browser waits for the server instead of being refused
        server = uvicorn.Server(uvicorn.Config(app, log_level="critical", lifespan="off"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(20)


Scheme = Literal["light", "dark"]
Windows = Mapping[bool, Page]
"""One window with scripts and one without; a window costs as much CPU as two pages in it."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Windows]:
    with chromium() as launched:
        yield {
            scripts: launched.new_context(java_script_enabled=scripts).new_page()
            for scripts in (True, False)
        }


@contextmanager
def opened(
    browser: Windows, viewport: ViewportSize, *, scheme: Scheme = "light", scripts: bool = True
) -> Iterator[Page]:
    """The window as nobody used it before: every test has another origin, and no cookies."""
    page = browser[scripts]
    page.context.clear_cookies()
    page.set_viewport_size(viewport)
    page.emulate_media(color_scheme=scheme)
    yield page


@pytest.mark.parametrize("scheme", ["light", pytest.param("dark", marks=pytest.mark.long)])
def test_every_page_fits_is_for_everybody_and_loads_nothing_but_its_own(
    browser: Windows, place: Place, scheme: Scheme
) -> None:
    """For everybody by axe-core's rules of WCAG 2.2 AA, and its best practices."""
    with opened(browser, DESKTOP, scheme=scheme) as page:
        asked: list[str] = []
        errors: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.on("pageerror", lambda error: errors.append(str(error)))
        for name, path in place.paths.items():
            page.goto(place.url + path)
            assert page.locator("h1").count() == 1, name
            for viewport in (PHONE, DESKTOP):
                page.set_viewport_size(viewport)
                width = page.evaluate("document.documentElement.scrollWidth")
                assert width <= viewport["width"], f"{name} is {width} px wide"
                if name in ON_THE_BOARD:
                    shot = SHOTS / f"{name}-{viewport['width']}-{scheme}.png"
                    page.screenshot(path=shot, full_page=True)
            found = Axe().run(page)
            assert found.violations_count == 0, f"{name}: {found.generate_report()}"
        print(f"Pictures of the board: {SHOTS}")  # noqa: T201  # where to look
        assert errors == []
        assert {url for url in asked if not url.startswith((place.url, "data:"))} == set()


def test_the_gallery_fits_a_phone_and_runs_nothing(
    browser: Windows, place: Place, settings: Settings
) -> None:
    path = settings.workspace / "gallery.html"
    with reading(place.engine) as connection:
        write_gallery(connection, path, settings=settings, limit=10)
    with opened(browser, PHONE) as page:
        page.goto(path.as_uri())
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        mail = page.frame_locator("iframe").first
        assert mail.locator("h1").inner_text() == "Hello Ada & Bob"
        assert "said" in page.title()


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_a_mail_of_the_gallery_opens_whole_and_closes_again(
    browser: Windows, place: Place, settings: Settings, viewport: ViewportSize
) -> None:
    path = settings.workspace / "gallery.html"
    with reading(place.engine) as connection:
        write_gallery(connection, path, settings=settings, limit=10)
    with opened(browser, viewport) as page:
        page.goto(path.as_uri())
        page.get_by_role("link", name="Read it whole").first.click()
        box = page.locator("figure:target iframe").bounding_box()
        assert box is not None
        assert box["width"] == viewport["width"]
        assert box["y"] + box["height"] == viewport["height"]
        assert page.frame_locator("figure:target iframe").locator("h1").is_visible()
        page.get_by_role("link", name="Close").click()
        assert page.locator("figure:target").count() == 0
        assert page.locator("figcaption:target").is_visible()


def test_a_message_opens_by_itself_beyond_its_frame(browser: Windows, place: Place) -> None:
    with opened(browser, PHONE) as page:
        page.goto(f"{place.url}/messages")
        page.get_by_role("link", name="Hello Donau").click()
        frame = page.locator("iframe.sheet").get_attribute("src")
        page.get_by_role("link", name="Open the whole message by itself").click()
        page.wait_for_url(f"{place.url}{frame}")  # no script may run there, ours neither


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_c07_a_customer_unsubscribes_by_a_press_and_not_before(
    browser: Windows, place: Place, scripts: bool
) -> None:
    ada_hash = address_hash(SIGNING_KEY, "ada@example.com")
    with opened(browser, PHONE, scripts=scripts) as page:
        page.goto(place.url + place.paths["unsubscribe"])
        page.wait_for_timeout(200)  # what a page that submits itself would need
        with place.engine.connect() as connection:
            assert suppressed(connection, [ada_hash]) == {}
        page.get_by_role("button", name="Stop offers and news").click()
        assert page.get_by_role("heading").inner_text() == "Done. You are unsubscribed."
    with place.engine.connect() as connection:
        assert suppressed(connection, [ada_hash]) == {(ada_hash, "email"): "marketing"}


def test_c18_a_customer_chooses_by_keyboard_and_without_scripts(
    browser: Windows, place: Place
) -> None:
    with opened(browser, PHONE, scripts=False) as page:
        page.goto(place.url + place.paths["unsubscribe"])
        page.get_by_role("link", name="Choose what you get").click()
        page.get_by_role("radio", name="Only what concerns what I bought").first.press("Space")
        page.get_by_role("radio", name="Pause until").press("Space")
        page.get_by_label("Best time of day").select_option("Evening, 17 to 21")
        page.get_by_role("button", name="Save").press("Enter")
        assert page.get_by_role("listitem").all_inner_texts() == [
            "E-mail: Only what concerns what I bought.",
            "Offers and news wait until December 20, 2026.",
            "Best time of day: Evening, 17 to 21.",
        ]
        page.get_by_role("link", name="Change something else").click()
        assert page.get_by_role("radio", name="Stay paused").is_checked()
        for choice in page.locator("label.choice").all():
            box = choice.bounding_box()
            assert box is not None
            assert min(box["width"], box["height"]) >= 24


def test_an_owner_finds_a_customer_and_reads_what_was_sent(browser: Windows, place: Place) -> None:
    with opened(browser, DESKTOP) as page:
        page.goto(f"{place.url}/customers")
        page.get_by_label("Search").fill("archer")
        page.get_by_role("button", name="Show").click()
        page.get_by_role("link", name="Ada Archer").click()
        assert page.get_by_role("heading", level=1).inner_text() == "Ada Archer"
        assert page.get_by_text(LONG * 3).is_visible()
        page.get_by_role("link", name="Messages", exact=True).click()
        page.get_by_role("link", name="Hello Donau").click()
        mail = page.frame_locator("iframe.sheet")
        assert mail.locator("h1").inner_text() == "Hello Ada & Bob"
        assert "ran" not in page.title()


def test_the_keyboard_reaches_the_content_first(browser: Windows, place: Place) -> None:
    with opened(browser, DESKTOP) as page:
        page.goto(place.url)
        page.keyboard.press("Tab")
        focused = "document.activeElement.textContent"
        assert page.evaluate(focused) == "Skip to the content"


def test_an_owner_signs_in_and_logs_a_call_in_two_clicks_without_scripts(
    browser: Windows, place: Place
) -> None:
    with writing(place.engine) as connection:
        account(connection, "olive@example.com", "owner")
        open_tasks(connection, [NewTask(1, "call", "Call about the grinder", NOW)], now=NOW)
    with opened(browser, PHONE, scripts=False) as page:
        page.goto(f"{place.url}/customers/1")
        page.get_by_label("E-mail address").fill("olive@example.com")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_label("Password").press("Enter")
        assert page.get_by_role("heading", level=1).inner_text() == "Ada Archer"
        page.get_by_role("link", name="Today").click()
        call = page.get_by_role("listitem").filter(has_text="Call about the grinder")
        call.get_by_text("Log it").click()
        call.get_by_role("button", name="Reached them").click()
        assert page.get_by_role("status").inner_text().startswith("Ada Archer: Call (reached")
        assert call.count() == 0
        page.get_by_role("button", name="Sign out").click()
        page.goto(f"{place.url}/customers/1")
        assert page.get_by_role("heading", level=1).inner_text() == "Sign in"
