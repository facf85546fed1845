"""What the stand-in accepted and told, as an index in memory over its two journals."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import orjson

from contacts.channels.mentioned import needles, struck_out
from contacts.channels.standin.journal import Journal


@dataclass(slots=True)
class Told:
    """One event that was posted, or a note about the message."""

    at: str
    event: str
    answer: str  # the receiver's HTTP status, or why none came
    words: str  # of a reply


@dataclass(slots=True)
class Kept:
    """One accepted message; its words stay in the journal at `place`."""

    place: int
    provider: str
    id: str
    attempt_id: str
    at: datetime
    to: str
    to_name: str
    sender: str
    subject: str  # of an SMS its first words
    status: str
    body_hash: str
    error_code: str = ""
    told: list[Told] = field(default_factory=list)


class Book:
    """A folder's journals: `log.jsonl` of what was accepted, `events.jsonl` of what was told."""

    def __init__(self, folder: Path, *, durable: bool) -> None:
        self._log = Journal(folder / "log.jsonl", durable=durable)
        self._events = Journal(folder / "events.jsonl")
        self._readings = 0
        self._read()

    async def accept(self, entry: dict[str, Any]) -> Kept:
        """Write the message down; only then may it be answered for."""
        readings = self._readings
        kept = _kept(entry, await self._log.append(entry))
        if readings != self._readings:
            return self._by_id[kept.id]  # it was read with the others, at its new place
        self._index(kept)
        return kept

    def tell(self, entry: dict[str, Any]) -> None:
        """Note what was posted about a message, or that a number opted out or in."""
        self._events.append(entry)
        self._apply(entry)

    def find(self, message_id: str) -> Kept | None:
        return self._by_id.get(message_id)

    def words_of(self, kept: Kept) -> dict[str, Any]:
        """The whole entry, with the request as it came."""
        return self._log.read_at(kept.place)

    def count(self, words: str = "") -> int:
        """How many there are whose customer or subject holds `words`."""
        return sum(1 for _ in self._matching(words)) if words.strip() else len(self._messages)

    def newest(self, address: str = "") -> Iterator[Kept]:
        """From the latest to the first; only those to `address` where one is given."""
        return reversed(self._by_address.get(address, []) if address else self._messages)

    def search(self, words: str, *, skip: int = 0, limit: int = 50) -> list[Kept]:
        """The newest messages whose customer or subject holds `words`."""
        return list(islice(self._matching(words), skip, skip + limit))

    async def erase(self, gone: Callable[[Kept], bool], addresses: Collection[str] = ()) -> int:
        """Forget these messages and all that was told of them; return how many they were.

        What mentions one of these addresses besides, e.g. an owner's morning mail, loses it.
        """
        ids = {kept.id for kept in self._messages if gone(kept)}
        clean = partial(_without, ids, addresses)
        await self._events.rewrite(clean)
        await self._log.rewrite(clean)
        self._read()
        return len(ids)

    async def close(self) -> None:
        await self._log.close()
        await self._events.close()

    def _matching(self, words: str) -> Iterator[Kept]:
        wanted = words.casefold().strip()
        return (
            kept
            for kept in reversed(self._messages)
            if not wanted or wanted in f"{kept.to_name} {kept.to} {kept.subject}".casefold()
        )

    def _read(self) -> None:
        """Everything anew from the journals."""
        self._readings += 1
        self._messages: list[Kept] = []
        self._by_id: dict[str, Kept] = {}
        self._by_address: defaultdict[str, list[Kept]] = defaultdict(list)
        self.opted_out: set[str] = set()
        for place, entry in self._log.read():
            self._index(_kept(entry, place))
        for _, entry in self._events.read():
            self._apply(entry)

    def _index(self, kept: Kept) -> None:
        self._messages.append(kept)
        self._by_id[kept.id] = kept
        self._by_address[kept.to].append(kept)

    def _apply(self, entry: dict[str, Any]) -> None:
        if opted_out := entry.get("opted_out"):
            self.opted_out.add(opted_out)
        if opted_in := entry.get("opted_in"):
            self.opted_out.discard(opted_in)
        kept = self._by_id.get(entry.get("id", ""))
        if kept is None:
            return
        kept.told.append(
            Told(entry["at"], entry["event"], entry.get("answer", ""), entry.get("words", ""))
        )
        kept.status = entry.get("status", kept.status)
        kept.error_code = entry.get("error_code", kept.error_code)


def _kept(entry: dict[str, Any], place: int) -> Kept:
    return Kept(
        place=place,
        provider=entry["provider"],
        id=entry["id"],
        attempt_id=entry["attempt_id"],
        at=datetime.fromisoformat(entry["at"]),
        to=entry["to"],
        to_name=entry["to_name"],
        sender=entry["sender"],
        subject=entry["subject"],
        status=entry["status"],
        body_hash=entry["body_hash"],
    )


def _without(
    ids: set[str], addresses: Collection[str], entry: dict[str, Any]
) -> dict[str, Any] | None:
    if entry.get("id") in ids:
        return None
    text = orjson.dumps(entry).decode()
    if not any(one.casefold() in text.casefold() for one in needles(addresses)):
        return entry
    clean: dict[str, Any] = struck_out(entry, addresses)
    return clean
