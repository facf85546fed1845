"""Erases a customer from the stand-in's book, while it runs or while nobody has it open."""

from collections.abc import Collection
from pathlib import Path

from contacts.channels.standin.book import Book

_JOURNALS = ("log.jsonl", "events.jsonl")


async def erase_addresses(book: Book, addresses: Collection[str]) -> int:
    """Forget every message to these addresses, and the addresses in any other; return how many."""
    wanted = {one.casefold() for one in addresses}
    return await book.erase(lambda kept: kept.to.casefold() in wanted, addresses)


async def erase_from_folder(folder: Path, addresses: Collection[str]) -> int:
    """The same in the folder of a stand-in that does not run."""
    if not any((folder / name).is_file() for name in _JOURNALS):
        return 0
    book = Book(folder, durable=True)
    try:
        return await erase_addresses(book, addresses)
    finally:
        await book.close()
