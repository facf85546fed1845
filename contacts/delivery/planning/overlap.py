"""Work on many pages, a few at a time: ours on one goes on while the database writes another."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


def side_by_side(work: Callable[[T], R], pages: Iterable[T], *, at_once: int) -> Iterator[R]:
    """What `work` makes of each page, in their order; no page is taken long before its turn.

    What it raises is raised here, once the pages that were begun are done.
    """
    if at_once == 1:
        yield from map(work, pages)
        return
    begun: deque[Future[R]] = deque()
    with ThreadPoolExecutor(at_once, thread_name_prefix="touchline-page") as threads:
        for page in pages:
            begun.append(threads.submit(work, page))
            if len(begun) > at_once:
                yield begun.popleft().result()
        while begun:
            yield begun.popleft().result()
