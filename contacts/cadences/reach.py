"""Which channels may reach a customer, and why the others may not."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Literal, NamedTuple

from contacts.cadences.model import Kind, Step
from contacts.cadences.reasons import Reason

Purpose = Literal["service", "marketing", "consent"]
"""What is written for; the last is to have a request confirmed, by our own cadence alone."""

CONFIRM_WITHIN = timedelta(days=30)
"""How long a request for marketing mail waits for its confirmation, and its link holds."""


class Scope(StrEnum):
    """How much of a channel an address is to be left alone by."""

    MARKETING = "marketing"  # service mail goes on: it is part of what they bought
    ALL = "all"


class Agreed(NamedTuple):
    """Why the customer's latest word forbids a channel, by purpose; None where it allows it."""

    service: Reason | None
    marketing: Reason | None
    asked: bool = False
    """Whether a request for marketing waits for its confirmation."""


NEVER_ASKED = Agreed(Reason.CONSENT, Reason.CONSENT)


@dataclass(slots=True)
class Reach:
    """Why each written channel cannot reach the customer; None where it can."""

    email: Reason | None
    sms: Reason | None

    def why_not(self, kind: Kind) -> Reason | None:
        """The reason against this channel; a person can always try."""
        if kind is Kind.EMAIL:
            return self.email
        return self.sms if kind is Kind.SMS else None

    def once_confirmed(self) -> "Reach":
        """As it will be if they confirm in time: what is planned ahead, the gate asks about."""
        if self.email is Reason.UNCONFIRMED:
            self.email = None
        return self

    def route(self, step: Step) -> Kind | Reason:
        """The channel that the step takes, or why neither of its channels can."""
        against = self.why_not(step.channel)
        if against is None:
            return step.channel
        if step.otherwise is not None and self.why_not(step.otherwise) is None:
            return step.otherwise
        return against


def why_not(
    kind: Kind, address: str, *, purpose: Purpose, suppressed: str | None, agreed: Agreed
) -> Reason | None:
    """What address, suppression and consent say against a written channel for this purpose.

    `suppressed` is the scope in which the address must be left alone. Marketing mail and every SMS
    need a yes; service mail is part of what was bought (CAN-SPAM's transactional mail) and goes
    unless all mail to the address is to stop. Who asked for marketing is asked to confirm it.
    """
    if not address:
        return Reason.NO_ADDRESS
    if suppressed is not None and (purpose != "service" or suppressed == Scope.ALL):
        return Reason.SUPPRESSED
    if purpose == "marketing":
        return agreed.marketing
    if purpose == "consent" and not agreed.asked:
        return agreed.marketing or Reason.GOAL
    return None if kind is Kind.EMAIL else agreed.service
