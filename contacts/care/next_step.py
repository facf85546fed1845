"""Keeps up to date what customers may need next: once a night, for all of them."""

from datetime import datetime

from sqlalchemy import Engine

from contacts.record.engine import reading, writing
from contacts.record.item_pairs import count_pairs, keep_pairs


def learn_pairs(engine: Engine, *, now: datetime) -> int:
    """Count anew what is bought together; return how many pairs are worth a suggestion."""
    with reading(engine) as connection:
        pairs = count_pairs(connection, now=now)
    with writing(engine) as connection:
        keep_pairs(connection, pairs)
    return len(pairs)
