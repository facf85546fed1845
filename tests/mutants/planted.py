"""The planted bugs: each breaks the promise in one way that has really been written elsewhere."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

KILLED = "tests/acceptance/test_faults_killed.py"
FROZEN = "tests/acceptance/test_faults_frozen.py"
QUEUE = "tests/integration/test_queue.py"
DELIVERY = "tests/integration/test_delivery.py"
WIRE = "tests/integration/test_wire_failures.py"
IN_DOUBT = "tests/integration/test_faults_in_doubt.py"
OUT = "tests/unit/test_channel_sendgrid_out.py", "tests/unit/test_channel_twilio_out.py"


class DoesNotApply(Exception):
    """The text that a bug is planted in is no longer there, or is there more than once."""


@dataclass(frozen=True, slots=True)
class Patch:
    """One place of the source, and what a mistaken hand would make of it."""

    path: str
    text: str
    instead: str

    def apply(self, root: Path) -> None:
        """Change the file under `root`; DoesNotApply if it is not the one we knew."""
        file = root / self.path
        source = file.read_text(encoding="utf-8")
        if (found := source.count(self.text)) != 1:
            raise DoesNotApply(f"{self.path}: {found} times, and not once:\n{self.text}")
        file.write_text(source.replace(self.text, self.instead), encoding="utf-8")


@dataclass(frozen=True, slots=True)
class Mutant:
    name: str
    does: str
    patches: Sequence[Patch]
    caught_by: Sequence[str]
    """What pytest is given: at least one of these tests must fail."""
    still_holds: Sequence[str] = ()
    """These must pass even so: what else stands between the bug and a second message."""


PLANTED = (
    Mutant(
        "M1",
        "sends again when a lease ends",
        [
            Patch(
                "contacts/record/touches/attempts.py",
                '.values(state="unknown", code="lease_over")',
                '.values(state="not_sent", code="lease_over")',
            ),
            Patch(
                "contacts/delivery/reconcile.py",
                'move_touches(connection, orphaned, "unknown", reason=Reason.IN_DOUBT)',
                "_send_again(connection, orphaned)",
            ),
            Patch(
                "contacts/delivery/reconcile.py",
                "ANSWER_WITHIN = timedelta(days=2)\n",
                "ANSWER_WITHIN = timedelta(days=2)\n\n\n"
                "def _send_again(connection, touches):\n"
                "    from datetime import UTC\n"
                "    from contacts.record.touches.outcomes import plan_again\n\n"
                "    at_once = dict.fromkeys(touches, datetime(2000, 1, 1, tzinfo=UTC))\n"
                "    plan_again(connection, at_once, reason=Reason.RETRY, counts_as_try=True)\n",
            ),
        ],
        [KILLED, "-k", "sqlite and (f06 or f07 or f08)"],
    ),
    Mutant(
        "M2",
        "tries again after 5xx and time-outs",
        [
            Patch(
                "contacts/channels/sendgrid/out.py",
                "return Receipt(Answer.UNKNOWN, http_status=status, code=str(status))",
                "return Receipt(Answer.RETRY, http_status=status, code=str(status))",
            ),
            Patch(
                "contacts/channels/twilio/out.py",
                "return Receipt(Answer.UNKNOWN, http_status=status, code=code)",
                "return Receipt(Answer.RETRY, http_status=status, code=code)",
            ),
            Patch(
                "contacts/channels/wire_aiohttp.py",
                '(TimeoutError, Answer.UNKNOWN, "timeout")',
                '(TimeoutError, Answer.RETRY, "timeout")',
            ),
            Patch(
                "contacts/channels/wire_pyreqwest.py",
                'return WireFailure(Answer.UNKNOWN, "timeout")',
                'return WireFailure(Answer.RETRY, "timeout")',
            ),
        ],
        [
            WIRE,
            *OUT,
            IN_DOUBT,
            "-k",
            "nobody_knows or each_status_has_its_class or (f19 and sqlite)",
        ],
    ),
    Mutant(
        "M3",
        "asks no clock before a request",
        [
            Patch(
                "contacts/delivery/send.py",
                "late = self._desk.monotonic() - gated_at > self._desk.settings.lease_seconds / 2",
                "late = False",
            )
        ],
        [FROZEN, "-k", "f14 and sqlite"],
    ),
    Mutant(
        "M4",
        "checks neither fence nor lease at the gate",
        [
            Patch(
                "contacts/record/touches/queue.py",
                '        one_of(Queued.touch_id, "touches"),\n'
                '        Queued.fence == bindparam("held"),\n'
                "        Queued.lease_until > DatabaseNow(),\n",
                '        one_of(Queued.touch_id, "touches"),\n',
            )
        ],
        [QUEUE, FROZEN, "-k", "sqlite and (f15 or fenced_out or does_not_pass_the_gate)"],
        still_holds=[
            DELIVERY,
            QUEUE,
            FROZEN,
            "-k",
            "sqlite and (the_database_refuses_a_second_live_attempt or f15_frozen_between)",
        ],
    ),
    Mutant(
        "M5",
        "marks it sent, then sends",
        [
            Patch(
                "contacts/delivery/send.py",
                '        failpoint("gate.after_commit")\n',
                "        from contacts.channels.outgoing import Answer as Said\n\n"
                "        said = Receipt(Said.ACCEPTED)\n"
                "        marked = [Sent(one, said, self._instant()) for one in ready]\n"
                "        await self._do(self._record.keep, marked)\n"
                '        failpoint("gate.after_commit")\n',
            ),
        ],
        [KILLED, "-k", "f06 and sqlite"],
    ),
    Mutant(
        "M6",
        "sends, then marks it",
        [
            Patch(
                "contacts/delivery/send.py",
                "ready, gated_at = await self._do(self._record.gate, batch)\n",
                "early = [one for one in batch.drafts.values() if isinstance(one, Ready)]\n"
                "        call = partial(self._send, self._desk.monotonic())\n"
                "        answers = await self._waves.send(early, call)\n"
                "        ready, gated_at = await self._do(self._record.gate, batch)\n",
            ),
            Patch(
                "contacts/delivery/send.py",
                "self._waves.send(ready, partial(self._send, gated_at))",
                "asyncio.sleep(0, answers)",
            ),
        ],
        [KILLED, "-k", "f04 and sqlite"],
    ),
)
