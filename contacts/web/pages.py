"""Renders the web pages: Jinja templates of `templates/pages`, escaped, with no names left open."""

from datetime import datetime
from typing import Any

from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined

from contacts.cadences.outcomes import Outcome
from contacts.settings import Settings
from contacts.web.wording import FILTERS


class Pages:
    """The templates of all pages, compiled once per process."""

    def __init__(self, settings: Settings) -> None:
        self._environment = Environment(
            loader=PackageLoader("templates", "pages"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        self._environment.filters.update(FILTERS)
        self._environment.globals["business"] = settings.business_name
        self._environment.globals["outcomes"] = list(Outcome)

    def answer(self, name: str, *, now: datetime, status: int = 200, **data: Any) -> HTMLResponse:
        """The page `name` as an HTTP answer; `now` is what its "3 days ago" counts from."""
        return HTMLResponse(self.text(name, now=now, status=status, **data), status_code=status)

    def text(self, name: str, **data: Any) -> str:
        return self._environment.get_template(name).render(**data)
