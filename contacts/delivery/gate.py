"""The gate: one transaction in which a claimed touch becomes an attempt, or does not leave.

Consent, suppression, wishes, the window, the caps, freshness and open channels are checked once
more inside it, the attempt and its words are written, the queue row goes; only after its commit may
a request start, one per attempt. Conditions and goals are those of the facts read just before.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection

from contacts.cadences.calendar import local_date
from contacts.cadences.faults import Fault
from contacts.cadences.permit import Circumstances, Later, Send, Skip, Stop, Verdict, permit
from contacts.cadences.reasons import Reason
from contacts.cadences.timezones import is_zone
from contacts.cadences.wishes import Wishes
from contacts.delivery.breaker import standstills_of
from contacts.delivery.days import Days
from contacts.delivery.drafts import Desk, Draft, size_of, words_of
from contacts.delivery.handover import hand_over
from contacts.delivery.prepare import Prepared, prepare, prepare_anew
from contacts.delivery.rationing import ration
from contacts.delivery.reports import SendReport
from contacts.delivery.shelving import HELD
from contacts.delivery.words import Ready
from contacts.failpoints import failpoint
from contacts.record.consent.guards import load_guards
from contacts.record.consent.last_words import last_words
from contacts.record.sending.channels import channel_states, closed_channels, without_marketing
from contacts.record.touches.attempts import begin_attempts
from contacts.record.touches.claimed import PersonNow, people_now
from contacts.record.touches.going_on import end_enrolments, go_on
from contacts.record.touches.links import keep_links
from contacts.record.touches.moves import move_touches
from contacts.record.touches.outcomes import defer_touches, keep_caps, skip_touches
from contacts.record.touches.queue import leave, put_back

_MAY_NAME_A_CAP = (Skip, Later)


@dataclass(slots=True)
class _Sorted:
    """The batch by verdict; only touches whose claim still held."""

    ready: list[Ready] = field(default_factory=list)
    human: list[Prepared] = field(default_factory=list)
    failed: list[Prepared] = field(default_factory=list)
    broken: set[Fault] = field(default_factory=set)
    skipped: dict[Reason, list[Prepared]] = field(default_factory=dict)
    stopped: dict[Reason, list[Prepared]] = field(default_factory=dict)


def gate(
    connection: Connection,
    prepared: Sequence[Prepared],
    drafts: dict[int, Draft],
    *,
    desk: Desk,
    now: datetime,
) -> list[Ready]:
    """Let through what may leave; write everything else down for what it is.

    Returns the attempts that may be sent once this transaction has committed. Raises IntegrityError
    where the database refuses an attempt (see begin_attempts); nothing is then written.
    """
    states = channel_states(connection)
    circumstances = Circumstances(
        now,
        desk.paused,
        closed_channels(states),
        without_marketing(states),
        desk.settings.caps.limits,
    )
    verdicts = _verdicts(connection, prepared, drafts, desk=desk, circumstances=circumstances)
    verdicts = ration(
        connection,
        verdicts,
        lambda one, channel: size_of(one, channel, drafts, desk, now),
        stills=standstills_of(states, now),
        rates=desk.rates,
        now=now,
    )
    _put_back(connection, verdicts, desk)
    _tell_caps(connection, verdicts)
    leaving = [one for one, verdict in verdicts if not isinstance(verdict, Later)]
    held = leave(connection, [one.claim for one in leaving])
    batch = _Sorted()
    for one, verdict in verdicts:
        if one.touch.id in held:
            _sort(batch, one, verdict, drafts, desk, now)
    begin_attempts(
        connection,
        [ready.attempt for ready in batch.ready],
        [ready.message for ready in batch.ready],
        lease_seconds=desk.settings.lease_seconds,
    )
    keep_links(connection, {one.attempt.id: one.links for one in batch.ready if one.links})
    move_touches(connection, _ids(ready.prepared for ready in batch.ready), "sending")
    batch.broken |= hand_over(
        connection, batch.human, templates=desk.templates, settings=desk.settings, now=now
    )
    _write_rest(connection, batch, now)
    _count(batch, desk.report)
    failpoint("gate.before_commit")
    return batch.ready


def _verdicts(
    connection: Connection,
    prepared: Sequence[Prepared],
    drafts: dict[int, Draft],
    *,
    desk: Desk,
    circumstances: Circumstances,
) -> list[tuple[Prepared, Verdict]]:
    now = circumstances.now
    days = Days(circumstances)
    days.hold(connection, prepared)
    prepared = _as_they_are_now(connection, prepared, drafts, desk, now)
    customers = {one.customer_id: one.facts.customer for one in prepared}
    said = last_words(connection, list(customers))
    prepared = _as_wished_now(prepared, said.wishes, drafts, desk, now)
    key = desk.settings.signing_key
    channels = {kind for one in prepared for kind in one.request.step.channels()}
    guards = load_guards(
        connection, customers.values(), channels=channels, signing_key=key, now=now
    )
    days.look(connection, prepared)
    verdicts: list[tuple[Prepared, Verdict]] = []
    for one in prepared:
        verdict = permit(
            one.request,
            guards.reach(one.facts.customer, one.cadence.purpose),
            circumstances,
            before=days.before(one),
            unclear=one.customer_id in said.unclear,
        )
        if isinstance(verdict, Send):
            days.go(one, verdict.channel)
        elif isinstance(verdict, Later):
            days.wait(one, verdict.at, why=verdict.reason)
        verdicts.append((one, verdict))
    return verdicts


def _as_they_are_now(
    connection: Connection,
    prepared: Sequence[Prepared],
    drafts: dict[int, Draft],
    desk: Desk,
    now: datetime,
) -> Sequence[Prepared]:
    """The touches; of whoever moved, left, or has another day by now, read anew, to be written."""
    here = people_now(connection, {one.customer_id for one in prepared})
    zones = {one.timezone for one in here.values()}
    days = {zone: local_date(now, zone) for zone in zones if is_zone(zone)}
    past = [
        one.claim
        for one in prepared
        if (person := here[one.customer_id]) != _as_prepared(one)
        or days[person.timezone] != one.request.today
    ]
    if not past:
        return prepared
    anew = {
        one.touch.id: one
        for one in prepare(
            connection, past, settings=desk.settings, templates=desk.templates, now=now
        )
    }
    for claim in past:
        drafts.pop(claim.touch_id, None)
    gone = {claim.touch_id for claim in past} - anew.keys()
    return [anew.get(one.touch.id, one) for one in prepared if one.touch.id not in gone]


def _as_prepared(one: Prepared) -> PersonNow:
    who = one.facts.customer
    return PersonNow(who.id, who.email, who.phone, who.timezone, one.touch.active)


def _as_wished_now(
    prepared: Sequence[Prepared],
    last: Mapping[int, Wishes],
    drafts: dict[int, Draft],
    desk: Desk,
    now: datetime,
) -> Sequence[Prepared]:
    """The touches; of whoever wished something else since, prepared anew and yet to be written."""
    if not last and all(one.facts.wishes is None for one in prepared):
        return prepared
    wished = []
    for one in prepared:
        wishes = last.get(one.customer_id)
        if wishes != one.facts.wishes:
            one = prepare_anew(one, wishes, settings=desk.settings, now=now)
            drafts.pop(one.touch.id, None)
        wished.append(one)
    return wished


def _put_back(
    connection: Connection, verdicts: Iterable[tuple[Prepared, Verdict]], desk: Desk
) -> None:
    later = [(one, verdict) for one, verdict in verdicts if isinstance(verdict, Later)]
    put_back(connection, {one.claim: verdict.at for one, verdict in later})
    defer_touches(connection, {one.touch.id: verdict.reason for one, verdict in later})
    for one, verdict in later:
        counts = desk.report.of(one.cadence.name)
        counts.deferred[verdict.reason] += 1
        counts.held += verdict.reason in HELD
        if verdict.reason is Reason.RATE and one.touch.channel in desk.rates:
            desk.report.fits_at = max(verdict.at, desk.report.fits_at or verdict.at)


def _tell_caps(connection: Connection, verdicts: Iterable[tuple[Prepared, Verdict]]) -> None:
    """Keep which cap left no room, of those that wait for room and those that ran out of time."""
    caps = {
        one.touch.id: verdict.cap
        for one, verdict in verdicts
        if isinstance(verdict, _MAY_NAME_A_CAP) and verdict.cap is not None
    }
    keep_caps(connection, caps)


def _sort(
    batch: _Sorted,
    one: Prepared,
    verdict: Verdict,
    drafts: dict[int, Draft],
    desk: Desk,
    now: datetime,
) -> None:
    if isinstance(verdict, Skip):
        batch.skipped.setdefault(verdict.reason, []).append(one)
    elif isinstance(verdict, Stop):
        batch.stopped.setdefault(verdict.reason, []).append(one)
    elif isinstance(verdict, Send) and verdict.channel.is_human:
        batch.human.append(one)
    elif isinstance(verdict, Send):
        words = words_of(one, verdict.channel, drafts, desk, now)
        if isinstance(words, Ready):
            batch.ready.append(words)
        elif isinstance(words, Reason):
            batch.skipped.setdefault(words, []).append(one)
        else:
            batch.failed.append(one)
            batch.broken.add(words.as_fault())


def _write_rest(connection: Connection, batch: _Sorted, now: datetime) -> None:
    for reason, skipped in batch.skipped.items():
        skip_touches(connection, _ids(skipped), reason, now=now)
    for reason, stopped in batch.stopped.items():
        enrolments = [one.touch.enrolment_id for one in stopped]
        end_enrolments(connection, enrolments, state="stopped", reason=reason, now=now)
    moved = move_touches(connection, _ids(batch.failed), "failed", reason=Reason.TEMPLATE)
    go_on(connection, {touch.enrolment_id for touch in moved}, now=now)


def _ids(prepared: Iterable[Prepared]) -> list[int]:
    return [one.touch.id for one in prepared]


def _count(batch: _Sorted, report: SendReport) -> None:
    report.broken |= batch.broken
    for one in batch.human:
        report.of(one.cadence.name).tasks += 1
    for one in batch.failed:
        report.of(one.cadence.name).failed += 1
    for reason, skipped in batch.skipped.items():
        for one in skipped:
            report.of(one.cadence.name).skipped[reason] += 1
    for stopped in batch.stopped.values():
        for one in stopped:
            report.of(one.cadence.name).skipped[Reason.STOPPED] += 1
