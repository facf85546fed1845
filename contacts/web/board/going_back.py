"""Where a form leads back to: a page of ours, as the form says, and nowhere else."""

import re

from contacts.web.board.access import Sent

_PAGE = r"/(?:[a-z][a-z0-9/_-]{0,100})?"
_WHOSE = r"(?:\?whose=(?:all|[0-9]{1,19}))?"


def page_of_ours(wanted: str) -> str:
    """A plain path of ours as it is; the home page for anything else."""
    return wanted if re.fullmatch(_PAGE, wanted) and "//" not in wanted else "/"


def back_to(sent: Sent) -> str:
    """The page from which a form says that it comes, with whose day it was."""
    wanted = sent.text("back")
    path = wanted.partition("?")[0]
    return wanted if re.fullmatch(_PAGE + _WHOSE, wanted) and page_of_ours(path) == path else "/"
