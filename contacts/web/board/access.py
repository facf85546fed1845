"""Who may see and change what on the owners' board: the one place that decides it.

Every route of the board depends on `visitor` (whoever may look) or on `sent` (a form of somebody
who may change something); a test walks all routes and fails at one that does neither. Which
customers a visitor may see is `Visitor.own`; pages ask for one by `customer_seen`, and filter lists
by `within`.
"""

import hmac
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import quote, urlsplit

from fastapi import Depends, Request
from sqlalchemy import ColumnElement, Connection, select, true
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException

from contacts.record.book.absences import stood_in_for
from contacts.record.engine import reading, writing
from contacts.record.sign_in.accounts import Person, Role, account_of, has_accounts
from contacts.record.sign_in.sessions import LiveSession, live_session, note_use
from contacts.record.tables import Customer, OwnerRow
from contacts.web.local import is_local
from contacts.web.site import Site, site_of
from contacts.web.typed import typed

HERE = "this machine"
FORM_TOKEN = "form"  # noqa: S105  # the name of a field
NO_CUSTOMER = "There is no customer with this number."
NOT_OURS = (
    "This form was sent by another site, or from a page that is no longer good. Please go back, "
    "load the page again, and send it once more."
)
_LOOKS_ONLY = "You may look at everything here and change nothing. Ask an admin for another role."


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who looks at the board."""

    name: str
    role: Role
    owner_id: int | None
    """Themselves among the owners, by their address."""
    own: frozenset[int] | None
    """The owners whose customers they may see; None: everybody's."""
    form_token: str
    """What each of their forms must bring along; no other site can know it."""
    account_id: int | None = None
    """None: a person on this machine, while nobody has an account."""

    @property
    def may_change(self) -> bool:
        return self.role is not Role.VIEWER

    @property
    def may_choose(self) -> bool:
        """Whether they may look at anybody's day."""
        return self.own is None


@dataclass(frozen=True, slots=True)
class Sent:
    """A form of somebody who may change something, which comes from our own page."""

    visitor: Visitor
    fields: FormData

    def text(self, name: str) -> str:
        return typed(self.fields.get(name)).strip()


class SignInFirst(HTTPException):
    """Nobody is signed in; the answer leads to the page where one can."""

    def __init__(self, request: Request) -> None:
        wanted = f"?next={quote(request.url.path)}" if request.method == "GET" else ""
        super().__init__(303, "Please sign in.", {"Location": f"/sign-in{wanted}"})


def reachable(request: Request) -> None:
    """Answer 404, as for a page that does not exist, where the board is not to be reached from.

    That is anywhere but this machine, until there is an account and the way to us is encrypted.
    """
    if not is_local(request) and not _is_open_to_others(site_of(request)):
        raise HTTPException(404)


def visitor(request: Request) -> Visitor:
    """Whoever looks; leads to the sign-in page where nobody is known, and is 404 to strangers."""
    reachable(request)
    site, now = site_of(request), site_of(request).clock()
    with reading(site.engine) as connection:
        session = session_of(connection, request, now=now)
        person = account_of(connection, session.account_id) if session else None
        if session and person:
            token = request.cookies[cookie_name(request)]
            found = _known(connection, site, person, token)
        elif is_this_machine(connection, request):
            return _this_machine(site)
        else:
            raise SignInFirst(request)
    if session.is_to_be_noted:
        with writing(site.engine) as connection:
            note_use(connection, session.token_hash, now=now)
    return found


Looking = Annotated[Visitor, Depends(visitor)]


async def sent(request: Request, looking: Looking) -> Sent:
    """The form that was sent, by somebody who may change something."""
    return await _form(request, looking, refused=not looking.may_change)


async def sent_by_anybody(request: Request, looking: Looking) -> Sent:
    """The form of a visitor about themselves, whatever their role."""
    return await _form(request, looking, refused=False)


Sending = Annotated[Sent, Depends(sent)]
OwnForm = Annotated[Sent, Depends(sent_by_anybody)]


def is_from_our_page(request: Request) -> bool:
    """Whether the browser itself says that one of our own pages sent this.

    Our pages send no referrer, and so the origin of their forms is null; what browsers say of the
    site is there all the same.
    """
    said = request.headers.get("sec-fetch-site")
    if said is not None:
        return said == "same-origin"
    return request.headers.get("origin", "") in _origins(request)


def is_this_machine(connection: Connection, request: Request) -> bool:
    """Whether to let a person on this machine in as they are: in a rehearsal without accounts."""
    settings = site_of(request).settings
    is_rehearsal = not settings.email_is_live and not settings.sms_is_live
    return is_rehearsal and is_local(request) and not has_accounts(connection)


def session_of(
    connection: Connection, request: Request, *, now: datetime
) -> LiveSession | None:  # fmt: skip
    token = request.cookies.get(cookie_name(request))
    return live_session(connection, token, now=now) if token else None


def cookie_name(request: Request) -> str:
    """A browser takes the longer name only by https and from this very host."""
    return "touchline" if is_local(request) else "__Host-touchline"


def within(own: Collection[int] | None, column: Any = Customer.owner_id) -> ColumnElement[bool]:
    """Of whose customers a list may tell."""
    return true() if own is None else column.in_(sorted(own))


def customer_seen(connection: Connection, looking: Visitor, customer_id: int | None) -> int:
    """The id of a customer whom the visitor may see; 404, as if there were none, otherwise."""
    if customer_id is not None:
        theirs = select(Customer.id).where(Customer.id == customer_id, within(looking.own))
        if connection.execute(theirs).first() is not None:
            return customer_id
    raise HTTPException(404, NO_CUSTOMER)


def _known(connection: Connection, site: Site, person: Person, token: str) -> Visitor:
    # Who left the settings owns nobody any more, whatever is still in their name.
    theirs = select(OwnerRow.id).where(OwnerRow.email == person.email, OwnerRow.named)
    owner_id, own = connection.execute(theirs).scalar(), None
    if person.role is Role.OWNER:
        own = frozenset[int]()
        if owner_id is not None:
            zone = site.settings.default_timezone
            own = stood_in_for(connection, owner_id, zone=zone, now=site.clock())
    return Visitor(person.name, person.role, owner_id, own, _derived(token), person.id)


def _this_machine(site: Site) -> Visitor:
    return Visitor(HERE, Role.ADMIN, None, None, _derived(site.settings.signing_key))


def _derived(secret: str) -> str:
    return hmac.digest(secret.encode(), b"forms of the board", "sha256").hex()


async def _form(request: Request, looking: Visitor, *, refused: bool) -> Sent:
    if not is_from_our_page(request):
        raise HTTPException(403, NOT_OURS)
    async with request.form(max_files=0, max_fields=50) as fields:
        told = typed(fields.get(FORM_TOKEN))
    if not hmac.compare_digest(told.encode(), looking.form_token.encode()):
        raise HTTPException(403, NOT_OURS)
    if refused:
        raise HTTPException(403, _LOOKS_ONLY)
    return Sent(looking, fields)


def _is_open_to_others(site: Site) -> bool:
    if not site.settings.public_url.startswith("https://"):
        return False
    with reading(site.engine) as connection:
        return has_accounts(connection)


def _origins(request: Request) -> tuple[str, ...]:
    if is_local(request):
        return (f"http://{request.headers.get('host', '')}",)
    public = urlsplit(site_of(request).settings.public_url)
    return (f"{public.scheme}://{public.netloc}",)
