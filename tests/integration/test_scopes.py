"""C02: what an opt-out of marketing stops, and what an opt-out of everything stops besides."""

from datetime import datetime, timedelta
from itertools import permutations, product

import pytest
from sqlalchemy import Engine, select

from contacts.cadences.reach import Scope
from contacts.record.consent.suppression import lift, suppress, suppressed
from contacts.record.customers.address_keys import address_hash
from contacts.record.customers.erasures import keep_off
from contacts.record.engine import reading, writing
from contacts.record.tables import Suppression, Touch
from contacts.settings import Settings
from tests.cast import NOW, SIGNING_KEY, ada, agrees, customer
from tests.world import world

HELLO = "  - {key: hello, channel: email, template: offer, day: 0}\n"
ADA = address_hash(SIGNING_KEY, "ada@example.com")


def stop(
    engine: Engine,
    scope: Scope,
    *,
    source: str = "unsubscribe link",
    at: datetime = NOW,
    reason: str = "opt_out",
) -> None:
    with writing(engine) as connection:
        suppress(connection, address_hash=ADA, channel="email", reason=reason,
                 source=source, at=at, scope=scope)  # fmt: skip


def scope_now(engine: Engine) -> str | None:
    with reading(engine) as connection:
        return suppressed(connection, [ADA]).get((ADA, "email"))


@pytest.mark.parametrize(
    ("purpose", "scope", "leaves"),
    [
        ("marketing", Scope.MARKETING, False),
        ("marketing", Scope.ALL, False),
        ("service", Scope.MARKETING, True),
        ("service", Scope.ALL, False),
    ],
)
async def test_c02_service_mail_outlives_an_opt_out_of_marketing_and_no_other(
    engine: Engine, settings: Settings, purpose: str, scope: Scope, leaves: bool
) -> None:
    with writing(engine) as connection:
        ada(connection)
    small = world(engine, settings, HELLO, purpose=purpose)
    small.plan(NOW)
    stop(engine, scope)
    await small.send(NOW)
    told = ("accepted", None) if leaves else ("skipped", "suppressed")
    assert small.touches() == [("hello", *told)]
    assert len(small.email.got) == leaves
    with reading(engine) as connection:
        assert connection.execute(select(Touch.purpose)).scalar_one() == purpose


async def test_c02_service_mail_needs_no_consent_of_its_own(
    sqlite_engine: Engine, settings: Settings
) -> None:
    with writing(sqlite_engine) as connection:
        customer(connection, email="dora@example.com")
    small = world(sqlite_engine, settings, HELLO, purpose="service")
    await small.tick(NOW)
    assert [message.to for message in small.email.got] == ["dora@example.com"]


@pytest.mark.parametrize(
    ("purpose", "told"),
    [("service", ("accepted", None)), ("marketing", ("skipped", "consent"))],
)
async def test_c17_a_word_about_one_purpose_leaves_the_other_as_it_was(
    engine: Engine, settings: Settings, purpose: str, told: tuple[str, str | None]
) -> None:
    with writing(engine) as connection:
        agrees(connection, ada(connection), "sms", at=NOW, granted=False, purpose="marketing")
    text = "  - {key: ping, channel: sms, template: ping, day: 0}\n"
    small = world(engine, settings, text, purpose=purpose)
    await small.tick(NOW)
    assert small.touches() == [("ping", *told)]


def test_c21_an_erased_address_is_left_alone_whole(engine: Engine) -> None:
    stop(engine, Scope.MARKETING)
    with writing(engine) as connection:
        keep_off(connection, address_hash=ADA, channel="email", at=NOW)
    assert scope_now(engine) == "all"


def test_a_suppression_is_widened_and_never_narrowed(engine: Engine) -> None:
    stop(engine, Scope.MARKETING)
    assert scope_now(engine) == "marketing"
    stop(engine, Scope.ALL, source="SendGrid")
    stop(engine, Scope.MARKETING)
    assert scope_now(engine) == "all"


def test_one_that_was_lifted_takes_the_scope_of_the_next_word(engine: Engine) -> None:
    stop(engine, Scope.ALL)
    with writing(engine) as connection:
        assert lift(connection, address_hash=ADA, channel="email", reason="opt_out", at=NOW)
    assert scope_now(engine) is None
    stop(engine, Scope.MARKETING)
    assert scope_now(engine) == "marketing"


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_words_in_any_order_keep_the_widest_scope_and_the_later_instant(
    sqlite_engine: Engine, order: tuple[int, ...]
) -> None:
    words = [
        ("SendGrid's page", Scope.MARKETING, NOW + timedelta(hours=2)),
        ("SendGrid dropped", Scope.ALL, NOW),
        ("spam complaint", Scope.ALL, NOW + timedelta(hours=1)),
    ]
    for source, scope, at in (words[place] for place in order):
        stop(sqlite_engine, scope, source=source, at=at)
    with reading(sqlite_engine) as connection:
        kept = connection.execute(select(Suppression)).one()
    assert (kept.scope, kept.at) == ("all", NOW + timedelta(hours=2))
    assert kept.source != "SendGrid's page"  # which said less


def test_a_link_of_theirs_does_not_take_the_place_of_what_it_could_not_lift(
    sqlite_engine: Engine,
) -> None:
    hard = [("complained", "spam complaint"), ("bounced", "sendgrid bounced"),
            ("invalid", "SMS provider: 21211"), ("opt_out", "SMS reply")]  # fmt: skip
    links, hour = ("unsubscribe link", "preference page"), timedelta(hours=1)
    cases = list(product(hard, links, (False, True)))
    with writing(sqlite_engine) as connection:
        for number, ((reason, source), link, is_first) in enumerate(cases):
            words = [(reason, source, NOW), ("opt_out", link, NOW + hour)]
            for why, how, at in words[::-1] if is_first else words:
                suppress(connection, address_hash=str(number), channel="sms", reason=why,
                         source=how, at=at)  # fmt: skip
        kept = connection.execute(select(Suppression).order_by(Suppression.id)).all()
    assert [(row.reason, row.source) for row in kept] == [one for one, _, _ in cases]
    assert {row.at for row in kept} == {NOW + hour}


def test_a_complaint_keeps_its_reason_beside_a_wider_word_and_nothing_lifts_it(
    engine: Engine,
) -> None:
    stop(engine, Scope.MARKETING, reason="complained", source="spam complaint")
    stop(engine, Scope.ALL, source="touchline consent", at=NOW + timedelta(hours=1))
    later = NOW + timedelta(hours=2)
    with writing(engine) as connection:
        assert not lift(connection, address_hash=ADA, channel="email", reason="opt_out", at=later)
        kept = connection.execute(select(Suppression)).one()
    assert (kept.reason, kept.source, kept.scope) == ("complained", "spam complaint", "all")
