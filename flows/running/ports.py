"""The ports of a workspace: all of them looked at before anything starts, and told of together."""

import time
from collections.abc import Mapping
from itertools import chain, islice
from secrets import randbelow

from contacts.settings import SETTINGS_FILE
from flows.failure import REFUSED, WORLD, Failure
from flows.running.children import is_free

PATIENCE = 5.0
"""Seconds: the children of an `up` that was killed need a moment to go; others keep the port."""


_NEVER_OUTGOING = range(10_000, 32_768)
"""No system that we run on gives these to outgoing connections, which would take one meanwhile."""


def free_ports(count: int) -> list[int]:
    """So many different ports that nobody holds now; fewer where there are not so many."""
    begin = randbelow(len(_NEVER_OUTGOING))  # two demos at once look in different places
    candidates = chain(_NEVER_OUTGOING[begin:], _NEVER_OUTGOING[:begin])
    return list(islice(filter(is_free, candidates), count))


def need_ports(ports: Mapping[str, int], *, patience: float = PATIENCE) -> None:
    """Raise Failure where two settings name one port, or another program holds one of them.

    `ports` has the port of each setting by the setting's name.
    """
    owners = _owners(ports)
    shared = {port: names for port, names in owners.items() if len(names) > 1}
    # Somebody has to change the settings anyway where ports are shared; nothing is waited for then.
    taken = _still_taken(owners, 0.0 if shared else patience)
    if not shared and not taken:
        return
    said = [
        *(f"port {port} is set for {_listed(names)}" for port, names in shared.items()),
        *(f"port {port} is taken by another program ({_listed(owners[port])})" for port in taken),
    ]
    names = [name for port in {**shared, **dict.fromkeys(taken)} for name in owners[port]]
    raise Failure(f"{'; '.join(said)}.\n{_remedy(names, taken)}", WORLD if taken else REFUSED)


def _owners(ports: Mapping[str, int]) -> dict[int, list[str]]:
    owners: dict[int, list[str]] = {}
    for name, port in ports.items():
        owners.setdefault(port, []).append(name)
    return owners


def _still_taken(ports: Mapping[int, list[str]], patience: float) -> list[int]:
    deadline = time.monotonic() + patience
    while taken := [port for port in ports if not is_free(port)]:
        if time.monotonic() >= deadline:
            break
        time.sleep(0.2)
    return taken


def _remedy(names: list[str], taken: list[int]) -> str:
    begin = "Stop that program, or set" if taken else "Set"
    variables = _listed([f"TOUCHLINE_{name.upper()}" for name in names])
    what = "a free port" if len(names) == 1 else "a free port of its own"
    each = f"'{names[0]}'" if len(names) == 1 else "each"
    return f"{begin} {each} to {what}, in {SETTINGS_FILE} or as {variables}."


def _listed(names: list[str]) -> str:
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last
