"""When the demo's people do things: on the clocks of the place where they are."""

from datetime import datetime, timedelta

from contacts.cadences.timezones import zone

_DAYTIME = (8, 22)
_OFFICE = (9, 18)
_NIGHT = timedelta(hours=24 - _DAYTIME[1] + _DAYTIME[0])
_SATURDAY = 5
_PATIENCE = timedelta(days=3)
"""So long an owner waits for an hour that suits both; then the customer's alone decides."""


def is_awake(now: datetime, zone_name: str) -> bool:
    return _DAYTIME[0] <= now.astimezone(zone(zone_name)).hour < _DAYTIME[1]


def after_the_night(at: datetime, zone_name: str) -> datetime:
    """`at`; as much later as the night is long if that is in the night, so that they spread."""
    return at if is_awake(at, zone_name) else at + _NIGHT


def can_talk(now: datetime, *, owner: str, customer: str, since: datetime) -> bool:
    """Whether an owner may call a customer, by their zones; the task is open since `since`."""
    return _at_work(now, customer) and (_at_work(now, owner) or now - since > _PATIENCE)


def _at_work(now: datetime, zone_name: str) -> bool:
    local = now.astimezone(zone(zone_name))
    return local.weekday() < _SATURDAY and _OFFICE[0] <= local.hour < _OFFICE[1]
