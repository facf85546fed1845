"""Renders the web pages: Jinja templates of `templates/pages`, escaped, with no names left open."""

from datetime import datetime
from functools import cache
from typing import Any

from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined

from contacts.cadences.outcomes import Outcome
from contacts.settings import Settings
from contacts.web.wording import FILTERS


class Pages:
    """The pages of one business."""

    def __init__(self, settings: Settings) -> None:
        self._business = settings.business_name

    def answer(self, name: str, *, now: datetime, status: int = 200, **data: Any) -> HTMLResponse:
        """The page `name` as an HTTP answer; `now` is what its "3 days ago" counts from."""
        return HTMLResponse(self.text(name, now=now, status=status, **data), status_code=status)

    def text(self, name: str, **data: Any) -> str:
        return _templates().get_template(name).render(business=self._business, **data)


@cache
def _templates() -> Environment:
    """The templates of all pages, compiled once per process."""
    environment = Environment(
        loader=PackageLoader("templates", "pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.filters.update(FILTERS)
    environment.globals["outcomes"] = list(Outcome)
    return environment
