"""What came of a task, or of a word with a customer: the forms in which a person says it."""

import json
from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from typing import TypeVar

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse
from sqlalchemy import Connection
from starlette.exceptions import HTTPException

from contacts.cadences.outcomes import Outcome
from contacts.record.engine import reading, writing
from contacts.record.errors import (
    ErasedCustomer,
    NotedBefore,
    NoteRefused,
    ReviewRefused,
    UnknownTask,
)
from contacts.record.phrases import NoteKind
from contacts.record.work.notes import Note, NotedTask, noted_as, record_note
from contacts.record.work.trying_again import with_another_try
from contacts.record.work.workload import Todo, todo
from contacts.web.board.access import Looking, Sending, Sent, Visitor, customer_seen
from contacts.web.board.customers import customer_page
from contacts.web.board.filled import BLANK, Filled, Wrong, day_of, filled, sentence
from contacts.web.board.going_back import back_to
from contacts.web.board.page import board_page, see_other
from contacts.web.board.seeing_to import see_to
from contacts.web.numbers import number_in
from contacts.web.site import site_of
from contacts.web.typed import typed

router = APIRouter(default_response_class=HTMLResponse, include_in_schema=False)
LONGEST = 10_000
_NO_TASK = "This task is not there any more: it was done, or is somebody else's."
Kind = TypeVar("Kind", bound=StrEnum)
_OF_TASK = {
    "call": NoteKind.CALL,
    "visit": NoteKind.VISIT,
    "letter": NoteKind.LETTER,
    "reply": NoteKind.NOTE,
}
"""What a person did, where the task says it."""


@router.get("/tasks/{task}")
def task_page(request: Request, looking: Looking, task: str) -> Response:
    with reading(site_of(request).engine) as connection:
        found = _open_task(connection, looking, task)
    return _task_page(request, looking, found)


@router.post("/tasks/{task}")
def close(request: Request, sent: Sending, task: str) -> Response:
    """Write down what came of it; the task is done, or waits for the day that was named."""
    site = site_of(request)
    with reading(site.engine) as connection:
        if _noted_as(connection, request, sent) is not None:
            return _noted(request, sent, back_to(sent))
        found = _open_task(connection, sent.visitor, task)
    try:
        noted = _write(request, sent, found.customer_id, found)
    except NotedBefore:
        return _noted(request, sent, back_to(sent))
    except Wrong as wrong:
        return _task_page(request, sent.visitor, found, said=filled(sent, "task", wrong), sent=sent)
    see_to(site, found.customer_id)
    return _noted(request, sent, back_to(sent), task=noted)


@router.post("/customers/{customer}/notes")
def note(request: Request, sent: Sending, customer: str) -> Response:
    """Write down a call, a visit, a letter or a note; it closes the task that asked for it."""
    site = site_of(request)
    with reading(site.engine) as connection:
        customer_id = customer_seen(connection, sent.visitor, number_in(customer))
    try:
        noted = _write(request, sent, customer_id, None)
    except NotedBefore:
        return _noted(request, sent, f"/customers/{customer_id}")
    except Wrong as wrong:
        said = filled(sent, "word", wrong)
        return customer_page(request, sent.visitor, customer_id, said=said)
    see_to(site, customer_id)
    return _noted(request, sent, f"/customers/{customer_id}", task=noted)


def _open_task(connection: Connection, looking: Visitor, task: str) -> Todo:
    task_id = number_in(task)
    found = todo(connection, task_id, of=looking.own) if task_id is not None else None
    if found is None:
        raise HTTPException(404, _NO_TASK)
    return found


def _noted(request: Request, sent: Sent, path: str, *, task: NotedTask | None = None) -> Response:
    """Back to a page, which tells what was done, and lets it be taken back."""
    done = "note"
    if task is not None:
        done = "task" if task.again_on is None else "later"
    with reading(site_of(request).engine) as connection:
        note = _noted_as(connection, request, sent)
    return see_other(path, done=done, note=note)


def _noted_as(connection: Connection, request: Request, sent: Sent) -> int | None:
    """The event of this form, if it was sent before."""
    once = once_of(request, sent)
    return noted_as(connection, once) if once else None


def once_of(request: Request, sent: Sent) -> str:
    """The form as it was shown and filled in: a double click sends the very same one again."""
    if not sent.text("once"):
        return ""
    fields = sorted((name, typed(value)) for name, value in sent.fields.multi_items())
    return json.dumps([request.url.path, fields])


def _write(request: Request, sent: Sent, customer_id: int, task: Todo | None) -> NotedTask | None:
    site, now = site_of(request), site_of(request).clock()
    said, again_on = _note(sent, customer_id, task, now), day_of(sent, "again_on")
    said = replace(said, once=once_of(request, sent))
    try:
        with writing(site.engine) as connection:
            settings = site.settings
            said = with_another_try(connection, said, again_on, settings=settings, now=now)
            return record_note(connection, said, now=now)
    except NoteRefused as error:
        raise Wrong(sentence(error), error.field) from None
    except (ReviewRefused, ErasedCustomer, UnknownTask) as error:
        raise Wrong(sentence(error)) from None


def _note(sent: Sent, customer_id: int, task: Todo | None, now: datetime) -> Note:
    kind = _OF_TASK.get(task.kind) if task else None
    kind = kind or _one_of(NoteKind, sent.text("kind"))
    result = _one_of(Outcome, sent.text("result"))
    text = sent.text("text")
    if kind in (None, NoteKind.BENEFIT):  # which has a form of its own
        raise Wrong("Say what it was: a call, a visit, a letter or a note.", "kind")
    if not text and result is None:
        raise Wrong(_nothing_said(task), "text")
    if len(text) > LONGEST:
        raise Wrong(f"That is too long: {LONGEST:,} characters are kept.", "text")
    return Note(
        customer_id=customer_id,
        kind=kind,
        text=text,
        at=now,
        task_id=task.id if task else None,
        waive_until=day_of(sent, "waive_until"),
        ends_waiver=bool(sent.text("ends_waiver")),
        result=result,
        gives_up=bool(sent.text("give_up")),
    )


def _nothing_said(task: Todo | None) -> str:
    if task is None:
        return "Write in a few words what happened, or choose above what came of it."
    if task.kind == "reply":
        return "Write in a few words what you answered."
    return "Write in a few words what happened, or press what came of it."


def _one_of(kinds: type[Kind], written: str) -> Kind | None:
    return kinds(written) if written in set(kinds) else None


def _task_page(
    request: Request,
    looking: Visitor,
    task: Todo,
    *,
    said: Filled = BLANK,
    sent: Sent | None = None,
) -> Response:
    return board_page(
        request,
        looking,
        "task.html",
        status=422 if said.problem else 200,
        here="today",
        task=task,
        filled=said,
        back=back_to(sent) if sent else "/",
    )
