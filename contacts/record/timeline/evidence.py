"""Where a yes or a no is written, in words; the record keeps it as a mark for machines.

`touchline consent` tells the mark itself, as the proof that it is.
"""

import re

_LINE = re.compile(r"(?P<file>[^:]+\.\w+):(?P<line>\d+)")
_WORDS = (
    ("unsubscribe:", ""),  # the source says all of it: by the link
    ("twilio:", "told by Twilio"),
    ("sendgrid:", "told by SendGrid"),
    ("attempt:", "as it refused a message of ours"),
    ("attempt ", ""),
    ("touchline consent", ""),
)
"""How a mark begins that is made by us, and what it says to people beside its source."""
_BY_PAGE = "preferences:"


def evidence_in_words(mark: str) -> str:
    """Empty where there is nothing to tell; what a file brought along stays as it is."""
    if line := _LINE.fullmatch(mark):
        return f"{line['file']}, line {line['line']}"
    if mark.startswith(_BY_PAGE):
        return mark.partition(", ")[2]
    return next((words for start, words in _WORDS if mark.startswith(start)), mark)
