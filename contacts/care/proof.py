"""The freshness proof in the sentences that the command line, the demo and the web pages share."""


def in_hand(covered: int, active: int, parts: str = "") -> str:
    """How many active customers are in hand, and by what."""
    if active == 0:
        return "There are no active customers yet."
    customers = "active customer is" if active == 1 else "active customers are"
    return f"{covered:,} of {active:,} {customers} in hand{f': {parts}' if parts else ''}."


def not_in_hand(unplanned: int, stale: int) -> str:
    """Who has nothing planned, and who of them is stale: out of touch for too long as well."""
    if not unplanned:
        return "Nobody is stale."
    one = unplanned == 1
    said = f"{unplanned:,} {'has' if one else 'have'} nothing planned"
    if not stale:
        return f"{said}; nobody is stale yet."
    if stale == unplanned:
        return f"{said} and {'is' if one else 'are'} stale."
    return (
        f"{said}: {stale:,} {'is' if stale == 1 else 'are'} stale, {unplanned - stale:,} not yet."
    )
