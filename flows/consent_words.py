"""What a customer agreed to, in words for people and as data."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from contacts.cadences.reasons import Reason
from contacts.record import phrases
from contacts.wording import called
from flows.plain_data import plain_data

if TYPE_CHECKING:
    from contacts.listening.by_person import Told
    from contacts.record.consent.agreement import Agreement, Word

ALL = "all"
_KINDS = {
    "implied": ", implied",
    "pending": ", to be confirmed by a link in a mail",
    "double": ", confirmed",
}


def withdrawn(customer: Any, told: "Told", *, everywhere: bool) -> str:
    """What stops."""
    stops_all = everywhere and not told.purpose
    what = "e-mail and SMS" if stops_all else phrases.agreed_to(told.channel, told.purpose)
    said = f"{_who(customer)}: no more {what}, from now on."
    if told.purpose == "marketing" and told.channel == "email":
        return f"{said} Mail about what they bought goes on."
    return said


def given(customer: Any, told: "Told", kind: str, *, lifts: bool) -> str:
    """What begins, or must be confirmed first."""
    said = f"{_who(customer)} agrees to {phrases.agreed_to(told.channel, told.purpose)}."
    if kind == "pending":
        said += " One mail asks them to confirm it; no marketing leaves before they have."
    if lifts and told.channel == "sms":
        said += (
            " If they had stopped it by an SMS, Twilio keeps that on its own list until they send "
            "START."
        )
    return said


def as_text(customer: Any, holds: "Sequence[Agreement]", words: "Sequence[Word]") -> str:
    """What holds now, and every yes and no that was said."""
    lines = [_who(customer), ""]
    for one in holds:
        lines.append(f"{_name(one.channel)}:")
        lines += [f"  {purpose:<10} {_may(one, purpose)}" for purpose in ("service", "marketing")]
        if one.stopped is not None:
            lines.append(f"  {'stopped':<10} {_stopped(one)}")
    lines += ["", *(_word(one) for one in words)]
    return "\n".join(lines if words else [*lines, "Nothing was ever said about it."])


def as_data(
    customer: Any, holds: "Sequence[Agreement]", words: "Sequence[Word]"
) -> dict[str, Any]:  # fmt: skip
    """The same; a purpose that is not named is all of them."""
    return {
        "customer_id": customer.id,
        "holds": [plain_data(asdict(one)) for one in holds],
        "words": [plain_data(asdict(one)) | {"purpose": one.purpose or ALL} for one in words],
    }


def _who(customer: Any) -> str:
    name = called(customer)
    return f"{name} (customer {customer.id})" if name else f"Customer {customer.id}"


def _name(channel: str) -> str:
    name = phrases.channel(channel)
    return name[:1].upper() + name[1:]


def _may(one: "Agreement", purpose: str) -> str:
    reason = getattr(one, purpose)
    if reason is None:
        return "yes"
    if reason == Reason.SUPPRESSED and one.stopped is not None:
        return f"no: {phrases.left_alone(one.stopped.reason)}"
    return f"no: {phrases.reason(reason)}"


def _stopped(one: "Agreement") -> str:
    stop = one.stopped
    assert stop is not None  # noqa: S101  # the caller looked
    why = stop.reason.replace("_", " ")
    return f"{stop.at:%Y-%m-%d %H:%M} UTC: {why}, {stop.scope} ({stop.source})"


def _word(one: "Word") -> str:
    kind = _KINDS.get(one.kind, "")
    if (one.kind, one.channel) == ("double", "email"):
        kind += " by e-mail"
    said = f"yes{kind}" if one.granted else "no"
    until = f"; until {one.expires_at:%Y-%m-%d}" if one.granted and one.expires_at else ""
    where = f" ({one.evidence})" if one.evidence else ""
    wording = f"; to: {one.wording}" if one.wording else ""
    what = phrases.agreed_to(one.channel, one.purpose)
    return f"{one.at:%Y-%m-%d %H:%M} UTC  {what}: {said}{until}; {one.source}{where}{wording}"
