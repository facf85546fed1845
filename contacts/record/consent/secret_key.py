"""The secret key that opt-outs are kept under: by another one none of them would be found (P3)."""

import hmac
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Engine, func, insert, select, text

from contacts.cadences.reach import Agreed, Scope
from contacts.record.consent.suppression import consents, suppress
from contacts.record.customers.address_keys import address_hash
from contacts.record.engine import reading, writing
from contacts.record.inserting import insert_into
from contacts.record.tables import Consent, Customer, SecretKeyMark, Suppression
from contacts.settings import KEY_FILE, Settings
from contacts.settings_file.errors import SettingsError

REMEDY = (
    f"put the right one back, from a backup of .touchline/{KEY_FILE} or of "
    "TOUCHLINE_SECRET_KEY; it is the same on every machine. Of one that is lost tells "
    "docs/operations.md, 'A lost secret key'"
)
_SOURCE = "carried over to another secret key"
_FIRST = 1
_TOGETHER = 5_000


@dataclass(frozen=True, slots=True)
class CarriedOver:
    """What became of the suppressed addresses when the key changed."""

    suppressed: int
    """Suppressed under the new key: one for a customer and a channel."""
    left: int
    """The rest of those before, which only the other key could tell: bounced, erased, changed."""


def secret_key_problem(connection: Connection, settings: Settings) -> str | None:
    """What is wrong with the secret key of these settings; None where the record has none yet.

    No key is made.
    """
    kept = _kept_under(connection)
    if kept is None:
        return None
    if settings.known_key is None:
        return "secret_key: there is none, and this record's opt-outs are kept under one"
    if _mark_of(settings.known_key) != kept:
        return (
            "secret_key: is not the one that this record's opt-outs are kept under, so none of "
            "them would be found"
        )
    return None


def refuse_other_key(engine: Engine, settings: Settings, *, now: datetime) -> None:
    """Raise SettingsError where the record is kept under another secret key, or this one is gone.

    A record without a mark of its key gets that of the key at hand, which is made if need be.
    """
    with reading(engine) as connection:
        is_marked = _kept_under(connection) is not None
    if not is_marked:
        with writing(engine) as connection:
            row = {"id": _FIRST, "mark": _mark_of(settings.signing_key), "at": now}
            statement = insert_into(connection.dialect.name, SecretKeyMark).values(row)
            connection.execute(statement.on_conflict_do_nothing())  # another machine may be first
    with reading(engine) as connection:
        problem = secret_key_problem(connection, settings)
    if problem is not None:
        raise SettingsError(f"{problem}; {REMEDY}.")


def keep_under_this_key(
    connection: Connection, settings: Settings, *, now: datetime
) -> CarriedOver | None:
    """Keep opt-outs under the key of these settings from now on; None where they are already.

    Nobody can make the hashes anew without the addresses. Of customers their consents tell: where
    their last word is a no, which they did not bring along, their address of now is suppressed for
    what it was about.
    """
    key = settings.signing_key
    if _kept_under(connection) == _mark_of(key):
        return None
    before = connection.execute(_COUNT).scalar_one()
    last = connection.execute(select(func.max(SecretKeyMark.id))).scalar() or 0
    connection.execute(insert(SecretKeyMark).values(id=last + 1, mark=_mark_of(key), at=now))
    said_no = connection.execute(_SAID_NO).all()
    carried = 0
    for start in range(0, len(said_no), _TOGETHER):
        some = said_no[start : start + _TOGETHER]
        agreed = consents(connection, {row.customer_id for row in some}, now=now)
        for row in some:
            scope = _closed(agreed[row.customer_id, row.channel])
            address = row.phone if row.channel == "sms" else row.email_key
            if scope is None or not address:
                continue
            suppress(
                connection,
                address_hash=address_hash(key, address),
                channel=row.channel,
                reason="opt_out",
                source=_SOURCE,
                at=row.at,
                scope=scope,
            )
            carried += 1
    return CarriedOver(carried, max(before - carried, 0))


def _closed(agreed: Agreed) -> Scope | None:
    """How much of a channel a customer who said no to it still refuses."""
    if agreed.service is not None:
        return Scope.ALL
    return Scope.MARKETING if agreed.marketing is not None else None


def _kept_under(connection: Connection) -> str | None:
    latest = select(SecretKeyMark.mark).order_by(SecretKeyMark.id.desc()).limit(1)
    return connection.execute(latest).scalar_one_or_none()


def _mark_of(key: str) -> str:
    """Tells keys apart, and nothing of them."""
    return hmac.digest(key.encode(), b"Touchline: the key of this record", "sha256").hex()


_COUNT = select(func.count()).select_from(Suppression).where(Suppression.lifted_at.is_(None))
_SAID_NO = (
    select(
        Consent.customer_id,
        Consent.channel,
        Customer.email_key,
        Customer.phone,
        func.max(Consent.at).label("at"),
    )
    .join(Customer, Customer.id == Consent.customer_id)
    .where(
        text("NOT consents.granted"),  # as the index says it
        Consent.recorded_at > Customer.created_at,
    )
    .group_by(Consent.customer_id, Consent.channel, Customer.email_key, Customer.phone)
    .order_by(Consent.customer_id, Consent.channel)
)
