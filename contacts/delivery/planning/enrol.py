"""Who starts on a cadence: candidates of its trigger for whom its condition holds."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection, Engine

from contacts.cadences.calendar import local_date
from contacts.cadences.conditions import compile_condition
from contacts.cadences.decide import occurrence
from contacts.cadences.facts import Facts, as_context
from contacts.cadences.loaded import LoadedCadence
from contacts.cadences.timezones import is_zone
from contacts.delivery.needs import needed_by
from contacts.delivery.planning.beginning import Start
from contacts.delivery.planning.overlap import side_by_side
from contacts.failpoints import failpoint
from contacts.record.customers.facts import load_facts
from contacts.record.engine import reading, writing
from contacts.record.enrolments.enrolling import NewEnrolment, last_positions, occurrences
from contacts.record.locks import hold_imports
from contacts.record.orders.benefits import benefits_by_customer
from contacts.record.orders.contracts import as_they_end, load_contracts
from contacts.record.orders.signal_facts import facts_of_triggers
from contacts.record.triggers import Candidate, candidates
from contacts.record.versions import version_of
from contacts.settings import Settings

_OF_SEVERAL_CAUSES = ("contract.ending", "contract.ended", "signal", "consent.asked")
AT_ONCE = 3
"""Pages that are stored at a time: while the database writes one, the next one is decided."""
_ONLY_ENROL = Start()


def enrol_new(
    engine: Engine,
    loaded: LoadedCadence,
    *,
    settings: Settings,
    now: datetime,
    start: Start = _ONLY_ENROL,
    among: Collection[int] | None = None,
) -> int:
    """Enrol every candidate for whom the cadence's `where` holds; return how many are new.

    With `among` only these customers are looked at.
    """

    def store(page: _Page) -> int:
        with writing(engine) as its_own:
            new = _new(its_own, loaded, _unmoved(its_own, loaded, page.chosen), now)
            enrolled = start.store(its_own, new, page.facts)
        failpoint("enrol.after_commit")
        return enrolled

    at_once = AT_ONCE if engine.dialect.name == "postgresql" else 1  # SQLite has one writer
    with reading(engine) as connection:
        found = candidates(connection, loaded.cadence, now=now, among=among)
        pages = _pages(connection, loaded, found, start.parts, settings=settings, now=now)
        return sum(side_by_side(store, pages, at_once=at_once))


class _Page(NamedTuple):
    chosen: list[Candidate]
    facts: dict[int, Facts]


def _pages(
    connection: Connection,
    loaded: LoadedCadence,
    found: Iterable[list[Candidate]],
    parts: frozenset[str] | None,
    *,
    settings: Settings,
    now: datetime,
) -> Iterator[_Page]:
    taken: set[int] = set()
    """Who is on their way already, of those who may come again for another cause."""
    for some in found:
        # Whose zone this machine does not know waits, and holds up nobody else.
        known = [one for one in some if is_zone(one.timezone)]
        page = [one for one in known if one.customer_id not in taken]
        facts = _facts(connection, loaded, page, parts, settings=settings, now=now)
        if chosen := _where_holds(loaded, page, facts):
            if loaded.cadence.start.on in _OF_SEVERAL_CAUSES:
                taken.update(one.customer_id for one in chosen)
            yield _Page(chosen, facts)


def _facts(
    connection: Connection,
    loaded: LoadedCadence,
    page: Sequence[Candidate],
    parts: frozenset[str] | None,
    *,
    settings: Settings,
    now: datetime,
) -> dict[int, Facts]:
    where = loaded.cadence.start.where
    if where is None and parts is None:
        return {}
    ids = [candidate.customer_id for candidate in page]
    wanted = needed_by(where) | (parts or frozenset())
    facts = load_facts(connection, ids, settings=settings, now=now, parts=wanted)
    if loaded.cadence.start.on == "signal" and "signal" in wanted:
        triggers = {candidate.customer_id: candidate.trigger for candidate in page}
        for customer, signal in facts_of_triggers(connection, triggers).items():
            if customer in facts:
                facts[customer].signal, facts[customer].signals = signal, None
    if loaded.cadence.start.on.startswith("contract.") and wanted & {"contract", "recap"}:
        triggers = {candidate.customer_id: candidate.trigger for candidate in page}
        _of_their_contracts(connection, triggers, facts, wanted)
    return facts


def _of_their_contracts(
    connection: Connection,
    triggers: Mapping[int, str],
    facts: Mapping[int, Facts],
    wanted: frozenset[str],
) -> None:
    """Tell these facts of the contract that takes each of them in, whichever ends next."""
    benefits = benefits_by_customer(connection, triggers) if "recap" in wanted else None
    contracts = load_contracts(connection, triggers, benefits=benefits)
    for customer, known in facts.items():
        assert known.today is not None  # noqa: S101  # load_facts says it
        if of := contracts.of_trigger(customer, triggers[customer], known.today):
            known.contract, known.recap, known.contracts = of.contract, of.recap, None


def _where_holds(
    loaded: LoadedCadence, page: list[Candidate], facts: Mapping[int, Facts]
) -> list[Candidate]:
    where = loaded.cadence.start.where
    if where is None:
        return page
    condition = compile_condition(where)
    return [
        one
        for one in page
        if (known := facts.get(one.customer_id)) is not None
        and condition.holds(as_context(known, loaded.name))
    ]


def _unmoved(
    connection: Connection, loaded: LoadedCadence, chosen: Sequence[Candidate]
) -> Sequence[Candidate]:
    """Without those whose contract's end was moved since: what begins now, no import would move."""
    if not loaded.cadence.start.on.startswith("contract."):
        return chosen
    hold_imports(connection)
    good = as_they_end(connection, {one.customer_id: one.trigger for one in chosen})
    return [one for one in chosen if one.customer_id in good]


def _new(
    connection: Connection, loaded: LoadedCadence, chosen: Sequence[Candidate], now: datetime
) -> list[NewEnrolment]:
    version = version_of(
        connection, name=loaded.name, sha256=loaded.sha256, source=loaded.source, now=now
    )
    ids = [one.customer_id for one in chosen]
    used = occurrences(connection, loaded.name, ids)
    left = last_positions(connection, loaded.name, ids) if _goes_on(loaded) else {}
    return [
        NewEnrolment(
            customer_id=one.customer_id,
            cadence=loaded.name,
            version_id=version,
            trigger=one.trigger,
            started_at=now,
            started_on=_day_0(one, loaded, used, now),
            plan_at=now,
            position=left.get(one.customer_id, 0) % len(loaded.cadence.steps),
        )
        for one in chosen
    ]


def _goes_on(loaded: LoadedCadence) -> bool:
    """Whether it goes on where an answer ended it, so that nobody gets the same mail so soon."""
    return loaded.cadence.start.on == "customer.idle"


def _day_0(
    one: Candidate, loaded: LoadedCadence, used: set[tuple[int, str]], now: datetime
) -> date:
    """The candidate's local day, or the next one whose touches would have keys of their own.

    Whoever comes back to a cadence on the day it began would be taken to have had its touches.
    """
    day = local_date(now, loaded.cadence.zone_for(one.timezone))
    while (one.customer_id, occurrence(day, 1)) in used:
        day += timedelta(days=1)
    return day
