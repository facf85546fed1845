"""`touchline consent`: what a customer tells a person holds at once, and has its proof."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine, select

from contacts.cadences.reach import Scope
from contacts.channels.links import LinkChannel
from contacts.listening.unsubscribe import unsubscribe
from contacts.record.consent.optout import BY_SMS, Said, opt_in
from contacts.record.consent.suppression import suppress
from contacts.record.customers.address_keys import address_hash
from contacts.record.customers.erasures import note_erasure
from contacts.record.engine import open_record, reading, writing
from contacts.record.tables import Consent
from contacts.settings import Settings
from tests.cast import SIGNING_KEY, agrees, customer
from tests.console import Console
from tests.sent import enrolled, planned, state_of

TODAY = ("--source", "by telephone, to Olive", "--on", "today")


def ago(days: int) -> datetime:
    """The command reads the clock itself."""
    return datetime.now(UTC) - timedelta(days=days)


@pytest.fixture
def record(settings: Settings, give_record: Callable[[Path], None]) -> Iterator[Engine]:
    give_record(settings.workspace)
    engine = open_record(settings.url)
    with writing(engine) as connection:
        one = customer(connection, email="ada@example.com", phone="+12025550111", first_name="Ada")
        for channel in ("email", "sms"):
            agrees(connection, one, channel, at=ago(30))
    yield engine
    engine.dispose()


@pytest.fixture
def run(workspace: Path, console: Console, record: Engine) -> Console:
    """Runs `touchline consent ada@example.com` in the workspace."""
    return partial(console, "-w", str(workspace), "consent", "ada@example.com")


def said(engine: Engine, channel: str = "email") -> Any:
    """The last word on a channel."""
    with reading(engine) as connection:
        query = select(Consent).where(Consent.channel == channel)
        return connection.execute(query.order_by(Consent.at.desc(), Consent.id.desc())).first()


def holds(run: Console) -> dict[str, tuple[str | None, str | None]]:
    """By channel: what stands against service and against marketing."""
    found = json.loads(run("--json").out)
    return {one["channel"]: (one["service"], one["marketing"]) for one in found["holds"]}


def stop(engine: Engine, settings: Settings, channel: LinkChannel, at: datetime) -> None:
    with writing(engine) as connection:
        unsubscribe(connection, 1, channel, settings=settings, now=at)


def by_provider(engine: Engine, channel: str, scope: Scope = Scope.ALL) -> None:
    """A stop that the provider told of, so without a word of hers."""
    hashed = address_hash(SIGNING_KEY, {"email": "ada@example.com", "sms": "+12025550111"}[channel])
    with writing(engine) as connection:
        suppress(
            connection, address_hash=hashed, channel=channel, reason="opt_out",
            source="SMS provider", at=ago(2), scope=scope,
        )  # fmt: skip


def test_c18_no_more_mail_on_the_telephone_is_one_line(run: Console, record: Engine) -> None:
    with writing(record) as connection:
        touch = planned(connection, 1, enrolled(connection, 1))
    assert run("withdraw", "email") == (
        0, "Ada (customer 1): no more e-mail, from now on.\n", "",
    )  # fmt: skip
    assert holds(run) == {"email": ("suppressed", "suppressed"), "sms": (None, None)}
    assert state_of(record, touch) == "skipped"
    word = said(record)
    assert (word.granted, word.source, word.evidence) == (
        False, "told a person", "touchline consent",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("words", "left"),
    [
        (("email", "--purpose", "marketing"), {"email": (None, "suppressed"), "sms": (None, None)}),
        (("sms", "--purpose", "service"), {"email": (None, None), "sms": ("consent", None)}),
        (("sms",), {"email": (None, None), "sms": ("suppressed", "suppressed")}),
    ],
)
def test_c18_a_stop_reaches_as_far_as_it_was_said(
    run: Console, words: tuple[str, ...], left: dict[str, tuple[str | None, str | None]]
) -> None:
    assert run("withdraw", *words).code == 0
    assert holds(run) == left


def test_c13_a_stop_told_to_a_person_is_not_lifted_by_start(
    run: Console, record: Engine, settings: Settings
) -> None:
    run("withdraw", "sms", "--source", f"{BY_SMS}, read out")
    start = Said("sms", 1, "+12025550111", BY_SMS, "x", datetime.now(UTC) + timedelta(hours=1))
    with writing(record) as connection:
        assert not opt_in(connection, start, signing_key=SIGNING_KEY, now=start.at)


def test_c17_a_yes_needs_how_and_when_and_keeps_its_words(run: Console, record: Engine) -> None:
    before = said(record).id
    assert "say which channel" in run("withdraw").err
    for some in ((), TODAY[:2], TODAY[2:]):
        code, _, told = run("give", "email", *some)
        assert (code, "--source says how" in told) == (2, True)
    assert run("give", "email", *TODAY[:2], "--on", "2999-01-01").code == 2
    assert said(record).id == before
    at = ago(1).replace(second=0, microsecond=0)
    when = ("--source", "card 12 of the fair", "--on", f"{at:%Y-%m-%dT%H:%MZ}")
    assert run("give", "email", *when, "--wording", "monthly news").code == 0
    word = said(record)
    assert (word.source, word.wording) == ("card 12 of the fair", "monthly news")
    assert (word.kind, word.at) == ("express", at)


def test_c17_a_later_yes_lifts_her_own_stop_only_where_that_is_said(
    run: Console, record: Engine, settings: Settings
) -> None:
    stop(record, settings, "email", ago(2))
    code, _, told = run("give", "email", *TODAY)
    assert (code, "add --lift" in told) == (2, True)
    early = run("give", "email", *TODAY[:3], f"{ago(4):%Y-%m-%d}", "--lift")
    assert (early.code, "what they said last counts" in early.err) == (2, True)
    assert holds(run)["email"] == (None, "suppressed")
    assert run("give", "email", *TODAY, "--lift").code == 0
    assert holds(run)["email"] == (None, None)


@pytest.mark.parametrize(
    ("channel", "scope", "purpose", "left"),
    [
        ("sms", Scope.ALL, "service", (None, "suppressed")),
        ("sms", Scope.ALL, "marketing", ("consent", None)),
        ("sms", Scope.MARKETING, "marketing", (None, None)),
        ("email", Scope.ALL, "service", (None, "suppressed")),
    ],
)
def test_what_is_lifted_for_one_purpose_gives_back_no_other(
    run: Console,
    record: Engine,
    channel: str,
    scope: Scope,
    purpose: str,
    left: tuple[str | None, str | None],
) -> None:
    by_provider(record, channel, scope)
    assert run("give", channel, "--purpose", purpose, *TODAY, "--lift").code == 0
    assert holds(run)[channel] == left


def test_what_cannot_be_lifted_alone_is_refused_and_changes_nothing(
    run: Console, record: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_provider(record, "email")
    code, _, told = run("give", "email", "--purpose", "marketing", *TODAY, "--lift")
    assert (code, "leave out --purpose marketing" in told) == (2, True)
    monkeypatch.setenv("TOUCHLINE_DOUBLE_OPT_IN", "true")
    code, _, told = run("give", "email", *TODAY, "--lift")
    assert (code, "no mail may ask them" in told) == (2, True)
    assert holds(run)["email"] == ("suppressed", "suppressed")
    assert run("give", "email", *TODAY, "--lift", "--confirmed").code == 0
    assert holds(run)["email"] == (None, None)


def test_a_request_lifts_no_marketing_before_it_is_confirmed(
    run: Console, record: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_provider(record, "email", Scope.MARKETING)
    monkeypatch.setenv("TOUCHLINE_DOUBLE_OPT_IN", "true")
    assert run("give", "email", *TODAY, "--lift").code == 0
    assert holds(run)["email"] == (None, "unconfirmed")


def test_what_was_said_last_counts_whichever_is_told_first(run: Console) -> None:
    code, _, told = run("withdraw", "email", "--on", f"{ago(40):%Y-%m-%d}")
    assert (code, "they agreed again on" in told) == (2, True)
    run("withdraw", "sms", "--purpose", "service")
    early = ("--source", "a card", "--on", f"{ago(2):%Y-%m-%d}")
    code, _, told = run("give", "sms", "--purpose", "service", *early)
    assert (code, "they took it back on" in told) == (2, True)
    assert holds(run) == {"email": (None, None), "sms": ("consent", None)}


def test_who_was_erased_neither_agrees_nor_withdraws(run: Console, record: Engine) -> None:
    with writing(record) as connection:
        note_erasure(connection, 1, at=ago(1))
    before = said(record).id
    for words in (("give", "email", *TODAY), ("withdraw", "email")):
        code, _, told = run(*words)
        assert (code, "were erased" in told) == (2, True)
    assert said(record).id == before


@pytest.mark.parametrize("reason", ["bounced", "complained"])
def test_c21_no_yes_lifts_what_no_customer_said(run: Console, record: Engine, reason: str) -> None:
    hashed = address_hash(SIGNING_KEY, "ada@example.com")
    with writing(record) as connection:
        suppress(
            connection, address_hash=hashed, channel="email", reason=reason, source="x", at=ago(2)
        )
    code, _, told = run("give", "email", *TODAY, "--lift")
    assert (code, f"this address {reason}" in told) == (2, True)
    assert holds(run)["email"] == ("suppressed", "suppressed")


def test_with_double_opt_in_a_yes_is_asked_about_unless_it_is_confirmed(
    run: Console, record: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOUCHLINE_DOUBLE_OPT_IN", "true")
    code, told, _ = run("give", "email", *TODAY)
    assert (code, "asks them to confirm" in told, said(record).kind) == (0, True, "pending")
    asked = said(record).id
    code, _, told = run("give", "email", *TODAY)
    assert (code, f"were asked on {ago(0):%Y-%m-%d} to confirm it" in told) == (2, True)
    assert said(record).id == asked
    assert run("give", "email", *TODAY, "--again").code == 0
    assert said(record).id > asked
    assert run("give", "email", *TODAY, "--confirmed").code == 0
    assert said(record).kind == "double"


def test_a_date_alone_on_the_day_of_a_stop_says_what_to_write(
    run: Console, record: Engine, settings: Settings
) -> None:
    """She stopped it in New York at ten in the morning, and a date is the midnight before."""
    day = (ago(2).astimezone(ZoneInfo("America/New_York"))).replace(hour=10)
    stop(record, settings, "email", day)
    on = ("--source", "by telephone", "--on", f"{day:%Y-%m-%d}")
    code, _, told = run("give", "email", *on)
    assert (code, f"add the time (--on {day:%Y-%m-%d}T15:30) and --lift" in told) == (2, True)
    told = run("give", "email", *on, "--lift").err
    assert told.rstrip().endswith(f"add the time (--on {day:%Y-%m-%d}T15:30)")
    assert "midnight" not in run("give", "email", *on[:3], f"{ago(9):%Y-%m-%d}").err
    assert run("give", "email", *on[:3], f"{day:%Y-%m-%d}T15:30", "--lift").code == 0


def test_a_confirmed_yes_to_sms_was_not_confirmed_by_mail(run: Console, record: Engine) -> None:
    with writing(record) as connection:
        for channel in ("email", "sms"):
            agrees(connection, 1, channel, at=ago(1), kind="double")
    out = run().out
    assert "SMS: yes, confirmed; signup form v3" in out
    assert "e-mail: yes, confirmed by e-mail; signup form v3" in out


def test_everything_that_was_said_is_shown(run: Console, record: Engine) -> None:
    run("withdraw", "email", "--purpose", "marketing", "--source", "on the telephone")
    code, out, _ = run()
    assert code == 0
    assert "  marketing  no: they asked us to stop" in out
    assert "e-mail: yes; signup form v3" in out
    assert "marketing by e-mail: no; told a person: on the telephone (touchline consent)" in out
    words = json.loads(run("--json").out)["words"]
    assert [(one["channel"], one["purpose"], one["granted"]) for one in words] == [
        ("email", "all", True), ("sms", "all", True), ("email", "marketing", False),
    ]  # fmt: skip
