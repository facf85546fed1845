"""Signing in to the board and out of it, and changing one's own password."""

from math import ceil
from typing import Any

import structlog
from fastapi import APIRouter, Depends, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException

from contacts.record.engine import reading, writing
from contacts.record.sign_in.accounts import (
    account_of,
    has_accounts,
    keep_hash,
    secret_of,
    set_password,
)
from contacts.record.sign_in.passwords import LONGEST, hashed, is_outdated, is_right, problem_of
from contacts.record.sign_in.sessions import LONGEST as SESSION_LONGEST
from contacts.record.sign_in.sessions import begin_session, end_session, hash_of
from contacts.web.board.access import (
    HERE,
    NOT_OURS,
    Looking,
    OwnForm,
    cookie_name,
    is_from_our_page,
    is_this_machine,
    reachable,
    session_of,
)
from contacts.web.board.going_back import page_of_ours
from contacts.web.board.page import board_page, see_other
from contacts.web.caller import caller
from contacts.web.local import is_local
from contacts.web.site import site_of
from contacts.web.typed import typed

router = APIRouter(default_response_class=HTMLResponse, include_in_schema=False)
_WRONG = "The address or the password is wrong."
_log = structlog.get_logger()


@router.get("/sign-in", dependencies=[Depends(reachable)])
def sign_in_page(request: Request) -> Response:
    site = site_of(request)
    with reading(site.engine) as connection:
        session = session_of(connection, request, now=site.clock())
        if session is not None or is_this_machine(connection, request):
            return see_other("/")
        there_are_accounts = has_accounts(connection)
    return _page(request, first=not there_are_accounts, wanted=request.query_params.get("next", ""))


@router.post("/sign-in", dependencies=[Depends(reachable)])
async def sign_in(request: Request) -> Response:
    if not is_from_our_page(request):
        raise HTTPException(403, NOT_OURS)
    async with request.form(max_files=0, max_fields=10) as fields:
        return await run_in_threadpool(_sign_in, request, fields)


@router.post("/sign-out")
def sign_out(request: Request, sent: OwnForm) -> Response:
    token = request.cookies.get(cookie_name(request))
    if token is not None:
        with writing(site_of(request).engine) as connection:
            end_session(connection, hash_of(token))
        _log.info("signed out", account=sent.visitor.account_id)
    answer = see_other("/sign-in")
    answer.delete_cookie(cookie_name(request), **_of_cookie(request))
    return answer


@router.get("/account")
def account_page(request: Request, looking: Looking) -> Response:
    return board_page(request, looking, "account.html", here="account", problem="")


@router.post("/account/password")
def change_password(request: Request, sent: OwnForm) -> Response:
    """A new password, for the old one; every session ends, and a new one begins."""
    site, account_id = site_of(request), sent.visitor.account_id
    if account_id is None:
        raise HTTPException(404)
    with reading(site.engine) as connection:
        person = account_of(connection, account_id)
    if person is None:
        raise HTTPException(404)
    with reading(site.engine) as connection:
        secret = secret_of(connection, person.email)
    new = _password(sent.fields, "new")
    if wait := site.tries.wait(person.email, _from(request)):
        return _not_changed(request, sent, _too_often(wait), status=429)
    if secret is None or not is_right(_password(sent.fields, "old"), secret[1]):
        return _not_changed(request, sent, "That is not your present password.")
    if new != _password(sent.fields, "again"):
        return _not_changed(request, sent, "The new password was not written twice alike.")
    if problem := problem_of(new, known=(person.email, person.name, site.settings.business_name)):
        return _not_changed(request, sent, f"The new password {problem}.")
    with writing(site.engine) as connection:
        # Who set another one meanwhile may have done so to keep this visitor out.
        if not keep_hash(connection, account_id, secret[1], instead_of=secret[1]):
            return _not_changed(request, sent, "That is not your present password.")
        set_password(connection, account_id, new, now=site.clock())
        token = begin_session(connection, account_id, now=site.clock())
    _log.info("password changed", account=account_id)
    return _with_cookie(request, see_other("/account", done="password"), token)


def _sign_in(request: Request, fields: FormData) -> Response:
    site, now = site_of(request), site_of(request).clock()
    email, password = _text(fields, "email").strip().lower(), _password(fields, "password")
    wanted = _text(fields, "next")
    if wait := site.tries.wait(email, _from(request)):
        _log.warning("sign-in refused", why="too often")
        answer = _page(request, problem=_too_often(wait), email=email, wanted=wanted, status=429)
        answer.headers["Retry-After"] = str(ceil(wait))
        return answer
    with reading(site.engine) as connection:
        secret = secret_of(connection, email)
    if not is_right(password, secret[1] if secret else None) or secret is None:
        _log.warning(
            "sign-in refused",
            why="wrong password" if secret else "no such account",
            account=secret[0] if secret else None,
        )
        return _page(request, problem=_WRONG, email=email, wanted=wanted, status=403)
    account_id, made = secret
    stronger = hashed(password) if is_outdated(made) else None
    before = request.cookies.get(cookie_name(request))
    with writing(site.engine) as connection:
        # The password may have been changed, or the account removed, while it was looked at.
        if not keep_hash(connection, account_id, stronger or made, instead_of=made):
            _log.warning("sign-in refused", why="changed meanwhile", account=account_id)
            return _page(request, problem=_WRONG, email=email, wanted=wanted, status=403)
        if before is not None:
            end_session(connection, hash_of(before))
        token = begin_session(connection, account_id, now=now)
    _log.info("signed in", account=account_id)
    return _with_cookie(request, see_other(page_of_ours(wanted)), token)


def _page(
    request: Request,
    *,
    first: bool = False,
    problem: str = "",
    email: str = "",
    wanted: str = "",
    status: int = 200,
) -> Response:
    site = site_of(request)
    return site.pages.answer(
        "sign_in.html",
        now=site.clock(),
        status=status,
        first=first,
        problem=problem,
        email=email,
        wanted=page_of_ours(wanted),
    )


def _not_changed(request: Request, sent: OwnForm, problem: str, *, status: int = 422) -> Response:
    return board_page(
        request, sent.visitor, "account.html", status=status, here="account", problem=problem
    )


def _from(request: Request) -> str:
    return caller(request) or HERE


def _too_often(wait: float) -> str:
    return f"Too many tries. Please try again in {ceil(wait)} seconds."


def _text(fields: FormData, name: str) -> str:
    return typed(fields.get(name))


def _password(fields: FormData, name: str) -> str:
    """Exactly as it was typed; of one that is too long, enough to see that."""
    return _text(fields, name)[: LONGEST + 1]


def _with_cookie(request: Request, answer: Any, token: str) -> Response:
    answer.set_cookie(
        cookie_name(request),
        token,
        max_age=int(SESSION_LONGEST.total_seconds()),
        **_of_cookie(request),
    )
    return answer  # type: ignore[no-any-return]  # a redirect


def _of_cookie(request: Request) -> dict[str, Any]:
    return {"path": "/", "httponly": True, "samesite": "lax", "secure": not is_local(request)}
