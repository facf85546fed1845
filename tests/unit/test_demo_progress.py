import io
import re
from datetime import date

from rich.console import Console

from contacts.record.enrolments.totals import Tally
from flows.demo.progress import Progress


def lines(days: int, *, terminal: bool = False) -> list[str]:
    output = io.StringIO()
    progress = Progress(Console(file=output, force_terminal=terminal), days, lambda _: None)
    with progress:
        progress.opening()
        progress.opened()
        for day in range(1, days + 1):
            progress.day(date(2026, 11, day))
            progress.lived(Tally(sent=2 * day, skipped=day))
    return output.getvalue().splitlines()


def test_a_file_gets_a_plain_line_now_and_then() -> None:
    assert lines(12) == [
        "Starting Prefect, the web app and the stand-in …",
        "Prefect is running.",
        "Day 5 of 12: 10 sent, 5 skipped",
        "Day 10 of 12: 20 sent, 10 skipped",
        "Day 12 of 12: 24 sent, 12 skipped",
    ]


def test_a_terminal_gets_bars_instead() -> None:
    told = "\n".join(lines(5, terminal=True))
    assert "Lived 5 days" in told
    assert "Day 5 of 5" not in told


def test_counts_are_told_with_the_day_that_they_are_of() -> None:
    output = io.StringIO()
    console = Console(file=output, force_terminal=True, width=100)
    progress = Progress(console, 2, lambda _: None)
    with progress:
        progress.opened()
        progress.day(date(2026, 11, 16))
        progress.lived(Tally(sent=10))
        progress.day(date(2026, 11, 17))
    assert re.search(r"Living Tue 17 Nov.*16 Nov: 10 sent", output.getvalue())


def test_whoever_asks_knows_how_many_days_are_over() -> None:
    seen: list[int] = []
    progress = Progress(Console(file=io.StringIO()), 2, seen.append)
    progress.lived(Tally())
    progress.lived(Tally())
    assert seen == [1, 2]
