"""Which channels may reach a customer, and why the others may not."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Literal

from contacts.cadences.model import Kind, Step
from contacts.cadences.reasons import Reason


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

    def route(self, step: Step) -> Kind | Reason:
        """The channel that the step takes, or why neither of its channels can."""
        against = self.why_not(step.channel)
        if against is None:
            return step.channel
        if step.otherwise is not None and self.why_not(step.otherwise) is None:
            return step.otherwise
        return against


def reach_of(
    *,
    email: str,
    phone: str,
    said: Mapping[str, bool],
    suppressed: Collection[str],
    purpose: Literal["service", "marketing"],
) -> Reach:
    """What addresses, consent and suppression allow.

    `said` is the customer's latest word by channel, `suppressed` the channels whose address must be
    left alone. Marketing mail and every SMS need a yes; service mail is part of what was bought
    (CAN-SPAM's transactional mail) and goes unless the address is suppressed.
    """
    consent = None if said.get("email") or purpose == "service" else Reason.CONSENT
    sms_consent = None if said.get("sms") else Reason.CONSENT
    return Reach(
        email=_against("email", email, suppressed) or consent,
        sms=_against("sms", phone, suppressed) or sms_consent,
    )


def _against(channel: str, address: str, suppressed: Collection[str]) -> Reason | None:
    if not address:
        return Reason.NO_ADDRESS
    return Reason.SUPPRESSED if channel in suppressed else None
