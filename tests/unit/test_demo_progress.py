import io

from rich.console import Console

from contacts.delivery.reports import SendReport
from flows.demo.progress import Progress


def sent(count: int) -> SendReport:
    report = SendReport()
    report.of("onboarding").sent = count
    return report


def lines(days: int, *, terminal: bool = False) -> list[str]:
    output = io.StringIO()
    progress = Progress(Console(file=output, force_terminal=terminal), days, lambda _: None)
    with progress:
        progress.opening()
        progress.opened()
        for _ in range(days):
            progress.lived(sent(2))
    return output.getvalue().splitlines()


def test_a_file_gets_a_plain_line_now_and_then() -> None:
    assert lines(12) == [
        "Starting Prefect, the web app and the stand-in …",
        "Prefect is running.",
        "Day 5 of 12: 10 sent",
        "Day 10 of 12: 20 sent",
        "Day 12 of 12: 24 sent",
    ]


def test_a_terminal_gets_bars_instead() -> None:
    told = "\n".join(lines(5, terminal=True))
    assert "Lived 5 days" in told
    assert "Day 5 of 5" not in told


def test_whoever_asks_knows_how_many_days_are_over() -> None:
    seen: list[int] = []
    progress = Progress(Console(file=io.StringIO()), 2, seen.append)
    progress.lived(sent(0))
    progress.lived(sent(0))
    assert seen == [1, 2]
