"""`touchline account`: who may sign in to the owners' board, and in which role."""

import json
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from flows.failure import REFUSED, Failure
from flows.plain_data import plain_data
from flows.workspace import record_for, settings_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from contacts.record.sign_in.accounts import Person
    from contacts.settings import Settings

app = typer.Typer(
    name="account",
    help="Say who may sign in to the owners' board, and in which role.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
_Email = Annotated[
    str, typer.Argument(metavar="EMAIL", help="Their e-mail address.", show_default=False)
]
_ROLES = (
    "admin: sees and changes everything. owner: their own customers, and those of whom they "
    "stand in for. viewer: sees everything, changes nothing."
)
_Force = Annotated[
    bool, typer.Option("--force", help="Also where nobody is an admin any more after that.")
]
_FromStdin = Annotated[
    bool, typer.Option("--password-stdin", help="Read the password from standard input.")
]
_LONGEST_NAME = 200


class RoleName(StrEnum):
    """As contacts.record.sign_in.accounts has them, which every --help would import otherwise."""

    ADMIN = "admin"
    OWNER = "owner"
    VIEWER = "viewer"


@app.command(short_help="Let somebody sign in.")
def add(
    context: typer.Context,
    email: _Email,
    role: Annotated[
        RoleName,
        typer.Option(help=_ROLES, show_default=False),
    ],
    name: Annotated[
        str, typer.Option(metavar="NAME", help="As the board calls them.",
                          show_default="as among the owners, else the address")
    ] = "",
    password_stdin: _FromStdin = False,
) -> None:  # fmt: skip
    """Let somebody sign in to the board; asks for their password twice.

    From the first account on, everybody signs in, on this machine too.
    """
    from contacts.record.engine import writing
    from contacts.record.sign_in.accounts import NewAccount, Role, add_account

    settings = settings_of(context)
    email = _address(email)
    called = (name.strip() or _owners(settings).get(email, email))[:_LONGEST_NAME]
    password = _asked((email, called, settings.business_name), from_stdin=password_stdin)
    new = NewAccount(email, called, Role(role), password)
    with record_for(settings) as engine, writing(engine) as connection:
        add_account(connection, new, now=datetime.now(UTC))
    typer.echo(f"{email} may sign in as {role}: {settings.local_url}/sign-in")
    _warn_of_nobody(email, role, settings)


@app.command(short_help="Give somebody another role.")
def role(
    context: typer.Context,
    email: _Email,
    role: Annotated[RoleName, typer.Argument(metavar="ROLE", help=_ROLES, show_default=False)],
    force: _Force = False,
) -> None:
    """Give an account another role; it counts from their next click on, and they stay signed in.

    The last admin keeps theirs, unless --force says otherwise.
    """
    from contacts.record.engine import writing
    from contacts.record.sign_in.accounts import Role, change_role

    settings = settings_of(context)
    with record_for(settings) as engine, writing(engine) as connection:
        was = change_role(connection, email, Role(role), without_admin=force)
    typer.echo(
        f"{was.email} is {role} already."
        if was.role.value == role.value
        else f"{was.email} is {role} now, and was {was.role} before."
    )
    _warn_of_nobody(was.email, role, settings)


@app.command(short_help="Set a new password.")
def password(context: typer.Context, email: _Email, password_stdin: _FromStdin = False) -> None:
    """Set a new password, and end all sessions of the account."""
    from contacts.record.engine import reading, writing
    from contacts.record.sign_in.accounts import find_account, set_password

    settings = settings_of(context)
    with record_for(settings) as engine:
        with reading(engine) as connection:
            account = find_account(connection, email)
        known = (account.email, account.name, settings.business_name)
        new = _asked(known, from_stdin=password_stdin)
        with writing(engine) as connection:
            set_password(connection, account.id, new, now=datetime.now(UTC))
    typer.echo(f"{account.email} has a new password, and is signed out everywhere.")


@app.command(short_help="Let somebody sign in no longer.")
def remove(context: typer.Context, email: _Email, force: _Force = False) -> None:
    """Remove an account and end its sessions; without any account left, see docs/board.md.

    The last admin stays, unless --force says otherwise.
    """
    from contacts.record.engine import writing
    from contacts.record.sign_in.accounts import has_accounts, remove_account

    with record_for(settings_of(context)) as engine, writing(engine) as connection:
        remove_account(connection, email, without_admin=force)
        is_last = not has_accounts(connection)
    typer.echo(f"{_address(email)} may not sign in any longer.")
    if is_last:
        typer.echo("Nobody has an account now.")


@app.command("list", short_help="Name all who may sign in.")
def list_(
    context: typer.Context,
    json_: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Name all who may sign in, with their roles."""
    from contacts.record.engine import reading
    from contacts.record.sign_in.accounts import accounts

    with record_for(settings_of(context)) as engine, reading(engine) as connection:
        found = accounts(connection)
    typer.echo(_as_json(found) if json_ else _as_text(found))


def _warn_of_nobody(email: str, role: RoleName, settings: "Settings") -> None:
    """An owner's account is that of the owner who has its address."""
    if role is RoleName.OWNER and email not in _owners(settings):
        typer.echo(
            f"warning: no owner in touchline.toml has the address {email}: they see no customer",
            err=True,
        )


def _owners(settings: "Settings") -> dict[str, str]:
    """Their names by address."""
    return {owner.email.strip().lower(): owner.name for owner in settings.owners}


def _asked(known: "Iterable[str]", *, from_stdin: bool) -> str:
    """A password that may be one, from standard input or typed twice."""
    from contacts.record.sign_in.passwords import problem_of

    if from_stdin:
        typed = sys.stdin.readline().rstrip("\r\n")
    elif sys.stdin.isatty():
        typed = str(typer.prompt("Password", hide_input=True, confirmation_prompt="Once more"))
    else:
        raise Failure("there is no terminal to ask on; add --password-stdin", REFUSED)
    if problem := problem_of(typed, known=known):
        raise Failure(f"the password {problem}", REFUSED)
    return typed


def _address(email: str) -> str:
    from contacts.record.customers.addresses import normalise_email

    try:
        return normalise_email(email.strip()).lower()
    except ValueError as error:
        raise Failure(f"EMAIL: {error}", REFUSED) from None


def _as_text(found: "list[Person]") -> str:
    if not found:
        return "Nobody has an account: 'touchline account add EMAIL --role admin' makes the first."
    width = max(len(one.email) for one in found)
    return "\n".join(
        f"{one.email:{width}}  {one.role:6}  {one.name}, password of {one.password_at:%Y-%m-%d}"
        for one in found
    )


def _as_json(found: "list[Person]") -> str:
    said = {"accounts": [asdict(one) for one in found]}
    return json.dumps(plain_data(said), indent=2, ensure_ascii=False, default=str)
