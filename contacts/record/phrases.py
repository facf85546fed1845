"""The short words of the record as people say them: reasons, channels, kinds of events."""

import re
from datetime import date
from enum import StrEnum

from contacts.cadences.reasons import Reason
from contacts.caps import DAY, Cap
from contacts.wording import day_in_words


class NoteKind(StrEnum):
    CALL = "call"
    VISIT = "visit"
    LETTER = "letter"
    NOTE = "note"
    BENEFIT = "benefit"  # what the customer got from us, to be reminded of at renewal


_REASONS = {
    Reason.SUPPRESSED: "the address opted out, bounced or complained",
    Reason.CONSENT: "no valid consent for this channel",
    Reason.CONSENT_EXPIRED: "the consent to this channel has expired",
    Reason.UNCONFIRMED: "they have not confirmed yet that they want it",
    Reason.NO_ADDRESS: "no address for this channel",
    Reason.CONDITION: "the step's condition does not hold",
    Reason.STOPPED: "the cadence ended before",
    Reason.STALE: "its time had passed",
    Reason.SUPERSEDED: "a later step was due as well",
    Reason.RESTORED: "may have left before the backup was restored",
    Reason.CAPPED: "already one message on this channel that day",
    Reason.SPREAD: "another cadence has a message for them on that day",
    Reason.WINDOW: "outside the hours for writing",
    Reason.BEST_TIME: "moved to the time of day that the customer likes best",
    Reason.UNREGISTERED: "its text is not registered in India, and would be blocked there",
    Reason.UNFIT: "its text does not fit the country: nobody can answer, or its link is blocked",
    Reason.NO_HOURS: "its hours never meet those in which the customer may be written to",
    Reason.TOPIC: "the customer wants nothing about this topic",
    Reason.CUSTOMER_PAUSED: "the customer paused marketing for a while",
    Reason.WAIVED: "we leave the customer alone until a day, as was logged",
    Reason.PAUSED: "the cadence is paused",
    Reason.UNCLEAR: "an answer may ask us to stop: waits until a person has read it",
    Reason.CHANNEL_CLOSED: "the channel is closed",
    Reason.RESTING: "the channel rests: the provider's answers left messages in doubt",
    Reason.COMPLAINTS: "marketing waits: too many called it spam",
    Reason.RATE: "waiting for its turn: no more may leave at a time",
    Reason.ERASED: "the customer's data were erased",
    Reason.INACTIVE: "no customer any more",
    Reason.TEMPLATE: "the message could not be written",
    Reason.REJECTED: "the provider refused it for good",
    Reason.RETRY: "refused for now; it will be tried again",
    Reason.AGAIN: "sent again after one that was in doubt",
    Reason.IN_DOUBT: "nobody knows yet whether it arrived",
    Reason.ZONE: "this machine does not know the time zone",
    Reason.UNREACHABLE: "no channel is left to use",
    Reason.REPLIED: "the customer answered",
    Reason.OPTED_OUT: "the customer asked us to stop",
    Reason.MOVED: "the end of the contract was moved",
    Reason.GOAL: "it reached its goal",
    Reason.ORDERED: "the customer ordered",
    Reason.TAKEN_BACK: "what it followed was logged by mistake, and taken back",
}
_LEFT_ALONE = {
    "opt_out": "they asked us to stop",
    "bounced": "the address bounced",
    "complained": "they called it spam",
}
_CODE = re.compile(r"(?<=^SMS provider): \d+$")
_CHANNELS = {
    "email": "e-mail",
    "sms": "SMS",
    "call": "call",
    "visit": "visit",
    "letter": "letter",
}
_TASKS = {
    "reply": "a reply to answer",
    "decide": "an answer to decide about",
    "reach": "an address to find",
    "review": "a message in doubt",
    "check_in": "a check-in",
    "orders": "orders to look into",
}
_EVENTS = {
    "delivered": "{} delivered",
    "deferred": "{} waits at the receiving side",
    "bounced": "{} bounced: the address is no good",
    "blocked": "{} refused this time",
    "dropped": "{} dropped by the provider",
    "undelivered": "{} did not arrive",
    "complained": "{} marked as spam",
    "opened": "{} opened",
    "clicked": "{}: link clicked",
    "scanned": "{} looked at by a machine, which counts for nothing",
    "opted_out": "Asked us to stop: {}",
    "opted_in": "Asked us to start again: {}",
    "preferred": "Changed preferences, by the link of an {}",
    "replied": "Replied by {}",
    "automatic": "Automatic answer by {}",
    "help": "Asked for help by {}",
}
_SIGNALS = {
    "order.late": "late with an order",
    "order.slower": "orders less often",
    "order.faster": "orders more often",
    "order.smaller": "orders less at a time",
    "order.bigger": "orders more at a time",
    "order.irregular": "orders unevenly",
}
_NOTES = {
    "call": "Called",
    "visit": "Visited",
    "letter": "Wrote a letter",
    "note": "Note",
    "benefit": "Benefit",
    "waived": "Waived",
    "handed_over": "Handed over",
    "taken_back": "Taken back",
}


def reason(name: str | None) -> str:
    """Why, in a few words; empty where there is no reason."""
    if not name:
        return ""
    try:
        return _REASONS[Reason(name)]
    except ValueError:  # of a newer or older version
        return name.replace("_", " ")


def left_alone(why: str) -> str:
    """Of an address that is left alone, by the reason on record."""
    return _LEFT_ALONE.get(why) or _REASONS[Reason.SUPPRESSED]


def capped(code: str) -> str:
    """What a cap allows, by its code on record."""
    cap = Cap.of(code)
    noun = {"email": "e-mail", "sms": "SMS"}.get(cap.channel, "message")
    what = noun if cap.most == 1 or noun == "SMS" else f"{noun}s"
    span = "a day" if cap.days == DAY else f"in {cap.days} days"
    return f"{cap.most} {what} {span} {'is' if cap.most == 1 else 'are'} the most (cap)"


def waits(why: str, *, until: date | None, not_after: date) -> str:
    """Of a message that was put off: why, until which other day, and when it will be given up."""
    day = "" if until is None else f" until {_day(until)}"
    return f"waits{day}: {why}; given up after {_day(not_after)}"


def held(why: str, *, not_after: date) -> str:
    """Of a message that waits for somebody's word: why, and when it will be given up."""
    return f"{why}; given up after {_day(not_after)}"


def no_room(why: str, *, again_on: date) -> str:
    """Of a message that could not leave today."""
    return f"{why}; there is room again on {_day(again_on)}"


def ran_out(why: str, *, not_after: date) -> str:
    """Of a message for which there was no room in its time."""
    return f"{why}; no day up to {_day(not_after)} had room"


def _day(day: date) -> str:
    return f"{day.day} {day:%b}"


def trigger(key: str) -> str:
    """Why a cadence took the customer in."""
    cause, _, detail = key.partition(":")
    if cause == "quiet":
        return f"no order since {_written(detail[:10])}"
    if cause == "contract":
        contract, _, ends_on = detail.rpartition(":")
        return f"the end of contract {contract} on {_written(ends_on)}"
    if cause == "consent":
        return "asked for marketing by e-mail"
    if cause == "erased":
        return "what for was erased"
    if cause == "signal":
        return "something was noticed about their orders"
    if cause == "idle":
        return "no other cadence had them in hand"
    return "new in the record" if cause == "customer.added" else key


def _written(day: str) -> str:
    try:
        return day_in_words(date.fromisoformat(day))
    except ValueError:  # of a newer or older version
        return day


def signal(kind: str) -> str:
    """What was noticed, in a few words."""
    return _SIGNALS.get(kind, kind.replace(".", " "))


def channel(name: str) -> str:
    """A channel, or what a person has to do, inside a sentence."""
    return _CHANNELS.get(name) or _TASKS.get(name, name)


def source(name: str) -> str:
    """Where a consent or its end is from, without the code that a provider gave with it."""
    return _CODE.sub("", name)


def agreed_to(name: str, purpose: str) -> str:
    """What a consent is about: a channel, or one purpose of it."""
    return f"{purpose} by {channel(name)}" if purpose else channel(name)


def event(kind: str, by: str) -> str:
    """What a provider, a customer or a person told us."""
    if by in ("", "person") or kind not in _EVENTS:
        return _NOTES.get(kind, kind.replace("_", " ").capitalize())
    said = _EVENTS[kind].format(channel(by))
    return said[:1].upper() + said[1:]
