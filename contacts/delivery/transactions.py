"""The transactions of a pass of sending: claim, prepare, gate, keep the answers, give back."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError

from contacts.cadences.reasons import Reason
from contacts.delivery.answers import Sent, count_answers, record_answers
from contacts.delivery.breaker import count_in_doubt
from contacts.delivery.drafts import Desk, Draft, draft
from contacts.delivery.gate import gate
from contacts.delivery.prepare import Prepared, prepare
from contacts.delivery.reports import SendReport
from contacts.delivery.shelving import Shelved, shelve
from contacts.delivery.words import Ready
from contacts.failpoints import failpoint
from contacts.record.consent.since import last_word, withdrawn_since
from contacts.record.engine import reading, writing
from contacts.record.touches.claimed import claimed_touches
from contacts.record.touches.outcomes import defer_touches, skip_touches
from contacts.record.touches.queue import Claim, claim, leave, put_back

BATCHES_PER_CLAIM = 4


@dataclass(slots=True)
class Batch:
    """Touches that ask to leave together, and the words of those that have any."""

    prepared: Sequence[Prepared]
    drafts: dict[int, Draft]


class Transactions:
    """Each method is safe to be done again where the record could not be used."""

    def __init__(self, engine: Engine, desk: Desk, instant: Callable[[], datetime]) -> None:
        self._engine = engine
        self._desk = desk
        self._instant = instant
        self._seen: int | None = None  # the last consent on record when the batch was gated

    def claim(self) -> Shelved:
        """Claim what is ready; what cannot leave now is put back at once."""
        settings = self._desk.settings
        now = self._instant()
        with writing(self._engine) as connection:
            claims = (claim if self._desk.pace is None else self._desk.pace.claim)(
                connection,
                now=now,
                limit=settings.batch_size * BATCHES_PER_CLAIM,
                lease_seconds=settings.lease_seconds,
            )
            claimed = shelve(connection, claims, now=now)
        failpoint("claim.after_commit")
        claimed.count(self._desk.report)
        return claimed

    def give_back(self, claims: Iterable[Claim]) -> None:
        """Let another worker have at once what was claimed here and will not be begun."""
        with writing(self._engine) as connection:
            put_back(connection, {claimed: claimed.ready_at for claimed in claims})

    def prepare(self, claims: Sequence[Claim]) -> Batch:
        """Read what the gate and the words need, and write the words."""
        now = self._instant()
        desk = self._desk
        with reading(self._engine) as connection:
            prepared = prepare(
                connection, claims, settings=desk.settings, templates=desk.templates, now=now
            )
        self._set_aside(claims, prepared, now)
        return Batch(prepared, draft(prepared, desk, now))

    def gate(self, batch: Batch) -> tuple[list[Ready], float]:
        """Gate a batch; the time given is from before the commit, to be safe."""
        now = self._instant()
        gated_at = self._desk.monotonic()
        self._seen = None
        try:
            ready = self._gated(batch, now)
        except IntegrityError:
            ready = self._gate_singly(batch.prepared, now)
        for cadence, due in Counter(one.cadence.name for one in batch.prepared).items():
            self._desk.report.of(cadence).due += due
        return ready, gated_at

    def keep(self, sent: Sequence[Sent]) -> None:
        """Write down what became of the requests of a batch."""
        with writing(self._engine) as connection:
            record_answers(connection, sent, settings=self._desk.settings)
        failpoint("record.after_commit")
        count_answers(sent, self._desk.report)

    def count_in_doubt(self, channel: str, more: int, anew: bool) -> bool:
        """Count answers in doubt as they come; return whether the channel rests for them now."""
        with writing(self._engine) as connection:
            return count_in_doubt(connection, channel, more, anew=anew, now=self._instant())

    def opted_out(self, channel: str, customer_ids: Sequence[int]) -> frozenset[int]:
        """Which of the customers of the last batch have opted out of the channel since its gate."""
        with reading(self._engine) as connection:
            return withdrawn_since(connection, self._seen or 0, channel, customer_ids)

    def _set_aside(
        self, claims: Sequence[Claim], prepared: Sequence[Prepared], now: datetime
    ) -> None:
        """Claims of touches that wait no more go; those of customers whose zone is unknown wait.

        They wait a day at a time, until they are stale.
        """
        known = {one.claim for one in prepared}
        stray = {one.touch_id: one for one in claims if one not in known}
        if not stray:
            return
        with writing(self._engine) as connection:
            planned = {one.id: one for one in claimed_touches(connection, list(stray))}
            late = [one.id for one in planned.values() if now > one.not_after]
            waiting = planned.keys() - set(late)
            leave(connection, [one for touch, one in stray.items() if touch not in waiting])
            skip_touches(connection, late, Reason.ZONE, now=now)
            put_back(connection, {stray[touch]: now + timedelta(days=1) for touch in waiting})
            defer_touches(connection, dict.fromkeys(waiting, Reason.ZONE))

    def _gated(self, batch: Batch, now: datetime) -> list[Ready]:
        counted = replace(self._desk, report=SendReport())
        with writing(self._engine) as connection:
            seen = last_word(connection)
            ready = gate(connection, batch.prepared, batch.drafts, desk=counted, now=now)
        self._desk.report.add(counted.report)  # only what was committed
        self._seen = seen if self._seen is None else self._seen
        return ready

    def _gate_singly(self, prepared: Sequence[Prepared], now: datetime) -> list[Ready]:
        """Another worker reached one of these first, and the database refused the batch for it.

        Each goes alone; the one that is refused again keeps its claim until the lease is over.
        """
        through: list[Ready] = []
        for one in prepared:
            try:
                through += self._gated(Batch([one], draft([one], self._desk, now)), now)
            except IntegrityError:
                self._desk.report.of(one.cadence.name).held += 1
        return through
