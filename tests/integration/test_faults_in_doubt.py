"""The faults after which nobody knows whether a message arrived, by their numbers in the list.

Requests go over a real wire to the stand-in, whose log is the truth about what was accepted. What
is played as logic here is played with real kills in tests/acceptance/test_faults_killed.py.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select, update

from contacts.channels.incoming import EventKind, IncomingEvent
from contacts.channels.outbox import Outbox, open_outbox
from contacts.channels.standin import Standin, running_standin
from contacts.delivery.lookups import LookReport, look_up
from contacts.delivery.reconcile import reconcile
from contacts.delivery.send import send_due
from contacts.listening.apply import apply_events
from contacts.record.engine import reading, writing
from contacts.record.tables import Attempt, Event, Look, Queued, Suppression, Touch
from contacts.record.touches.attempts import Answered, answer_attempts
from contacts.settings import Settings
from tests.cast import NOW, ada, olive
from tests.world import World, world

STEPS = {
    "email": "  - {key: hello, channel: email, template: hello, day: 0, any_time: true}\n",
    "sms": "  - {key: hello, channel: sms, template: ping, day: 0}\n",
}
CHANNELS = ("email", "sms")
PROVIDERS = {"email": "sendgrid", "sms": "twilio"}
SETTLE = {"email": timedelta(minutes=62), "sms": timedelta(minutes=12)}
REVIEW = timedelta(minutes=76)  # past every deadline


@dataclass
class Stage:
    """Ada is due one message by one channel; time passes as the test says."""

    world: World
    outbox: Outbox
    standin: Standin
    channel: str
    now: datetime = NOW

    def fault(self, kind: str, **wish: Any) -> None:
        provider = PROVIDERS[self.channel]
        self.standin.state.faults.add({"provider": provider, "kind": kind, "count": 1, **wish})

    async def send(self) -> None:
        await send_due(
            self.world.engine,
            self.outbox,
            settings=self.world.settings,
            templates=self.world.templates,
            now=self.now,
        )

    async def tick(self, after: timedelta = timedelta()) -> LookReport:
        """One pass: look up, reconcile, plan, send."""
        self.wait(after)
        report = await look_up(self.world.engine, self.outbox, now=self.now)
        reconcile(self.world.engine, now=self.now)
        self.world.plan(self.now)
        await self.send()
        return report

    def wait(self, span: timedelta) -> None:
        """Time passes, on our clock, the provider's and the database's."""
        self.now += span
        self.standin.state.clock.set(self.now)
        with writing(self.world.engine) as connection:
            for table in (Queued, Attempt):
                leased = select(table).where(table.lease_until.is_not(None))
                for row in connection.execute(leased).all():
                    past = row.lease_until - span
                    ours = table.touch_id == row.touch_id
                    connection.execute(update(table).where(ours).values(lease_until=past))

    def forget_the_answer(self) -> None:
        """As if the worker had died after the gate, whatever became of its request."""
        with writing(self.world.engine) as connection:
            connection.execute(update(Attempt).values(state="sending", provider_id=None))
            connection.execute(update(Touch).values(state="sending", made_at=None, reason=None))

    def hear(self, *kinds: EventKind, attempt_id: str | None = None, **more: Any) -> None:
        """Webhooks about the first attempt, one request for each."""
        with reading(self.world.engine) as connection:
            first = connection.execute(select(Attempt.id).order_by(Attempt.id)).scalars().first()
        for kind in kinds:
            event = IncomingEvent(
                PROVIDERS[self.channel], f"e-{kind}", kind, self.channel, self.now,
                attempt_id=attempt_id or first, **more,
            )  # fmt: skip
            with writing(self.world.engine) as connection:
                apply_events(connection, [event], settings=self.world.settings, now=self.now)

    @property
    def accepted(self) -> int:
        return self.standin.state.book.count()

    @property
    def touch(self) -> tuple[str, str | None]:
        ((_, state, reason),) = self.world.touches()
        return state, reason


Staged = Callable[..., Any]


@pytest.fixture(params=CHANNELS)
def channel(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def staged(engine: Engine, settings: Settings, tmp_path: Path, channel: str) -> Staged:
    @asynccontextmanager
    async def opened(on_unknown: str = "hold", *, add_on: bool = True) -> AsyncIterator[Stage]:
        async with running_standin(tmp_path / "standin", activity=add_on) as standin:
            port = int(standin.url.rpartition(":")[2])
            changes = {"standin_port": port, "sendgrid_activity": True, "request_timeout": 0.3}
            ours = settings.model_copy(update=changes)
            here = world(engine, ours, STEPS[channel], on_unknown=on_unknown)
            with writing(engine) as connection:
                ada(connection, owner_id=olive(connection))
            here.plan(NOW)
            standin.state.clock.set(NOW)
            async with open_outbox(ours) as outbox:
                yield Stage(here, outbox, standin, channel)

    return opened


@pytest.mark.parametrize("on_unknown", ["hold", "resend"])
async def test_f06_killed_after_the_gate_is_resent_by_proof_alone(
    staged: Staged, on_unknown: str
) -> None:
    async with staged(on_unknown) as stage:
        stage.fault("reset")
        await stage.send()  # the request is lost …
        stage.forget_the_answer()  # … and who sent it as well
        await stage.tick(timedelta(minutes=2))
        assert (stage.touch, stage.accepted) == (("unknown", "in_doubt"), 0)
        await stage.tick(SETTLE[stage.channel])
        if on_unknown == "resend":
            assert (stage.touch, stage.accepted) == (("accepted", None), 1)
            assert stage.world.attempts() == ["absent", "accepted"]
        await stage.tick(REVIEW)
    assert stage.accepted == (on_unknown == "resend")
    assert stage.touch[0] == ("accepted" if on_unknown == "resend" else "needs_review")


async def test_f07_f08_killed_with_the_answer_under_way_is_found_in_the_list(
    staged: Staged,
) -> None:
    async with staged("resend") as stage:
        await stage.send()
        stage.forget_the_answer()
        await stage.tick(timedelta(minutes=2))
        assert (stage.touch, stage.accepted) == (("accepted", None), 1)
        await stage.tick(REVIEW)
    assert stage.accepted == 1


@pytest.mark.parametrize("channel", ["sms"])
async def test_f07_f08_killed_with_the_answer_under_way_is_told_by_a_webhook(
    staged: Staged,
) -> None:
    async with staged(add_on=False) as stage:
        await stage.send()
        stage.forget_the_answer()
        stage.hear(EventKind.ACCEPTED)
        await stage.tick(REVIEW)
    assert (stage.touch, stage.accepted) == (("accepted", None), 1)


@pytest.mark.parametrize("channel", ["sms"])
async def test_f11_a_look_up_whose_end_is_lost_is_made_again(staged: Staged) -> None:
    async with staged("resend") as stage:
        stage.fault("reset")
        await stage.send()
        stage.wait(SETTLE[stage.channel])
        for _ in range(2):  # two workers, or one that forgot that it did so before
            await look_up(stage.world.engine, stage.outbox, now=stage.now)
        await stage.tick()
        await stage.tick(timedelta(minutes=5))
    assert (stage.touch, stage.accepted) == (("accepted", None), 1)


@pytest.mark.parametrize(
    ("channel", "kind"),
    [("email", "500"), ("email", "timeout"), ("email", "redirect"), ("sms", "500"),
     ("sms", "reset"), ("sms", "html_200")],
)  # fmt: skip
async def test_f19_f22_f25_doubt_is_never_resolved_by_a_blind_retry(
    staged: Staged, kind: str
) -> None:
    async with staged("resend") as stage:
        stage.fault(kind)
        await stage.send()
        for minutes in (2, 5):
            await stage.tick(timedelta(minutes=minutes))
            assert (stage.touch, stage.standin.state.requests) == (("unknown", "in_doubt"), 1)


@pytest.mark.parametrize(
    ("channel", "kind"),
    [("email", "500_after"), ("email", "late"), ("sms", "500_after"), ("sms", "reset_after")],
)
async def test_f20_f21_f22_what_was_accepted_goes_once(staged: Staged, kind: str) -> None:
    async with staged("resend") as stage:
        stage.fault(kind, seconds=0.4)
        await stage.send()
        assert stage.touch == ("unknown", "in_doubt")
        while stage.accepted == 0:  # it takes its time, and nobody waits for it any more
            await asyncio.sleep(0.01)
        for minutes in (12, 65):
            await stage.tick(timedelta(minutes=minutes))
    assert (stage.touch, stage.accepted) == (("accepted", None), 1)


async def test_f25_a_page_with_the_exact_status_is_an_acceptance_of_a_mail(staged: Staged) -> None:
    async with staged() as stage:
        stage.fault("html_202")
        await stage.send()
    assert stage.touch[0] == ("accepted" if stage.channel == "email" else "unknown")


@pytest.mark.parametrize("channel", ["email"])
async def test_f32_accepted_but_not_recorded_is_found(staged: Staged) -> None:
    async with staged() as stage:
        await stage.send()
        stage.forget_the_answer()  # the database was away when the answer came
        assert stage.world.attempts() == ["sending"]
        report = await stage.tick(timedelta(minutes=2))
    assert (report.arrived, stage.touch, stage.accepted) == (1, ("accepted", None), 1)


@pytest.mark.parametrize("channel", ["email"])
async def test_f36_a_webhook_before_our_record_keeps_its_word(staged: Staged) -> None:
    async with staged() as stage:
        await stage.send()
        stage.forget_the_answer()
        stage.hear(EventKind.DELIVERED, provider_id="from-the-webhook")
        with writing(stage.world.engine) as connection:
            attempt = connection.execute(select(Attempt.id)).scalar_one()
            answer_attempts(connection, [Answered(attempt, "unknown", 500, "500", stage.now)])
        await stage.tick(REVIEW)
        with reading(stage.world.engine) as connection:
            assert connection.execute(select(Attempt.provider_id)).scalar() == "from-the-webhook"
    assert (stage.touch, stage.world.attempts()) == (("delivered", None), ["accepted"])


@pytest.mark.parametrize("channel", ["email"])
async def test_f37_what_was_delivered_stays_so(staged: Staged) -> None:
    async with staged() as stage:
        await stage.send()
        stage.hear(EventKind.DELIVERED, EventKind.ACCEPTED)
    assert stage.touch[0] == "delivered"


@pytest.mark.parametrize("channel", ["email"])
async def test_f38_a_bounce_after_the_delivery_counts(staged: Staged) -> None:
    async with staged() as stage:
        await stage.send()
        stage.hear(EventKind.DELIVERED, EventKind.BOUNCED, address="ada@example.com")
        with reading(stage.world.engine) as connection:
            assert connection.execute(select(Suppression.reason)).scalars().all() == ["bounced"]
    assert stage.touch[0] == "bounced"


@pytest.mark.parametrize("channel", ["email"])
async def test_f42_an_event_for_an_unknown_attempt_is_kept_and_changes_nothing(
    staged: Staged,
) -> None:
    async with staged() as stage:
        await stage.send()
        before = (stage.touch, stage.world.attempts())
        stage.hear(EventKind.BOUNCED, attempt_id="0" * 36, address="nobody@example.com")
        with reading(stage.world.engine) as connection:
            ((customer, attempt),) = connection.execute(
                select(Event.customer_id, Event.attempt_id)
            ).all()
    assert (customer, attempt) == (None, "0" * 36)
    assert (stage.touch, stage.world.attempts()) == before


@pytest.mark.parametrize(
    ("channel", "kind"), [("email", "429"), ("sms", "timeout"), ("sms", "html_200")]
)
async def test_a_look_up_that_fails_changes_nothing(staged: Staged, kind: str) -> None:
    async with staged("resend") as stage:
        stage.fault("500")
        await stage.send()
        stage.fault(kind, endpoint="list", count=9)
        stage.wait(SETTLE[stage.channel])
        report = await look_up(stage.world.engine, stage.outbox, now=stage.now)
        assert (report.arrived, report.again) == (0, 0)
        reconcile(stage.world.engine, now=stage.now)  # past the hour for a mail, which may wait
        assert (stage.touch, stage.world.attempts()) == (("unknown", "in_doubt"), ["unknown"])
        await stage.tick(REVIEW)
    assert stage.touch[0] == "needs_review"


@pytest.mark.parametrize("channel", ["sms"])
async def test_a_list_that_lags_behind_is_waited_for(staged: Staged) -> None:
    async with staged("resend") as stage:
        stage.fault("500_after")
        await stage.send()
        stage.fault("lag", endpoint="list", seconds=300, count=2)
        await stage.tick(timedelta(minutes=2))
        assert stage.touch == ("unknown", "in_doubt")
        await stage.tick(timedelta(minutes=7))
    assert (stage.touch, stage.accepted) == (("accepted", None), 1)


async def test_without_the_add_on_a_mail_is_held_even_where_it_might_be_resent(
    staged: Staged,
) -> None:
    async with staged("resend", add_on=False) as stage:
        stage.fault("500")
        await stage.send()
        await stage.tick(timedelta(minutes=61))
    assert stage.touch[0] == ("needs_review" if stage.channel == "email" else "accepted")


@pytest.mark.parametrize("channel", ["sms"])
async def test_a_clock_that_is_ahead_proves_nothing_before_its_time(staged: Staged) -> None:
    async with staged("resend") as stage:
        stage.fault("500")
        await stage.send()
        stage.wait(timedelta(minutes=2))  # the lease is over, the settle time is not
        ahead = stage.now + SETTLE[stage.channel]  # by this worker's clock, not the database's
        report = await look_up(stage.world.engine, stage.outbox, now=ahead)
        with reading(stage.world.engine) as connection:
            assert connection.execute(select(Look.found)).scalar() == "not_yet"
    assert (report.asked, report.again) == (1, 0)


@pytest.mark.parametrize("channel", ["email"])
async def test_absence_is_told_where_a_person_decides(staged: Staged) -> None:
    async with staged("hold") as stage:
        stage.fault("500")
        await stage.send()
        await stage.tick(SETTLE[stage.channel])
        await stage.tick(REVIEW)
        requests = stage.standin.state.requests
        with reading(stage.world.engine) as connection:
            assert connection.execute(select(Look.found)).scalar() == "absent"
    assert (stage.touch, requests) == (("needs_review", "in_doubt"), 1)
