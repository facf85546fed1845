"""A customer says stop while a worker has a message for them in hand."""

import signal
from datetime import timedelta

import pytest
from sqlalchemy import select

from contacts.record.consent.optout import BY_LINK, BY_SMS, Said, opt_out
from contacts.record.consent.suppression import suppress
from contacts.record.customers.address_keys import address_hash
from contacts.record.engine import writing
from contacts.record.tables import Attempt, Consent
from tests.cast import SIGNING_KEY
from tests.stage import Stage

pytestmark = pytest.mark.parametrize(
    "channel", ["sms", pytest.param("email", marks=pytest.mark.long)]
)
ADDRESSES = {"sms": "+12025550111", "email": "ada@example.com"}
SAID_AFTER = timedelta(seconds=1)


@pytest.mark.parametrize(
    "told",
    [pytest.param(True, id="by_them", marks=pytest.mark.long),
     pytest.param(False, id="by_another_with_the_address")],
)  # fmt: skip
def test_f43_a_stop_after_the_claim_wins_at_the_gate(
    stage: Stage, channel: str, *, told: bool
) -> None:
    worker = stage.start(failpoint="claim.after_commit:SIGSTOP")
    worker.stopped()
    (_stop if told else _suppress)(stage, channel)
    worker.send_signal(signal.SIGCONT)
    assert worker.ended() == 0
    assert stage.touches() == [("skipped", "stopped" if told else "suppressed")]
    assert (stage.attempts(), stage.requests()) == ([], 0)


def test_f44_a_stop_after_the_gate_lets_that_one_go_and_none_after_it(
    stage: Stage, channel: str
) -> None:
    worker = stage.start(failpoint="gate.after_commit:SIGSTOP")
    worker.stopped()
    _stop(stage, channel)
    worker.send_signal(signal.SIGCONT)
    assert worker.ended() == 0
    stage.tick(after=timedelta(days=3))
    assert stage.touches() == [("accepted", None)]  # of two steps, and there is no other touch
    assert len(stage.accepted()) == stage.requests() == 1
    with stage.engine.connect() as connection:
        gated = connection.execute(select(Attempt.started_at)).scalar_one()
        said = connection.execute(select(Consent.at).order_by(Consent.id.desc())).scalars().first()
    assert said == stage.now - timedelta(days=3) + SAID_AFTER
    assert abs(gated - said) < timedelta(minutes=5)  # the record has both


def _stop(stage: Stage, channel: str) -> None:
    """What their STOP, or the unsubscribe link, commits."""
    at = stage.now + SAID_AFTER
    with writing(stage.engine) as connection:
        said = Said(
            channel=channel,
            customer_id=None,
            address=ADDRESSES[channel],
            source=BY_SMS if channel == "sms" else BY_LINK,
            evidence="test:1",
            at=at,
        )
        opt_out(connection, said, settings=stage.settings, now=at)


def _suppress(stage: Stage, channel: str) -> None:
    """The address alone is stopped; the cadence stays, and only the gate can know."""
    digest = address_hash(SIGNING_KEY, ADDRESSES[channel])
    with writing(stage.engine) as connection:
        suppress(connection, address_hash=digest, channel=channel, reason="opt_out",
                 source=BY_LINK, at=stage.now)  # fmt: skip
