"""Rows of people whose data were erased: left out, whatever file they come back in."""

from collections.abc import Sequence
from typing import Protocol, TypeVar

from sqlalchemy import Connection

from contacts.record.customers.address_keys import address_hash
from contacts.record.customers.erasures import erased_hashes, is_anybody_erased
from contacts.record.imports.rows import Row

_REMEDIES = {
    "email": "email: the data under this address were erased on request, so the row is left out; "
    "take it out of the file",
    "phone": "phone: the data under this number were erased on request, so the row is left out; "
    "take it out of the file, or the number out of the row if somebody else has it now",
}


class Addressed(Protocol):
    """A row that names somebody by address."""

    @property
    def row(self) -> Row: ...
    @property
    def addresses(self) -> dict[str, str]:
        """By column."""


A = TypeVar("A", bound=Addressed)


class ErasedPeople:
    """Asked for each chunk of a file: somebody may be erased between two of them."""

    def __init__(self, signing_key: str) -> None:
        self._signing_key = signing_key

    def leave_out(self, connection: Connection, wanted: Sequence[A]) -> list[A]:
        """The rows that may go in; each of the others gets a warning."""
        if not is_anybody_erased(connection):
            return list(wanted)
        hashes = {address: address_hash(self._signing_key, address) for address in _all(wanted)}
        gone = erased_hashes(connection, set(hashes.values()))
        theirs = {address for address, hashed in hashes.items() if hashed in gone}
        return [one for one in wanted if not _warned(one, theirs)]


def _all(wanted: Sequence[A]) -> set[str]:
    return {address for one in wanted for address in one.addresses.values()}


def _warned(one: Addressed, theirs: set[str]) -> bool:
    for column, address in one.addresses.items():
        if address in theirs:
            one.row.warn(column, _REMEDIES[column])
            return True
    return False
