"""What only a person can tell: whether a message in doubt arrived, what an unclear answer meant."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse
from sqlalchemy import Connection, select
from starlette.exceptions import HTTPException

from contacts.record.consent.unclear import Meant, decide_answer
from contacts.record.doubt.held import Word, answer_review, held_touches
from contacts.record.engine import reading, writing
from contacts.record.errors import ReviewRefused
from contacts.record.tables import Customer, Touch
from contacts.record.work.workload import todo
from contacts.web.board.access import Looking, Sending, Visitor, within
from contacts.web.board.filled import sentence
from contacts.web.board.going_back import back_to
from contacts.web.board.page import board_page, see_other
from contacts.web.board.seeing_to import see_to
from contacts.web.numbers import number_in
from contacts.web.site import site_of

router = APIRouter(default_response_class=HTMLResponse, include_in_schema=False)
_NO_TOUCH = "This message waits for nobody's word."
_NO_ANSWER = "This answer waits for nobody's word."
_NO_WORD = "The form did not say what it is to be. Please go back and press one of its buttons."


@router.get("/held")
def held(request: Request, looking: Looking) -> Response:
    with reading(site_of(request).engine) as connection:
        touches = held_touches(connection, of=looking.own)
    return board_page(request, looking, "held.html", here="held", held=touches, back="/held")


@router.post("/held/{touch}")
def settle(request: Request, sent: Sending, touch: str) -> Response:
    """A person says that a message arrived, or wants it sent again."""
    site, touch_id, word = site_of(request), number_in(touch), sent.text("word")
    if word not in set(Word):
        raise HTTPException(422, _NO_WORD)
    with writing(site.engine) as connection:
        seen, customer_id = _seen(connection, sent.visitor, touch_id)
        try:
            answer_review(connection, seen, Word(word), now=site.clock())
        except ReviewRefused as error:
            raise HTTPException(409, sentence(error)) from None
    see_to(site, customer_id)
    return see_other(back_to(sent), done=word)


@router.post("/answers/{answer}")
def decide(request: Request, sent: Sending, answer: str) -> Response:
    """A person says what an answer meant that may ask us to stop."""
    site, task_id, word = site_of(request), number_in(answer), sent.text("word")
    if word not in set(Meant):
        raise HTTPException(422, _NO_WORD)
    with writing(site.engine) as connection:
        found = todo(connection, task_id, of=sent.visitor.own) if task_id is not None else None
        if task_id is None or found is None or found.kind != "decide":
            raise HTTPException(404, _NO_ANSWER)
        try:
            decide_answer(
                connection, task_id, Meant(word), settings=site.settings, now=site.clock()
            )
        except ReviewRefused as error:
            raise HTTPException(409, sentence(error)) from None
    done = "go-on" if word == Meant.GO_ON else "stopped"
    see_to(site, found.customer_id)
    return see_other(back_to(sent), done=done)


def _seen(connection: Connection, looking: Visitor, touch_id: int | None) -> tuple[int, int]:
    """The touch and its customer, where that is one of whom the visitor may know."""
    if touch_id is not None:
        theirs = select(Touch.customer_id).join(Customer, Customer.id == Touch.customer_id)
        this = theirs.where(Touch.id == touch_id, within(looking.own))
        if (customer_id := connection.execute(this).scalar()) is not None:
            return touch_id, customer_id
    raise HTTPException(404, _NO_TOUCH)
