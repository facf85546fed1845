"""The pages for people on this machine: what they show, to whom, and what they never let run."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr
from sqlalchemy import Engine, insert, select, update

from contacts.channels.links import unsubscribe_token
from contacts.record.engine import open_record, reading, writing
from contacts.record.phrases import NoteKind
from contacts.record.tables import Attempt, Contract, Customer, Enrolment, Event, Task, Touch
from contacts.record.work.notes import Note, record_note
from contacts.record.work.tasks import NewTask, open_tasks
from contacts.settings import Settings, load_settings
from contacts.web.app import create_app
from contacts.web.board.gallery import write_gallery
from contacts.web.guard import LINKS_OPEN
from tests.board import account, signed_in
from tests.cast import NOW, SIGNING_KEY, ada, agrees, bob, cleo, customer, olive
from tests.sent import Sent, enrolled, planned, sent

HERE = "http://127.0.0.1:8000"
EVIL = "<script>alert(1)</script>"
ELSEWHERE, NOW_HERE = "http://127.0.0.1:1/u/3-email.x", f"{HERE}/u/3-email.x"
"""A page of ours as a message names it that left from another port."""


@pytest.fixture
def engine(sqlite_engine: Engine) -> Engine:
    """The lists' SQL is tried on both databases in its own test."""
    return sqlite_engine


@pytest.fixture
def client(engine: Engine, settings: Settings) -> Iterator[TestClient]:
    app = create_app(settings, engine, clock=lambda: NOW)
    with TestClient(app, base_url=HERE, raise_server_exceptions=False) as client:
        yield client


def names_on(page: str) -> list[str]:
    return re.findall(r'<td class="who"><a href="[^"]+">([^<]*)</a>', page)


def test_an_empty_book_says_how_to_fill_it(client: TestClient) -> None:
    page = client.get("/customers").text
    assert "The book is empty" in page
    assert "touchline import customers" in page


def test_the_list_says_who_is_in_hand_and_who_is_stale(client: TestClient, engine: Engine) -> None:
    with writing(engine) as connection:
        owner = olive(connection)
        ada_id = ada(connection, owner_id=owner)
        planned(connection, ada_id, enrolled(connection, ada_id))
        bob(connection, last_contact_at=NOW - timedelta(days=70))
        cleo(connection, last_contact_at=NOW - timedelta(days=3))
    page = client.get("/customers").text
    assert names_on(page) == ["Ada Archer", "Bob Baker", "Cleo Carter"]
    assert "in 3 days" in page
    assert "1 of 3 active customers are in hand. 2 have nothing planned: 1 is stale, 1 not" in page
    assert names_on(client.get("/customers?state=stale").text) == ["Bob Baker"]
    assert names_on(client.get("/customers?state=in+hand").text) == ["Ada Archer"]
    assert names_on(client.get("/customers?state=nothing+planned").text) == ["Cleo Carter"]


def test_a_tier_may_have_a_freshness_of_its_own(engine: Engine, workspace: Path) -> None:
    settings = _with(workspace, "freshness_days_by_tier = {gold = 30}")
    with writing(engine) as connection:
        bob(connection, tier="gold")
        customer(connection, first_name="Ann", last_contact_at=NOW - timedelta(days=40))
    client = TestClient(create_app(settings, engine, clock=lambda: NOW), base_url=HERE)
    assert names_on(client.get("/customers?state=stale").text) == ["Bob Baker"]


def test_a_waiver_is_a_reason_not_to_be_stale(client: TestClient, engine: Engine) -> None:
    with writing(engine) as connection:
        bob(
            connection,
            last_contact_at=NOW - timedelta(days=400),
            waived_until=(NOW + timedelta(days=10)).date(),
            waiver="on parental leave",
        )
    assert names_on(client.get("/customers?state=stale").text) == []
    assert "on parental leave" in client.get("/customers/1").text


def test_a_customers_story_says_days_as_the_rest_of_the_board(
    client: TestClient, engine: Engine
) -> None:
    with writing(engine) as connection:
        ada_id = ada(connection, joined_on=date(2025, 12, 15), waived_until=date(2027, 3, 1))
        contract = {
            "contract_id": "C-1", "customer_id": ada_id, "starts_on": date(2026, 11, 1),
            "ends_on": date(2026, 12, 26), "value": 1200, "currency": "EUR", "kind": "project",
        }  # fmt: skip
        connection.execute(insert(Contract).values(contract))
        enrolled(connection, ada_id)
        connection.execute(update(Enrolment).values(trigger="contract:C-1:2026-12-26"))
        quiet = enrolled(connection, ada_id, name="winback")
        of = update(Enrolment).where(Enrolment.id == quiet)
        connection.execute(of.values(trigger="quiet:2026-09-01T10:00:00"))
        spring = Note(ada_id, NoteKind.NOTE, "In spring", NOW, waive_until=date(2027, 3, 1))
        record_note(connection, spring, now=NOW)
    page = client.get(f"/customers/{ada_id}").text
    for words in (
        "joined on Mon 15 Dec 2025",
        "project until Sat 26 Dec 2026",
        "the end of contract C-1 on Sat 26 Dec 2026",
        "no order since Tue 1 Sep 2026",
        "We leave them alone until Mon 1 Mar 2027",
        "Note; to be left alone until Mon 1 Mar 2027",
    ):
        assert words in page, words
    assert re.findall(r">[^<]*(\d{4}-\d\d-\d\d)", page) == []


def test_the_lists_read_alike_on_both_databases(
    postgresql_engine: Engine, settings: Settings
) -> None:
    with writing(postgresql_engine) as connection:
        owner = olive(connection)
        ada_id, bob_id = ada(connection, owner_id=owner), bob(connection)
        company = update(Customer).where(Customer.id == ada_id).values(company="Straße Золак")
        connection.execute(company)
        planned(connection, ada_id, enrolled(connection, ada_id))
        touch = sent(connection, bob_id)
    app = create_app(settings, postgresql_engine, clock=lambda: NOW)
    client = TestClient(app, base_url=HERE)
    page = client.get(f"/customers?q=example.com&state=in+hand&owner={owner}")
    assert names_on(page.text) == ["Ada Archer"]
    one = f"/messages/{touch.attempt_id}"
    for words in ("aRCHER", "straße", "золак", "ЗОЛАК"):
        assert names_on(client.get("/customers", params={"q": words}).text) == ["Ada Archer"], words
    assert names_on(client.get("/customers?state=silent+too+long").text) == []
    people = (f"/customers/{ada_id}", f"/customers/{bob_id}", "/noticed", "/proof", "/")
    for path in ("/customers", *people, "/messages", one, f"{one}/body", "/health"):
        assert client.get(path).status_code == 200, path
    with reading(postgresql_engine) as connection:
        assert write_gallery(connection, settings.workspace / "g.html", settings=settings) == 1


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("q=archer", ["Ada Archer"]),
        ("q=ada+archer", ["Ada Archer"]),
        ("q=bob@example", ["Bob Baker"]),
        ("q=555011", ["Ada Archer"]),
        ("q=%25", []),
        ("q=_", []),
        ("q=nobody", []),
        ("owner=1", ["Ada Archer"]),
        ("owner=99999999999999999999999", ["Ada Archer", "Bob Baker"]),
        ("owner=x&state=x&page=x", ["Ada Archer", "Bob Baker"]),
        ("page=7", []),
    ],
)
def test_the_list_finds(client: TestClient, engine: Engine, asked: str, found: list[str]) -> None:
    with writing(engine) as connection:
        ada(connection, owner_id=olive(connection))
        bob(connection)
    answer = client.get(f"/customers?{asked}")
    assert answer.status_code == 200
    assert names_on(answer.text) == found
    assert found or "Nobody fits" in answer.text


def test_a_long_list_has_pages(client: TestClient, engine: Engine) -> None:
    with writing(engine) as connection:
        for number in range(51):
            customer(connection, first_name="Person", last_name=f"{number:03}")
    asked = "/customers?q=person"
    first, second = client.get(asked).text, client.get(f"{asked}&page=2").text
    assert len(names_on(first)) == 50
    assert names_on(second) == ["Person 050"]
    assert 'href="/customers?q=person&amp;owner=&amp;state=&amp;page=2"' in first


def test_a_customers_page_says_what_is_next_and_what_was_agreed(
    client: TestClient, engine: Engine
) -> None:
    with writing(engine) as connection:
        ada_id = ada(connection, owner_id=olive(connection))
        planned(connection, ada_id, enrolled(connection, ada_id))
        task = NewTask(ada_id, "call", "Welcome call", NOW - timedelta(days=1), brief="Say hello")
        open_tasks(connection, [task], now=NOW)
    page = client.get(f"/customers/{ada_id}").text
    for words in ("Welcome call", "1 day late", "Say hello", "E-mail &#39;tips&#39;", "Mon 23 Nov"):
        assert words in page
    assert "In the care of Olive Owner" in page
    assert "signup form v3" in page


def test_an_answer_to_decide_about_shows_its_words_and_how_to_say_it(
    client: TestClient, engine: Engine
) -> None:
    with writing(engine) as connection:
        ada_id = ada(connection)
        task = NewTask(ada_id, "decide", "Read this and decide", NOW, brief="Stop by tomorrow?")
        open_tasks(connection, [task], now=NOW)
    page = client.get(f"/customers/{ada_id}").text
    assert "Stop by tomorrow?" in page
    assert 'value="go-on"' in page


def test_a_message_in_doubt_shows_as_a_task(client: TestClient, engine: Engine) -> None:
    with writing(engine) as connection:
        ada_id = ada(connection)
        task = NewTask(ada_id, "review", "Did it arrive?", NOW, brief="Ask them.")
        open_tasks(connection, [task], now=NOW)
        task_id = connection.execute(select(Task.id)).scalar_one()
    page = client.get(f"/customers/{ada_id}").text
    assert "Did it arrive?" in page
    assert f"task {task_id}<" in page
    assert "Say whether it arrived" in page
    assert "a message in doubt" in client.get("/customers").text


def test_a_customers_page_tells_what_happened_the_newest_first(
    client: TestClient, engine: Engine
) -> None:
    with writing(engine) as connection:
        touch = sent(connection, ada(connection), at=NOW + timedelta(hours=2))
    page = client.get("/customers/1").text
    story = page[page.index("What happened") :]
    assert f'<a href="/messages/{touch.attempt_id}">' in story
    assert story.index("sent") < story.index("Added to the record")
    assert "Fri 20 Nov 2026, 12:00" in story  # on Ada's clock, in New York


def test_a_long_answer_can_be_read_to_its_end(client: TestClient, engine: Engine) -> None:
    with writing(engine) as connection:
        ada_id = ada(connection)
        words = "It tastes of smoke. " * 60 + "Please call."
        record_note(connection, Note(ada_id, NoteKind.NOTE, words, NOW), now=NOW)
    page = client.get("/customers/1").text
    assert "<details" in page
    assert "Please call." in page


def test_a_customer_who_opted_out_shows_as_such(client: TestClient, engine: Engine) -> None:
    with writing(engine) as connection:
        cleo(connection)
    assert "no: opt out" in client.get("/customers/1").text


def test_a_no_is_called_withdrawn_only_after_a_yes(client: TestClient, engine: Engine) -> None:
    with writing(engine) as connection:
        ada_id = customer(connection, first_name="Ada")
        agrees(connection, ada_id, "sms", at=NOW - timedelta(days=1), granted=False)
    page = client.get("/customers/1").text
    assert "never given" in page
    assert "withdrawn" not in page
    with writing(engine) as connection:
        agrees(connection, ada_id, "sms", at=NOW - timedelta(hours=2))
        agrees(connection, ada_id, "sms", at=NOW - timedelta(hours=1), granted=False)
    assert "withdrawn" in client.get("/customers/1").text


@pytest.mark.parametrize("number", ["2", "0", "-1", "x", "1.0", "9" * 5000, "%00"])
def test_a_customer_who_is_not_there_is_not_found(client: TestClient, number: str) -> None:
    answer = client.get(f"/customers/{number}")
    assert answer.status_code == 404
    assert "no customer with this number" in answer.text
    assert '<nav aria-label="Main">' in answer.text


def test_the_way_back_is_for_people_on_this_machine_alone(client: TestClient) -> None:
    assert '<a href="/">' in client.get("/nowhere").text
    for path, host in (("/nowhere", "touch.example.com"), ("/u/bad", "127.0.0.1")):
        answer = client.get(path, headers={"Host": host})
        assert answer.status_code == 404
        assert '<a href="/">' not in answer.text


def test_who_is_signed_in_no_more_finds_the_way_back_and_no_menu(
    client: TestClient, engine: Engine
) -> None:
    with writing(engine) as connection:
        account(connection, "olive@example.com", "admin")
    client.cookies.set("touchline", "of another day")
    answer = client.get("/nowhere")
    assert '<a href="/">Back to the board</a>' in answer.text
    assert "<nav" not in answer.text


def test_a_customers_language_is_told_by_its_name(client: TestClient, engine: Engine) -> None:
    with writing(engine) as connection:
        customer(connection, first_name="Ann", locale="de")
    assert "<dt>Language</dt><dd>German</dd>" in client.get("/customers/1").text


def test_a_customer_in_a_zone_unknown_here_still_has_a_page(
    client: TestClient, engine: Engine
) -> None:
    with writing(engine) as connection:
        customer(connection, first_name="Ann", timezone="Mars/Olympus")
    assert client.get("/customers/1").status_code == 200


def test_a_message_shows_both_of_its_parts(client: TestClient, engine: Engine) -> None:
    with writing(engine) as connection:
        touch = sent(connection, ada(connection))
        heard = {"provider": "sendgrid", "event_id": "1", "kind": "delivered", "detail": "250 OK",
                 "customer_id": 1, "attempt_id": touch.attempt_id, "occurred_at": NOW,
                 "received_at": NOW}  # fmt: skip
        connection.execute(insert(Event).values(heard))
    page = client.get(f"/messages/{touch.attempt_id}").text
    assert "Delivered" in page
    assert "250 OK" not in page
    assert "Hello Ada &amp; Bob" in page
    assert f"<dt>Touch</dt><dd>{touch.touch_id}</dd>" in page  # as the send run names it
    body = client.get(f"/messages/{touch.attempt_id}/body")
    assert body.text.endswith("<p>Hello Ada &amp; Bob</p>")
    assert "Hello" in client.get("/messages").text


def test_in_a_rehearsal_a_mails_links_open_the_customers_page_where_it_is_now(
    client: TestClient, engine: Engine
) -> None:
    with writing(engine) as connection:
        html, text = f'<p><a href="{ELSEWHERE}">Unsubscribe</a></p>', {"subject": "", "html": None}
        mail = sent(connection, ada(connection), words={"html": html, "text": ELSEWHERE})
        sms = sent(connection, bob(connection), channel="sms", words=text | {"text": ELSEWHERE})
    page, body = (client.get(f"/messages/{mail.attempt_id}{part}") for part in ("", "/body"))
    assert f'/body" sandbox="{LINKS_OPEN}"' in page.text
    assert "A rehearsal: a link in it opens Ada Archer" in page.text
    assert body.headers["content-security-policy"].startswith(f"sandbox {LINKS_OPEN}; default-src")
    assert body.text == f'<base target="_blank">{html.replace(ELSEWHERE, NOW_HERE)}'
    assert f'<a href="{NOW_HERE}" ' in client.get(f"/messages/{sms.attempt_id}").text


def test_s21_where_mail_is_live_its_links_do_nothing_on_the_board_and_it_says_so(
    engine: Engine, settings: Settings
) -> None:
    live = settings.model_copy(update={"sendgrid_api_key": SecretStr("SG.x")})
    with writing(engine) as connection:
        mail = sent(connection, ada(connection), words={"html": '<a href="https://x.example">'})
        admin = account(connection, "olive@example.com", "admin")
    there = signed_in(create_app(live, engine, clock=lambda: NOW), engine, admin)
    page, body = (there.get(f"/messages/{mail.attempt_id}{part}") for part in ("", "/body"))
    assert '/body" sandbox=""' in page.text
    assert "touchline consent 1" in page.text
    assert body.headers["content-security-policy"].startswith("sandbox; default-src 'none'")
    assert '<base target="_blank">' in body.text  # so it would open beside, which is not allowed


def test_an_sms_has_no_html(client: TestClient, engine: Engine) -> None:
    words = {"subject": "", "text": "Hello", "html": None}
    with writing(engine) as connection:
        touch = sent(connection, ada(connection), channel="sms", words=words)
    assert client.get(f"/messages/{touch.attempt_id}").status_code == 200
    assert client.get(f"/messages/{touch.attempt_id}/body").status_code == 404


def test_a_message_that_is_not_there_is_not_found(client: TestClient) -> None:
    for path in ("/messages/nothing", "/messages/nothing/body"):
        assert client.get(path).status_code == 404
    assert "Nothing has left yet" in client.get("/messages").text


def evil_everywhere(engine: Engine) -> Sent:
    """A customer, a message and a task with a script wherever words may be."""
    with writing(engine) as connection:
        names = {"first_name": EVIL, "last_name": EVIL, "company": EVIL, "tier": EVIL}
        evil_id = customer(connection, email=None, timezone="UTC", **names)
        planned(connection, evil_id, enrolled(connection, evil_id))
        task = NewTask(evil_id, "reply", EVIL, NOW, brief=EVIL)
        open_tasks(connection, [task], now=NOW)
        words = {"subject": EVIL, "text": EVIL, "html": f'<p>"{EVIL}</p>'}
        return sent(connection, evil_id, words=words)


def test_s21_no_page_lets_a_customers_words_become_markup(
    client: TestClient, engine: Engine
) -> None:
    touch = evil_everywhere(engine)
    lists = ("/customers", f"/customers?q={EVIL}", "/messages")
    for path in (*lists, "/customers/1", f"/messages/{touch.attempt_id}"):
        page = client.get(path).text
        assert "<script" not in page, path
        assert "&lt;script&gt;alert(1)" in page, path


def test_the_gallery_is_one_file_in_which_nothing_runs(
    engine: Engine, settings: Settings, tmp_path: Path
) -> None:
    evil_everywhere(engine)
    path = tmp_path / "gallery.html"
    with reading(engine) as connection:
        assert write_gallery(connection, path, settings=settings, limit=10) == 1
    page = path.read_text(encoding="utf-8")
    assert "<script" not in page
    assert page.count("<iframe") == page.count(f'<iframe sandbox="allow-same-origin {LINKS_OPEN}"')
    assert "<iframe" in page
    assert "default-src 'none'" in page
    assert "src=" not in page.replace("srcdoc=", "")
    assert "Links in them lead to http://127.0.0.1:8000: they work while <code>touchline up" in page


def test_the_gallery_has_one_of_each_step_and_language(
    engine: Engine, settings: Settings, tmp_path: Path
) -> None:
    sms = {"subject": "", "text": "SMS to Bob", "html": None}
    with writing(engine) as connection:
        ada_id, bob_id = ada(connection), bob(connection)
        sent(connection, bob_id, words={"subject": "to Bob"}, at=NOW + timedelta(hours=1))
        sent(connection, ada_id, words={"subject": "to Ada"})
        sent(connection, bob_id, channel="sms", step="text", words=sms)
    path = tmp_path / "gallery.html"
    with reading(engine) as connection:
        assert write_gallery(connection, path, settings=settings, limit=10) == 2
    page = path.read_text(encoding="utf-8")
    assert "<strong>to Bob" in page  # who got the most of the cadence, so that it is one story
    assert "to Ada" not in page
    assert "SMS to Bob" in page


def test_the_gallery_begins_where_a_customer_begins_and_in_the_business_own_language(
    engine: Engine, settings: Settings, tmp_path: Path
) -> None:
    with writing(engine) as connection:
        bob_id = bob(connection)
        renewal = enrolled(connection, bob_id, name="renewal")
        last = sent(connection, bob_id, enrolment_id=renewal, words={"subject": "Renewal"})
        connection.execute(update(Touch).where(Touch.id == last.touch_id).values(cadence="annual"))
        later = NOW + timedelta(days=2)
        for who, language in (
            (ada(connection), "en"),
            (cleo(connection, joined_on=NOW.date()), "de"),
        ):
            sent(connection, who, step="tips", at=later, words={"subject": f"Tips {language}"})
            sent(connection, who, words={"subject": f"Hello {language}"})
            theirs = update(Attempt).where(Attempt.customer_id == who)
            connection.execute(theirs.values(template=f"welcome/{language}@12345678"))
    with reading(engine) as connection:
        write_gallery(connection, tmp_path / "g.html", settings=settings, limit=10)
    page = (tmp_path / "g.html").read_text(encoding="utf-8")
    told = re.findall(r"<strong>([^<]+)</strong>", page)
    assert told == ["Hello en", "Tips en", "Hello de", "Tips de", "Renewal"]
    assert re.findall(r"<h3>In ([^<]+)</h3>", page) == ["English", "German", "English"]


def test_the_gallery_of_nothing_says_so(engine: Engine, settings: Settings, tmp_path: Path) -> None:
    with reading(engine) as connection:
        assert write_gallery(connection, tmp_path / "g.html", settings=settings, limit=10) == 0
    assert "Nothing has left yet" in (tmp_path / "g.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.1:8000", "localhost:8000", "[::1]:8000"])
def test_people_on_this_machine_see_the_pages(client: TestClient, host: str) -> None:
    assert client.get("/customers", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "touch.example.com"},
        {"Host": "127.0.0.1.example.com"},
        {"Host": "127.0.0.1@example.com:8000"},
        {"Host": "example.com:127"},
        {"Host": ""},
        {"Host": "[::1]x"},
        {"Host": "127.0.0.1", "X-Forwarded-For": "203.0.113.7"},
        {"Host": "127.0.0.1", "X-Forwarded-Host": "touch.example.com"},
        {"Host": "127.0.0.1", "Forwarded": "for=203.0.113.7"},
        {"Host": "127.0.0.1", "X-Forwarded-Proto": "https"},
        {"Host": "127.0.0.1", "CF-Connecting-IP": "203.0.113.7"},
    ],
    ids=str,
)
def test_nobody_sees_a_customer_through_a_proxy(
    client: TestClient, engine: Engine, headers: dict[str, str]
) -> None:
    with writing(engine) as connection:
        touch = sent(connection, ada(connection))
    pages = ["/", "/customers", "/customers/1", "/messages", f"/messages/{touch.attempt_id}"]
    for path in (*pages, f"/messages/{touch.attempt_id}/body"):
        answer = client.get(path, headers=headers)
        assert answer.status_code == 404, path
        assert "Ada" not in answer.text


def test_s21_every_answer_carries_the_security_headers(client: TestClient, engine: Engine) -> None:
    with writing(engine) as connection:
        touch = sent(connection, ada(connection))
    link = f"/u/{unsubscribe_token((SIGNING_KEY,), 1, 'email')}"
    one = f"/messages/{touch.attempt_id}"
    board = ["/sign-in", "/customers", "/customers/1", "/customers/9", "/messages", one]
    paths = [*board, f"{one}/body", link, "/u/bad"]
    for path in [*paths, "/nowhere", "/health", "/assets/touchline.css", "/webhooks/twilio/status"]:
        headers = client.get(path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy, path
        assert "script-src" not in policy, path
        assert headers["x-content-type-options"] == "nosniff", path
        assert headers["referrer-policy"] == "no-referrer", path
        assert "set-cookie" not in headers, path
        if not path.startswith("/assets"):
            assert headers["cache-control"] == "no-store", path
        if not path.endswith("/body"):
            assert "frame-ancestors 'none'" in policy, path


def test_a_bug_is_answered_plainly_and_with_the_headers(engine: Engine, settings: Settings) -> None:
    def broken_clock() -> None:
        raise ZeroDivisionError("secret detail")

    app = create_app(settings, engine, clock=broken_clock)  # type: ignore[arg-type, return-value]
    client = TestClient(app, base_url=HERE, raise_server_exceptions=False)
    answer = client.get("/messages")
    assert answer.status_code == 500
    assert "secret detail" not in answer.text
    assert "Internal Server Error" not in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]


def test_a_record_that_cannot_be_used_is_said_in_a_page(settings: Settings) -> None:
    nowhere = open_record("sqlite:////nonexistent/folder/record.db")
    client = TestClient(create_app(settings, nowhere, clock=lambda: NOW), base_url=HERE)
    answer = client.get("/customers")
    assert answer.status_code == 503
    assert "Please try again" in answer.text
    assert "nonexistent" not in answer.text


def test_nothing_is_changed_by_the_pages(client: TestClient) -> None:
    for path in ("/", "/customers/1", "/messages"):
        for method in ("POST", "PUT", "PATCH", "DELETE"):
            answer = client.request(method, path)
            assert answer.status_code == 405, (method, path)
            assert "method" in answer.text


def test_there_is_no_page_that_loads_a_map_of_the_api_from_elsewhere(client: TestClient) -> None:
    for path in ("/docs", "/redoc"):
        assert client.get(path).status_code == 404


def _with(workspace: Path, line: str) -> Settings:
    toml = workspace / "touchline.toml"
    toml.write_text(f"{line}\n{toml.read_text()}")
    return load_settings(workspace)


def test_an_address_may_break_at_its_signs_and_not_within_a_word(
    client: TestClient, engine: Engine
) -> None:
    with writing(engine) as connection:
        ada_id = ada(connection)
    page = client.get(f"/customers/{ada_id}").text
    assert "<wbr>ada<wbr>@example<wbr>.com</dd>" in page
