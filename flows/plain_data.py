"""What a command found as plain data for `--json`: numbers as numbers, instants in ISO 8601."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from typing import Any


def plain_data(found: Any) -> Any:
    """The same of dicts, lists and single values alone; sets in order.

    `dataclasses.asdict` would do, but it makes of a Counter one of pairs, which is no JSON.
    """
    if is_dataclass(found):
        return {one.name: plain_data(getattr(found, one.name)) for one in fields(found)}
    if isinstance(found, Counter):
        return dict(found.most_common())
    if isinstance(found, Mapping):
        return {key: plain_data(one) for key, one in found.items()}
    if isinstance(found, list | tuple):
        return [plain_data(one) for one in found]
    if isinstance(found, set | frozenset):
        return [plain_data(one) for one in sorted(found)]
    return found.isoformat() if isinstance(found, date) else found


def counts_data(cadence: str, counts: Any) -> dict[str, Any]:
    """What a pass did for one cadence; of what has reasons the number and, beside it, each."""
    said: dict[str, Any] = {"cadence": cadence}
    for name, count in plain_data(counts).items():
        if isinstance(count, dict):
            said |= {name: sum(count.values()), f"{name}_by_reason": count}
        else:
            said[name] = count
    return said
