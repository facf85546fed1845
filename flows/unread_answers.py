"""How `touchline review` shows answers that may ask us to stop, and tells what was decided."""

from collections.abc import Sequence
from dataclasses import asdict
from textwrap import fill
from typing import TYPE_CHECKING, Any

from contacts.record import phrases
from contacts.wording import so_many

if TYPE_CHECKING:
    from contacts.record.consent.unclear import Unclear

WORDS = ("go-on", "stop", "stop-email", "stop-sms", "stop-all")
SAID = {
    "go-on": "Answer {} stops nothing: what waited goes on, and a task is to answer it.",
    "stop": "Answer {}: we stop writing on the channel it came by.",
    "stop-email": "Answer {}: we stop writing by e-mail.",
    "stop-sms": "Answer {}: we stop writing by SMS.",
    "stop-all": "Answer {}: we stop writing by e-mail and SMS.",
}
_WIDTH, _LONGEST = 80, 300


def as_text(answers: "Sequence[Unclear]") -> str:
    count = so_many(len(answers), "answer may ask", "answers may ask")
    example = answers[0].task_id
    return "\n".join(
        [
            f"{count} us to stop. Until somebody says what one means, its",
            "customer gets nothing.",
            "",
            *(f"{_one(answer)}\n" for answer in answers),
            "Say what it means, by the number of the answer:",
            f"  touchline review {example} go-on       (nothing is to stop; it is to be answered)",
            f"  touchline review {example} stop        (no more on the channel it came by)",
            f"  touchline review {example} stop-email  (no more e-mail; or stop-sms)",
            f"  touchline review {example} stop-all    (no more e-mail, no more SMS)",
        ]
    )


def as_data(answers: "Sequence[Unclear]") -> list[dict[str, Any]]:
    return [{**asdict(answer), "customer": answer.customer} for answer in answers]


def _one(answer: "Unclear") -> str:
    of = f", in the care of {answer.owner}" if answer.owner else ""
    words = " ".join(answer.words.split())
    if len(words) > _LONGEST:
        words = f"{words[:_LONGEST]}…"
    head = f"answer {answer.task_id} · {phrases.channel(answer.channel)}, "
    lines = (
        ("from", f"{answer.customer} (customer {answer.customer_id}){of}"),
        ("said", f"“{words}”"),
    )
    return "\n".join(
        [f"{head}{answer.heard_at:%a %d %b %Y %H:%M} UTC", *(_line(*line) for line in lines)]
    )


def _line(name: str, words: str) -> str:
    return fill(
        words,
        _WIDTH,
        initial_indent=f"  {name:5} ",
        subsequent_indent=" " * 8,
        break_on_hyphens=False,
    )
