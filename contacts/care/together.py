"""Which items are bought together: counted over customers, and told where it is no chance."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from contacts.cadences.next_step import Beside

FEWEST = 5
"""Customers who must have bought both; no name of a single customer's can be among them."""
MOST_ITEMS = 1000
"""Items that are counted, those with the most buyers: the pairs of more would fill the memory."""
LEAST_LIFT = 1.2
MOST_BESIDE = 5
_SURE = 4.0
"""With twice the logarithm of the pairs looked at it leaves one in thirty that any is chance."""
Counts = NDArray[np.int64]
Basket = Sequence[str]
"""What one customer bought, each item once, by its key."""


def together(baskets: Collection[Basket], names: Mapping[str, str]) -> Iterator[Beside]:
    """The pairs worth telling: enough customers have both, more often than by chance."""
    buyers = Counter(item for basket in baskets for item in basket)
    items = [item for item, count in buyers.most_common(MOST_ITEMS) if count >= FEWEST]
    alone = np.array([buyers[item] for item in items], np.int64)
    both = _both(baskets, items)
    lift = both * len(baskets) / np.outer(alone, alone)
    lift[(both < FEWEST) | (lift < LEAST_LIFT) | ~_no_chance(both, alone, len(baskets))] = 0
    for place, item in enumerate(items):
        found = [
            Beside(
                item, items[other], names[items[other]], buyers[item],
                int(both[place, other]), float(lift[place, other]),
            )
            for other in np.flatnonzero(lift[place]).tolist()
        ]  # fmt: skip
        yield from sorted(found, key=lambda one: (-one.lift, one.other))[:MOST_BESIDE]


def _no_chance(both: Counts, alone: Counts, customers: int) -> NDArray[np.bool_]:
    """Where chance alone would not bring about a single such pair among all that are looked at.

    By the likelihood ratio of the four counts: who has both, the one, the other, and neither.
    """
    has, lacks = alone[:, None], customers - alone[:, None]
    ratio = np.zeros(both.shape)
    for counted, first, second in (
        (both, has, has.T),
        (has - both, has, lacks.T),
        (has.T - both, lacks, has.T),
        (customers - has - has.T + both, lacks, lacks.T),
    ):
        expected = np.maximum(first * second / customers, 1e-9)  # of none there are none
        ratio += 2 * counted * np.log(np.maximum(counted, 1e-9) / expected)
    pairs = max(len(alone) * (len(alone) - 1) // 2, 1)
    sure: NDArray[np.bool_] = ratio >= _SURE + 2 * np.log(pairs)
    return sure


def _both(baskets: Collection[Basket], items: Sequence[str]) -> Counts:
    """How many customers bought each item (row) and each other one (column)."""
    count = len(items)
    place = {item: number for number, item in enumerate(items)}
    by_size: defaultdict[int, list[list[int]]] = defaultdict(list)
    for basket in baskets:
        places = [place[item] for item in basket if item in place]
        by_size[len(places)].append(sorted(places))
    pairs = np.zeros(count * count, np.int64)
    for size, listed in by_size.items():
        chosen = np.array(listed, np.int64).reshape(len(listed), size)
        for one, other in zip(*np.triu_indices(size, 1), strict=True):
            code = chosen[:, one] * count + chosen[:, other]
            pairs += np.bincount(code, minlength=count * count)
    above = pairs.reshape(count, count)
    return above + above.T
