"""What `touchline privacy` says to people."""

from collections.abc import Iterator, Mapping
from itertools import groupby
from textwrap import fill
from typing import TYPE_CHECKING, Any

from contacts.wording import so_many
from flows.failure import near
from flows.wording import counted

if TYPE_CHECKING:
    from contacts.privacy.export import Held
    from contacts.privacy.requests import Stuck
    from contacts.record.upkeep.retention import Removed
    from contacts.settings import Settings
    from flows.erasing import Outcome

_WIDTH = 88
_MOST_LINES = 8
_TABLES = {
    "messages": ("removed", "message with its words", "messages with their words"),
    "orders": ("removed", "order", "orders"),
    "contracts": ("removed", "contract", "contracts"),
    "benefits": ("removed", "benefit", "benefits"),
    "customers": ("emptied", "customer", "customers"),
    "consents": ("emptied", "proof of consent", "proofs of consent"),
    "events": ("emptied", "event or reply", "events and replies"),
    "tasks": ("emptied", "task", "tasks"),
}
"""What becomes of the rows of a table, and how one and several of them are called."""
_PROVIDERS = {"sendgrid": "SendGrid", "twilio": "Twilio"}


def exported(held: "Held", folder: str, files: int) -> str:
    rows = so_many(held.rows, "row")
    return (
        f"{rows} about customer {held.customer_id}, in {so_many(files, 'file')}:\n  {folder}\n"
        "Only you may read that folder. Remove it once it is handed over."
    )


def before_erasing(customer: Any, counts: Mapping[str, int]) -> str:
    """Whom it concerns, and what goes."""
    name = f"{customer.first_name} {customer.last_name}".strip() or "No name"
    address = customer.email or customer.phone or "no address"
    return "\n".join([f"{name}, {address}, customer {customer.id}", *_rows(counts), ""])


def erased_words(outcome: "Outcome") -> str:
    done = outcome.erased
    if done.is_new:
        said = [f"Customer {done.customer_id} is erased.", *_kept(outcome)]
    else:
        said = [f"Customer {done.customer_id} was erased on {done.at:%d %b %Y} already."]
    return _paragraphs(*said, *_providers(outcome), *_left(outcome)) + _files(outcome)


def pruned(removed: "Removed", settings: "Settings", *, dry_run: bool) -> str:
    """What went, or would go, and how old it had to be."""
    parts = (
        (removed.bodies, "texts of messages", settings.body_retention_days),
        (removed.replies, "replies", settings.reply_retention_days),
        (removed.payloads, "raw events", settings.payload_retention_days),
    )
    aged = [(count, f"{what} older than {so_many(days, 'day')}") for count, what, days in parts]
    said = counted(aged, otherwise="nothing; all words are younger than the settings keep them")
    return f"{'Would remove' if dry_run else 'Removed'}: {said}."


def waiting_words(one: "Stuck") -> str:
    """What a provider has not confirmed, and what it answered last."""
    what = so_many(one.count, "request")
    if not one.tries:
        return f"{_name(one)}: {what}, not asked yet"
    last = f"answered {one.http_status}" if one.http_status else f"gave no answer ({one.code})"
    return f"{_name(one)}: {what}, asked {so_many(one.tries, 'time')}; it {last}"


def _rows(counts: Mapping[str, int]) -> Iterator[str]:
    for verb in ("removed", "emptied"):
        rows = [
            so_many(counts[name], one, several)
            for name, (becomes, one, several) in _TABLES.items()
            if becomes == verb and name in counts
        ]
        if rows:
            yield f"  to be {verb}: {', '.join(rows)}"


def _kept(outcome: "Outcome") -> Iterator[str]:
    done = outcome.erased
    yield (
        "What stays has no name and no address: ids, times and states, and a keyed hash of each "
        "address. By that it stays suppressed, and an import that brings it again leaves it out."
    )
    if done.mentions:
        rows = so_many(done.mentions, "other row")
        yield f"The addresses were struck out of {rows}, of other people's or of nobody's."
    if shared := [one.channel for one in done.addresses if one.is_shared]:
        what = "phone number" if "sms" in shared else "address"
        yield (
            f"Another customer has the same {what}; it stays with them, and may be written to "
            "for them."
        )
    if outcome.logs:
        yield f"Masked in {so_many(outcome.logs, 'log file')}."


def _providers(outcome: "Outcome") -> Iterator[str]:
    if outcome.erased.on_the_way:
        count = so_many(outcome.erased.on_the_way, "message is", "messages are")
        yield (
            f"{count} on the way. Until it is known what became of it, an hour at most, the record "
            "keeps what an SMS is looked up by at Twilio; then it goes by itself, with the next "
            "pass."
        )
    if outcome.confirmed:
        yield f"The providers confirmed {so_many(outcome.confirmed, 'request')} to erase."
    if outcome.waiting:
        waiting = "; ".join(map(waiting_words, outcome.waiting))
        yield (
            f"Not confirmed yet: {waiting}. Every pass asks again, and until then the record keeps "
            "the address, or the message's id, for that alone. 'touchline doctor' names what stays "
            f"so; once you have seen to it there yourself: "
            f"touchline privacy erase {outcome.erased.customer_id} --by-hand"
        )


def _left(outcome: "Outcome") -> Iterator[str]:
    if outcome.not_compacted is not None:
        yield (
            f"The record's files could not be rewritten just now: {outcome.not_compacted}. Deleted "
            "rows may still be read out of them; run the same command again when less is going on."
        )
    for failed in outcome.failed:
        yield (
            f"{failed}. The address may still stand there; see to it by hand, for it is known "
            "nowhere else any more."
        )
    if outcome.left_in_record:
        yield (
            "The address still stands in the record's file, as an owner's or in the text of a "
            "cadence; correct that in touchline.toml or in the cadence."
        )


def _files(outcome: "Outcome") -> str:
    if not outcome.erased.is_new:
        return ""
    unread = [near(path) for path in outcome.searched.unread]
    tail = f"\nCould not be looked into: {', '.join(unread)}" if unread else ""
    if not outcome.searched.places:
        return f"\nNo file of the workspace has the address. Backups are yours to see to.{tail}"
    by_file = groupby(outcome.searched.places, key=lambda place: place.path)
    shown = [f"  {near(path)}{_lines([place.line for place in of])}" for path, of in by_file]
    head = _paragraphs(
        "These files still have the address. They are yours, so nothing was changed in them: take "
        "the customer out, and out of your backups. Until then every import names the row, and "
        "leaves it out."
    )
    return "\n" + "\n".join([head, *shown]) + tail


def _lines(numbers: list[int | None]) -> str:
    lines = [str(number) for number in numbers if number is not None]
    if not lines:
        return ""
    if len(lines) == 1:
        return f":{lines[0]}"
    more = f" and {len(lines) - _MOST_LINES:,} more" if len(lines) > _MOST_LINES else ""
    return f", lines {', '.join(lines[:_MOST_LINES])}{more}"


def _name(one: "Stuck") -> str:
    return _PROVIDERS.get(one.provider, one.provider)


def _paragraphs(*said: str) -> str:
    return "\n".join(
        fill(one, _WIDTH, break_long_words=False, break_on_hyphens=False) for one in said
    )
