"""What the web app takes and answers, as OpenAPI; shown to people on this machine alone.

The handlers read the bodies of webhooks themselves, since signatures are over the raw bytes. So
what they take is told beside their routes, in the words of `contacts.web.bodies`; what holds for
every address (limits, a record that is busy) is added here.
"""

from typing import Any

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.openapi.utils import get_openapi
from fastapi.responses import JSONResponse

from contacts.web.faults import MACHINES
from contacts.web.local import local_only
from contacts.web.pace import UNLIMITED

router = APIRouter(dependencies=[Depends(local_only)], include_in_schema=False)

SAID = {
    "400": "The body cannot be read.",
    "403": "The request is not signed by the provider, or too old.",
    "404": "There is nothing at this address: every bad link has this one answer.",
    "410": "The words of this message were removed, as all are after some time.",
    "413": "The body is larger than this address takes.",
    "429": "Asked for too often; Retry-After says when to come again.",
    "503": "The record cannot be used at this moment; Retry-After says when to ask again.",
}
_UNREADABLE = "422"  # FastAPI tells it of every path with a name in it; a text is always readable
_UNREADABLE_SCHEMAS = ("HTTPValidationError", "ValidationError")


@router.get("/openapi.json")
def openapi(request: Request) -> JSONResponse:
    return JSONResponse(description(request.app))


def description(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document of the app, made of its routes."""
    said = get_openapi(title=app.title, version=app.version, routes=app.routes)
    for path, operations in said["paths"].items():
        for method, operation in operations.items():
            _complete(operation["responses"], path, method)
    for name in _UNREADABLE_SCHEMAS:
        said.get("components", {}).get("schemas", {}).pop(name, None)
    return said


def _complete(answers: dict[str, Any], path: str, method: str) -> None:
    """Add what holds everywhere, and in which form a refusal is told here."""
    answers.pop(_UNREADABLE, None)
    everywhere = ["503"] if path.startswith(UNLIMITED) else ["503", "429"]
    if method == "post":
        everywhere.append("413")
    for status in everywhere:
        answers.setdefault(status, {})
    form = "text/plain" if path.startswith(MACHINES) else "text/html"
    for status in answers.keys() & SAID.keys():
        answers[status] = {
            "description": SAID[status],
            "content": {form: {"schema": {"type": "string"}}},
        }
