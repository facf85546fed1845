"""Recording the providers' answers: one transaction for a whole batch."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from contacts.cadences.reasons import Reason
from contacts.channels.outgoing import Answer, Receipt
from contacts.delivery.breaker import jitter
from contacts.delivery.learning import FIRST_WAIT, learn
from contacts.delivery.reports import GoneTouches, SendReport
from contacts.delivery.words import Ready
from contacts.failpoints import failpoint
from contacts.record.consent.optout import BY_PROVIDER, Said, opt_out
from contacts.record.touches.attempts import Answered, answer_attempts
from contacts.record.touches.going_on import go_on
from contacts.record.touches.moves import move_touches
from contacts.record.touches.outcomes import AcceptedAttempt, accept_attempts, plan_again
from contacts.settings import Settings

LONGEST_WAIT = timedelta(hours=1)
CLOSED_WAIT = timedelta(minutes=15)
LEAST_SPREAD = timedelta(seconds=30)
_STATE = {
    Answer.REFUSED: "rejected",
    Answer.RETRY: "rejected",
    Answer.CLOSED: "rejected",
    Answer.UNKNOWN: "unknown",
}

_BECAME: dict[Answer | None, str] = {
    Answer.ACCEPTED: "accepted",
    Answer.REFUSED: "failed",
    Answer.UNKNOWN: "unknown",
}
"""The touch's state; after any other answer, or none, it is planned again."""


@dataclass(slots=True)
class Sent:
    """An attempt and its answer; no receipt where it was not sent after all."""

    ready: Ready
    receipt: Receipt | None
    at: datetime
    unsent: Reason | None = None
    """Why not, if a standstill of its channel was the reason and not the time that was left."""

    @property
    def touch_id(self) -> int:
        return self.ready.attempt.touch_id

    @property
    def channel(self) -> str:
        return self.ready.attempt.channel


def record_answers(connection: Connection, batch: Sequence[Sent], *, settings: Settings) -> None:
    """Write down what became of every attempt of a batch; callers own the transaction."""
    if not batch:
        return
    now = max(sent.at for sent in batch)
    accepted = [sent for sent in batch if _is(sent, Answer.ACCEPTED)]
    accept_attempts(connection, [_accepted(sent) for sent in accepted], now=now)
    if len(accepted) < len(batch):
        others = [sent for sent in batch if not _is(sent, Answer.ACCEPTED)]
        _record_others(connection, others, settings, now)
    learn(connection, batch)
    failpoint("record.before_commit")


def _record_others(
    connection: Connection, others: Sequence[Sent], settings: Settings, now: datetime
) -> None:
    answered = answer_attempts(connection, [_answered(sent) for sent in others])
    # Of an attempt that was settled meanwhile the touch may be on its way anew.
    ours = [sent for sent in others if sent.ready.attempt.id in answered]
    _refused(connection, [sent for sent in ours if _is(sent, Answer.REFUSED)], now)
    _opted_out(connection, others, settings, now)
    _retry(connection, [sent for sent in ours if _is(sent, Answer.RETRY)])
    _unsent(connection, [sent for sent in ours if sent.receipt is None])
    _closed(connection, [sent for sent in ours if _is(sent, Answer.CLOSED)], now)
    doubtful = [sent.touch_id for sent in ours if _is(sent, Answer.UNKNOWN)]
    move_touches(connection, doubtful, "unknown", reason=Reason.IN_DOUBT)


def count_answers(batch: Sequence[Sent], report: SendReport) -> None:
    """Add a batch to the report, once its answers are on record."""
    for sent in batch:
        name = sent.ready.prepared.cadence.name
        counts = report.of(name)
        answer = None if sent.receipt is None else sent.receipt.answer
        if answer is Answer.ACCEPTED:
            counts.sent += 1
        elif answer is Answer.REFUSED:
            counts.failed += 1
        elif answer is None or answer is Answer.RETRY:
            counts.deferred[sent.unsent or Reason.RETRY] += 1
        else:
            counts.held += 1
        if became := _BECAME.get(answer):
            attempt = sent.ready.attempt
            gone = report.gone.setdefault(name, GoneTouches())
            gone.add(attempt.touch_id, attempt.customer_id, became)


def _is(sent: Sent, answer: Answer) -> bool:
    return sent.receipt is not None and sent.receipt.answer is answer


def _accepted(sent: Sent) -> AcceptedAttempt:
    receipt = sent.receipt
    return AcceptedAttempt(
        id=sent.ready.attempt.id,
        provider_id=receipt.provider_id if receipt else None,
        http_status=receipt.http_status if receipt else None,
        answered_at=sent.at,
    )


def _answered(sent: Sent) -> Answered:
    receipt = sent.receipt
    return Answered(
        id=sent.ready.attempt.id,
        state=_STATE[receipt.answer] if receipt else "not_sent",
        http_status=receipt.http_status if receipt else None,
        code=receipt.code if receipt else (sent.unsent or "lease_over"),
        answered_at=sent.at,
    )


def _refused(connection: Connection, refused: Sequence[Sent], now: datetime) -> None:
    moved = move_touches(
        connection, [sent.touch_id for sent in refused], "failed", reason=Reason.REJECTED
    )
    go_on(connection, {touch.enrolment_id for touch in moved}, now=now)


def _opted_out(
    connection: Connection, batch: Sequence[Sent], settings: Settings, now: datetime
) -> None:
    for sent in batch:
        if sent.receipt is not None and sent.receipt.opted_out:
            opt_out(connection, _said(sent), settings=settings, now=now)


def _said(sent: Sent) -> Said:
    """The customer told the provider, not us; it counts all the same."""
    code = sent.receipt.code if sent.receipt else None
    return Said(
        channel=sent.channel,
        customer_id=sent.ready.attempt.customer_id,
        address=sent.ready.message.address,
        source=f"{BY_PROVIDER}: {code}",
        evidence=f"attempt:{sent.ready.attempt.id}",
        at=sent.at,
    )


def _retry(connection: Connection, again: Sequence[Sent]) -> None:
    """Nothing reached the provider, so it is tried again for as long as the touch is fresh."""
    when = {sent.touch_id: _when(sent, sent.receipt) for sent in again if sent.receipt}
    plan_again(connection, when, reason=Reason.RETRY, counts_as_try=True)


def _when(sent: Sent, receipt: Receipt) -> datetime:
    """When the provider says, else after a wait that doubles up to an hour.

    Spread by the touch's number, so that a crowd that was refused together does not come back so.
    """
    if receipt.retry_after is not None:
        their_wait = timedelta(seconds=receipt.retry_after)
        return sent.at + their_wait + jitter(sent.touch_id, LEAST_SPREAD)
    doublings = min(sent.ready.prepared.touch.tries, 6)
    wait: timedelta = min(FIRST_WAIT * 2**doublings, LONGEST_WAIT)
    return sent.at + wait + jitter(sent.touch_id, max(wait / 2, LEAST_SPREAD))


def _unsent(connection: Connection, unsent: Sequence[Sent]) -> None:
    """No request began, so it is no try of theirs."""
    for why in {sent.unsent for sent in unsent}:
        again = [sent for sent in unsent if sent.unsent is why]
        when = {
            sent.touch_id: sent.at + FIRST_WAIT + jitter(sent.touch_id, LEAST_SPREAD)
            for sent in again
        }
        plan_again(connection, when, reason=why or Reason.RETRY, counts_as_try=False)


def _closed(connection: Connection, closed: Sequence[Sent], now: datetime) -> None:
    """The key or account is refused: nothing is lost until a person opens the channel again."""
    again = {sent.touch_id: now + CLOSED_WAIT for sent in closed}
    plan_again(connection, again, reason=Reason.CHANNEL_CLOSED, counts_as_try=False)
