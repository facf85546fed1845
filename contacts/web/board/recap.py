"""What a customer got from us, as the page to print that they may have, in their language."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse
from starlette.exceptions import HTTPException

from contacts.care.recap import recap_for
from contacts.messages.rendered import MessageError
from contacts.messages.templates import templates_of
from contacts.record.customers.erasures import erased_at
from contacts.record.engine import reading
from contacts.record.errors import UnknownCustomer
from contacts.web.board.access import NO_CUSTOMER, Looking, customer_seen
from contacts.web.guard import MAIL_POLICY
from contacts.web.numbers import number_in
from contacts.web.site import site_of

router = APIRouter(default_response_class=HTMLResponse, include_in_schema=False)


@router.get("/customers/{number}/recap")
def recap_page(request: Request, looking: Looking, number: str) -> Response:
    """The page as `touchline recap CUSTOMER --out FILE.html` writes it."""
    site = site_of(request)
    with reading(site.engine) as connection:
        customer_id = customer_seen(connection, looking, number_in(number))
        if erased_at(connection, customer_id) is not None:
            raise HTTPException(404, NO_CUSTOMER)
        try:
            recap = recap_for(connection, customer_id, settings=site.settings, now=site.clock())
            page = recap.page(templates_of(site.settings))
        except UnknownCustomer as error:
            raise HTTPException(409, f"There is no recap: {error}.") from None
        except MessageError as error:
            why = f"The template of the recap has a fault. {error.path}, line {error.line}: "
            raise HTTPException(409, f"{why}{error.message}.") from None
    return HTMLResponse(page.html, headers={"Content-Security-Policy": MAIL_POLICY})
