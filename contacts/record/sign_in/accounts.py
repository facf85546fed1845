"""Who may sign in to the owners' board, in which role, and what proves that it is they.

Callers own the transaction. A password is kept as its argon2id hash alone, and is never logged.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, String, delete, insert, select, update
from sqlalchemy.orm import Mapped, mapped_column

from contacts.record.base import Base, Key
from contacts.record.errors import AccountRefused
from contacts.record.sign_in.passwords import hashed
from contacts.record.sign_in.sessions import end_sessions


class Role(StrEnum):
    ADMIN = "admin"  # sees and changes everything
    OWNER = "owner"  # their own customers, and those of whom they stand in for
    VIEWER = "viewer"  # sees everything, changes nothing


class Account(Base):
    __tablename__ = "accounts"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    """In lower case; an owner of the settings with the same address is this person."""
    name: Mapped[str] = mapped_column(String(200))
    role: Mapped[str] = mapped_column(String(6))
    password_hash: Mapped[str] = mapped_column(String(200))
    """As argon2 writes it, with its salt and its costs."""
    created_at: Mapped[datetime]
    password_at: Mapped[datetime]
    """When the password was set."""


@dataclass(frozen=True, slots=True)
class Person:
    """An account without its secret."""

    id: int
    email: str
    name: str
    role: Role
    created_at: datetime
    password_at: datetime


@dataclass(frozen=True, slots=True)
class NewAccount:
    email: str
    name: str
    role: Role
    password: str


def add_account(connection: Connection, new: NewAccount, *, now: datetime) -> int:
    """Store the account, return its id; AccountRefused where the address has one."""
    email = address(new.email)
    if secret_of(connection, email) is not None:
        raise AccountRefused(
            f"{email} has an account; 'touchline account password {email}' sets a new password"
        )
    values = {
        "email": email,
        "name": new.name,
        "role": new.role.value,
        "password_hash": hashed(new.password),
        "created_at": now,
        "password_at": now,
    }
    added = insert(Account).values(values).returning(Account.id)
    return connection.execute(added).scalar_one()


def set_password(connection: Connection, account_id: int, password: str, *, now: datetime) -> None:
    """Set the password and end every session of the account."""
    connection.execute(
        update(Account)
        .where(Account.id == account_id)
        .values(password_hash=hashed(password), password_at=now)
    )
    end_sessions(connection, account_id)


def keep_hash(connection: Connection, account_id: int, made: str, *, instead_of: str) -> bool:
    """Store a hash of the password that the account has; False where it has another by now.

    Until the transaction ends the password cannot be changed, nor the account removed.
    """
    this = (Account.id == account_id, Account.password_hash == instead_of)
    kept = update(Account).where(*this).values(password_hash=made)
    return connection.execute(kept).rowcount == 1


def change_role(
    connection: Connection, email: str, role: Role, *, without_admin: bool = False
) -> Person:
    """Give the account another role, from its next request on; return it as it was.

    AccountRefused where there is none, and for the last admin unless it may be `without_admin`.
    """
    account = find_account(connection, email)
    if role is not Role.ADMIN and not without_admin:
        _refuse_last_admin(connection, account)
    connection.execute(update(Account).where(Account.id == account.id).values(role=role.value))
    return account


def remove_account(connection: Connection, email: str, *, without_admin: bool = False) -> None:
    """End the account's sessions, and forget it.

    AccountRefused where there is none, and for the last admin unless it may be `without_admin`.
    """
    account = find_account(connection, email)
    if not without_admin:
        _refuse_last_admin(connection, account)
    end_sessions(connection, account.id)
    connection.execute(delete(Account).where(Account.id == account.id))


def _refuse_last_admin(connection: Connection, account: Person) -> None:
    # Locked, so that of two admins who demote each other at once the second is refused.
    admins = select(Account.id).where(Account.role == Role.ADMIN.value).with_for_update()
    if set(connection.execute(admins).scalars()) == {account.id}:
        raise AccountRefused(
            f"{account.email} is the last admin: make somebody else one first with 'touchline "
            "account role EMAIL admin', or add --force"
        )


def find_account(connection: Connection, email: str) -> Person:
    """The account of this address; AccountRefused where there is none."""
    wanted = address(email)
    row = connection.execute(_PEOPLE.where(Account.email == wanted)).one_or_none()
    if row is None:
        raise AccountRefused(f"{wanted} has no account; 'touchline account list' names them all")
    return _person(row)


def account_of(connection: Connection, account_id: int) -> Person | None:
    row = connection.execute(_PEOPLE.where(Account.id == account_id)).one_or_none()
    return None if row is None else _person(row)


def accounts(connection: Connection) -> list[Person]:
    """All of them, by address."""
    return [_person(row) for row in connection.execute(_PEOPLE.order_by(Account.email))]


def has_accounts(connection: Connection) -> bool:
    return connection.execute(select(Account.id).limit(1)).first() is not None


def secret_of(connection: Connection, email: str) -> tuple[int, str] | None:
    """The id and the password's hash of the account of this address."""
    row = connection.execute(
        select(Account.id, Account.password_hash).where(Account.email == address(email))
    ).one_or_none()
    return None if row is None else (row.id, row.password_hash)


def address(written: str) -> str:
    """An e-mail address as accounts are found by."""
    return written.strip().lower()


def _person(row: Any) -> Person:
    return Person(
        id=row.id,
        email=row.email,
        name=row.name,
        role=Role(row.role),
        created_at=row.created_at,
        password_at=row.password_at,
    )


_PEOPLE = select(
    Account.id, Account.email, Account.name, Account.role, Account.created_at, Account.password_at
)
