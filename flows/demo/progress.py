"""How far the demo is: a bar in a terminal, a plain line now and then in a file or a pipe."""

from collections.abc import Callable
from datetime import date
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars

from contacts.record.enrolments.totals import Tally
from contacts.wording import so_many
from flows.wording import tally_words

EVERY = 5
"""Days between two plain lines."""
_STARTING = "Starting Prefect, the web app and the stand-in"


class Progress:
    """Counts the days that were lived, and shows them."""

    def __init__(self, console: Console, days: int, on_day: Callable[[int], None]) -> None:
        """`on_day` is told how many days are behind us, after each of them."""
        self.days = days
        self.done = 0
        self._console = console
        self._on_day = on_day
        self._so_far = Tally()
        self._on: date | None = None
        self._bars = _bars(console)
        self._opening = self._bars.add_task(_STARTING, total=None, said="")
        self._living = self._bars.add_task(
            f"Living {so_many(days, 'day')}", total=days, start=False, said=""
        )

    def __enter__(self) -> None:
        if self._console.is_terminal:
            self._bars.start()

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        if self._console.is_terminal:
            self._bars.stop()

    def opening(self) -> None:
        self._line(f"{_STARTING} …")

    def opened(self) -> None:
        self._line("Prefect is running.")
        self._bars.update(self._opening, total=1, completed=1, description="Prefect is running")
        self._bars.start_task(self._living)

    def day(self, on: date) -> None:
        """This day begins."""
        self._on = on
        self._bars.update(self._living, description=f"Living {on:%a %d %b}")

    def lived(self, so_far: Tally) -> None:
        """The day is over, and this is what came of all days until now."""
        self.done += 1
        self._on_day(self.done)
        came = so_far.since(self._so_far)
        self._so_far = so_far
        of = f"{self._on:%d %b}: " if self._on else ""  # the bar goes on to the next day
        self._bars.update(self._living, completed=self.done, said=f"{of}{tally_words(came)}")
        if self.done == self.days:
            self._bars.update(
                self._living, description=f"Lived {so_many(self.days, 'day')}", said=""
            )
        if self.done % EVERY == 0 or self.done == self.days:
            self._line(f"Day {self.done} of {self.days}: {tally_words(so_far)}")

    def _line(self, words: str) -> None:
        if not self._console.is_terminal:
            self._console.print(words, highlight=False, soft_wrap=True)


def _bars(console: Console) -> Bars:
    return Bars(
        SpinnerColumn(finished_text="[green]✓"),
        TextColumn("{task.description}"),
        BarColumn(bar_width=30),
        TimeElapsedColumn(),
        TextColumn("[dim]{task.fields[said]}"),
        console=console,
    )
