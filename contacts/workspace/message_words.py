"""Whether messages are sound, and say what they must where they go.

A marketing SMS says who writes and how to stop it; that is tried on made-up customers. What counts
in some countries alone is tried on the customers on record who are there.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from contacts.cadences.conditions import compile_condition
from contacts.cadences.facts import BusinessFacts, CadenceFacts, Facts, as_context
from contacts.cadences.faults import Fault
from contacts.cadences.law.abroad import abroad, places
from contacts.cadences.model import Cadence, Kind, Step
from contacts.channels.keywords import asks_for_a_reply
from contacts.delivery.abroad import Unfit, Written, unfit
from contacts.messages.locales import chosen
from contacts.messages.registered import REGISTER
from contacts.messages.rendered import MessageError
from contacts.messages.samples import full_facts, sparse_facts
from contacts.messages.shelf import Shelf
from contacts.messages.templates import templates_of
from contacts.settings import SETTINGS_FILE, Settings
from contacts.workspace.named import Named

_CAN_RECEIVE = re.compile(r"\+?[0-9]+|MG[0-9a-fA-F]{32}")
"""A number, or a Messaging Service, which has some; a sender in letters cannot be answered."""
_PLACE = re.compile(r"\bcustomer\.(?:country|locale|timezone|phone|attributes)\b")
"""What a condition says of where somebody is; in all else new customers may be unlike these."""
_LINKS = full_facts().links
_WAYS_OUT = (_LINKS.unsubscribe, _LINKS.preferences)


class MessageWords:
    """Looks at messages, each by itself and as those who get it will."""

    def __init__(self, settings: Settings, shelf: Shelf) -> None:
        self._settings = settings
        self._shelf = shelf
        self._templates = templates_of(settings)

    def faults(self, one: Named) -> list[Fault]:
        """Everything wrong with a message, wherever it goes."""
        found = self._templates.faults(one.kind, one.name)
        return self._of_marketing(one) if one.is_marketing and not found else found

    def register_faults(self) -> list[Fault]:
        """What is wrong with the list of texts that are registered for India."""
        path = self._shelf.base_file(REGISTER)
        if path is None:
            return []
        try:
            registered = self._templates.registered()
        except MessageError as error:
            return [error.as_fault()]
        source, known = self._shelf.read(path), self._shelf.names("sms")
        return [
            Fault(str(path), *_position(source, one.id), self._shelf.missing("sms", one.message))
            for one in registered
            if one.message not in known
        ]

    def _of_marketing(self, one: Named) -> list[Fault]:
        """What keeps an SMS from being sent by a marketing cadence at home."""
        found: list[Fault] = []
        for language, parts in self._shelf.complete("sms", one.place).items():
            texts = list(self._at_home(one.name, language or self._settings.default_locale))
            problems = {problem for text in texts for problem in self._marketing(text)}
            found += [Fault(str(parts["body.txt"]), 1, 1, problem) for problem in problems]
        return found

    def faults_abroad(self, cadence: Cadence, people: Iterable[Facts]) -> set[Fault]:
        """What keeps the SMS of a cadence from customers abroad; `people` are on record."""
        known = [*people, *self._made_up()]
        texts = [step for step, kind in cadence.routes() if kind is Kind.SMS]
        return {
            fault
            for step in texts
            for facts in known
            if _takes_in(cadence, step, facts)
            for fault in self._abroad(cadence, step.template, facts)
        }

    def _at_home(self, name: str, locale: str) -> Iterator[str]:
        for facts in (full_facts(), sparse_facts()):
            country = self._settings.default_country
            customer = replace(facts.customer, country=country, locale=locale)
            yield self._text(name, replace(facts, customer=customer), "marketing") or ""

    def _marketing(self, text: str) -> Iterator[str]:
        settings = self._settings
        names = {settings.business_name, settings.sender_name} - {""}
        if text and not any(name.casefold() in text.casefold() for name in names):
            yield "a marketing SMS must say who writes; name yourself with {{ business.name }}"
        if not text or any(link in text for link in _WAYS_OUT):
            return
        if any(one.country == settings.default_country for one in places()):
            return  # looked at as those there would get it
        if not _CAN_RECEIVE.fullmatch(settings.sms_sender):
            yield (
                "a marketing SMS needs the link to opt out, for nobody can answer the sender "
                f"'{settings.sms_sender}'; write {{{{ links.unsubscribe }}}}"
            )
        elif asks_for_a_reply(text) is None:
            yield (
                "a marketing SMS needs a way to opt out; write 'Reply STOP to opt out', or the "
                "link {{ links.unsubscribe }}"
            )

    def _made_up(self) -> list[Facts]:
        """Whom a business whose own country has such rules writes to, before it has anybody."""
        home = self._settings.default_country
        code = next((one.calling_code for one in places() if one.country == home), None)
        if code is None:
            return []
        facts, locale = full_facts(), self._settings.default_locale
        phone = f"{code}0000000000"
        customer = replace(facts.customer, country=home, phone=phone, locale=locale)
        return [replace(facts, customer=customer)]

    def _abroad(self, cadence: Cadence, name: str, facts: Facts) -> Iterator[Fault]:
        if abroad(facts.customer.phone) is None:
            return
        text = self._text(name, facts, cadence.purpose)
        if text is None:
            return  # told as a fault of the message itself
        sms = Written(name, text, facts.customer.phone, _WAYS_OUT, cadence.purpose)
        try:
            for one in unfit(sms, self._settings.dlt, self._templates.registered()):
                yield self._fault(name, facts.customer.locale, one)
        except MessageError as error:
            yield error.as_fault()

    def _text(self, name: str, facts: Facts, purpose: str) -> str | None:
        """The SMS as this customer would get it; None where it cannot be written."""
        settings = self._settings
        business = BusinessFacts(
            settings.business_name,
            settings.business_address,
            settings.business_website,
            settings.sender_email,
        )
        spoken_of = CadenceFacts("sample", "a sample", purpose)
        whole = replace(facts, business=business, links=_LINKS, cadence=spoken_of)
        try:
            return self._templates.sms(name, facts.customer.locale, as_context(whole)).text
        except MessageError:
            return None

    def _fault(self, name: str, locale: str, found: Unfit) -> Fault:
        if found.is_setting:
            return Fault(str(self._settings.workspace / SETTINGS_FILE), 1, 1, found.problem)
        place = self._shelf.find("sms", name)
        complete = self._shelf.complete("sms", place) if place else {}
        variant = chosen(locale, complete, self._settings.default_locale)
        path = complete[variant]["body.txt"] if variant is not None else Path(name)
        return Fault(str(path), *_position(self._shelf.read(path), found.word), found.problem)


def _takes_in(cadence: Cadence, step: Step, facts: Facts) -> bool:
    """Whether the cadence and its step are for somebody there, whatever else they ask for."""
    if cadence.start.on == "contract.ending" and not facts.contract.exists:
        return False  # its texts speak of one
    if cadence.start.on == "signal" and not facts.signal.kind:
        return False
    context = as_context(facts)
    conditions = (one for one in (cadence.start.where, step.when) if one and _PLACE.search(one))
    return all(compile_condition(one).holds(context) for one in conditions)


def _position(source: str, word: str) -> tuple[int, int]:
    start = source.find(word) if word else -1
    if start < 0:
        return 1, 1
    return source.count("\n", 0, start) + 1, start - source.rfind("\n", 0, start)
