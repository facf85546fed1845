"""What a customer reads whose request came too often, in a language of their browser."""

from collections.abc import Iterable

from starlette.requests import Request
from starlette.responses import Response

from contacts.web.own_pages.tongues import LANGUAGES
from contacts.web.pace import Refusal
from contacts.web.site import Site


def too_many(site: Site) -> Refusal:
    """An answer 429 that says when to come again; whose link it is nobody looks up for it."""

    def refusal(request: Request, seconds: int) -> Response:
        asked_for = request.headers.get("accept-language", "")
        language = _first_known([*asked_for[:200].split(","), site.settings.default_locale])
        answer = site.pages.answer(
            f"too_many/{language}.html", now=site.clock(), status=429, seconds=seconds
        )
        answer.headers["Retry-After"] = str(seconds)
        return answer

    return refusal


def _first_known(wanted: Iterable[str]) -> str:
    """Browsers name the language that they like best first."""
    for said in wanted:
        language = said.partition(";")[0].replace("_", "-").partition("-")[0].strip().lower()
        if language in LANGUAGES:
            return language
    return "en"
