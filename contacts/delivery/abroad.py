"""Whether an SMS may leave as it is written for the country of the number that it goes to."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from contacts.cadences.law.abroad import Abroad, abroad
from contacts.cadences.reach import Purpose
from contacts.cadences.reasons import Reason
from contacts.channels.keywords import asks_for_a_reply
from contacts.channels.links import preferences_url, unsubscribe_url
from contacts.delivery.words import Ready
from contacts.messages.registered import REGISTER, Registered
from contacts.messages.templates import Templates
from contacts.record.customers.address_keys import address_hash, link_key
from contacts.settings import SETTINGS_FILE, Dlt, Settings

_SHORT_LINK = re.compile(
    r"\b(?:bit\.ly|tinyurl\.com|goo\.gl|t\.co|ow\.ly|is\.gd|v\.gd|buff\.ly|cutt\.ly|rebrand\.ly|"
    r"rb\.gy|shorturl\.at|t\.ly|tiny\.cc|twil\.io|bl\.ink|short\.io|lnkd\.in)/",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Written:
    """An SMS as it would leave."""

    message: str  # templates/sms/<message>
    text: str
    phone: str  # E.164
    ways_out: tuple[str, ...]  # the customer's own links to opt out
    purpose: Purpose


@dataclass(frozen=True, slots=True)
class Unfit:
    """Why it may not, and for whoever wrote it what would be right."""

    reason: Reason
    problem: str
    word: str = ""  # of the text, if one is the trouble
    is_setting: bool = False  # the remedy is in the settings


def why_unfit(ready: Ready, templates: Templates, settings: Settings) -> Reason | None:
    """The reason why the words of a composed SMS may not leave; MessageError as the register's."""
    if abroad(ready.message.address) is None:
        return None
    prepared = ready.prepared
    sms = Written(
        message=prepared.request.step.template,
        text=ready.message.text,
        phone=ready.message.address,
        ways_out=ways_out(settings, prepared.customer_id, ready.message.address),
        purpose=prepared.cadence.purpose,
    )
    found = unfit(sms, settings.dlt, templates.registered())
    return next((one.reason for one in found), None)


def ways_out(settings: Settings, customer_id: int, phone: str) -> tuple[str, ...]:
    """The links by which this customer opts out, as an SMS would have them."""
    key = link_key(address_hash(settings.signing_key, phone))
    return (
        unsubscribe_url(settings, customer_id, "sms"),
        preferences_url(settings, customer_id, "sms", address_key=key),
    )


def unfit(sms: Written, dlt: Dlt, registered: Sequence[Registered]) -> Iterator[Unfit]:
    """Everything that keeps it from that country; nothing for a number of most countries."""
    place = abroad(sms.phone)
    if place is None:
        return
    if not place.two_way:
        yield from _without_way_out(sms, place)
    if place.registered != "texts":
        return
    if not dlt.international:
        yield from _unregistered(sms, place, dlt, registered)
    elif not place.short_links and (found := _SHORT_LINK.search(sms.text)):
        problem = f"links shortened by others are blocked in {_named(place)}; write the whole link"
        yield Unfit(Reason.UNFIT, problem, found[0])


def _without_way_out(sms: Written, place: Abroad) -> Iterator[Unfit]:
    if word := asks_for_a_reply(sms.text):
        yield Unfit(
            Reason.UNFIT,
            f"'{word}' asks for a reply, and from {_named(place)} nobody can reply to an SMS; "
            "offer the link {{ links.unsubscribe }}, and put the rest inside "
            "{% if customer.country not in ('IN', 'NP', 'BY') %}",
            word,
        )
    elif sms.purpose == "marketing" and not any(link in sms.text for link in sms.ways_out):
        yield Unfit(
            Reason.UNFIT,
            f"marketing to {_named(place)} needs a link to opt out, for nobody can reply to an SMS "
            "there; write {{ links.unsubscribe }}",
        )


def _unregistered(
    sms: Written, place: Abroad, dlt: Dlt, registered: Sequence[Registered]
) -> Iterator[Unfit]:
    texts = [one for one in registered if one.message == sms.message]
    if not dlt.entity_id:
        yield Unfit(
            Reason.UNREGISTERED,
            f"SMS to {_named(place)} need your DLT registration: set entity_id under [dlt] in "
            f"{SETTINGS_FILE}, and put your texts with their template ids into "
            f"templates/{REGISTER}; or, where your provider sends by its international route, set "
            "international = true there",
            is_setting=True,
        )
    elif not texts:
        yield Unfit(
            Reason.UNREGISTERED,
            f"has no text registered for {_named(place)}; copy it with its template id from the "
            f"DLT portal into templates/{REGISTER}",
        )
    elif not any(one.is_of(sms.text) for one in texts):
        nearest = max(texts, key=lambda one: one.reach(sms.text))
        yield Unfit(
            Reason.UNREGISTERED,
            f"is not the text registered for {_named(place)} with template id {nearest.id}: it "
            f"{nearest.missed(sms.text)}; write it as in templates/{REGISTER}, or register it anew",
        )


def _named(place: Abroad) -> str:
    return f"{place.name} ({place.country})"
