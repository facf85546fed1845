"""Letting a flow finish what is on the wire before a SIGTERM ends it."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def finishing_first(*, then_end: bool = True) -> Iterator[Callable[[], bool]]:
    """Hold back SIGTERM while requests are answered and recorded; let it through after that.

    Gives a function that is true until SIGTERM came: after that nothing more should be begun. A
    flow that looks at it, and so ends early by itself, says `then_end=False` and ends well.

    The runner and Prefect wait 30 seconds for a run that they ask to end. Cut short, a request
    would be in doubt for as long as no webhook or person says what became of it.
    """
    if threading.current_thread() is not threading.main_thread():
        # Only the main thread may handle signals; a run elsewhere is never sent one.
        yield lambda: True
        return
    told = False

    def note(_signal: int, _frame: object) -> None:
        nonlocal told
        told = True

    before = signal.signal(signal.SIGTERM, note)
    try:
        yield lambda: not told
    finally:
        signal.signal(signal.SIGTERM, before)
    if told and then_end:
        signal.raise_signal(signal.SIGTERM)
