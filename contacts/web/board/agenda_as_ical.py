"""An owner's open tasks in the words of RFC 5545.

As events of a whole day, not as to-dos: the calendars of phones, Google and Outlook leave out the
VTODOs of a calendar they subscribe to. It tells what is to do and for whom, and no number, address
or word of a customer's: what is subscribed to lies with the makers of phones and is shown on locked
screens.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from icalendar import Alarm, Calendar, Event

from contacts.cadences.calendar import at_wall_time
from contacts.cadences.timezones import zone
from contacts.cadences.working import Worker
from contacts.record.work.agenda import AgendaItem
from contacts.settings import Settings

ASK_AGAIN = timedelta(hours=1)
"""How often a program is asked to look; some have their own mind about it."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Whose calendar it is."""

    name: str
    worker: Worker


def as_ical(items: Iterable[AgendaItem], reader: Reader, settings: Settings) -> bytes:
    """The whole calendar; the same tasks on the same day are the same bytes."""
    calendar = Calendar()
    calendar.add("prodid", "-//Touchline//Open tasks//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    name = f"{settings.business_name}: {reader.name}"
    calendar.add("name", name)
    calendar.add("x-wr-calname", name)
    calendar.add("x-wr-timezone", reader.worker.zone)
    calendar.add("refresh-interval", ASK_AGAIN, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT1H")
    for item in items:
        calendar.add_component(_event(item, reader.worker, settings))
    written: bytes = calendar.to_ical()
    return written


def _event(item: AgendaItem, worker: Worker, settings: Settings) -> Event:
    event = Event()
    title = _title(item)
    event.add("uid", f"touchline-task-{item.task_id}@{_house(settings)}")
    event.add("sequence", _sequence(item))
    event.add("dtstamp", item.changed_at)
    event.add("last-modified", item.changed_at)
    event.add("dtstart", item.on)
    event.add("dtend", item.on + timedelta(days=1))
    event.add("summary", title)
    event.add("description", _description(item, worker))
    event.add("url", f"{settings.public_url.rstrip('/')}/customers/{item.customer_id}")
    event.add("class", "PRIVATE")
    event.add("transp", "TRANSPARENT")
    if not item.late:  # whoever was told on the day need not be told every day after
        event.add_component(_alarm(title, item, worker))
    return event


def _sequence(item: AgendaItem) -> int:
    """Seconds: it may never go back, though a task that was put off may come sooner after all."""
    return max(int((item.changed_at - item.opened_at).total_seconds()), 0)


def _alarm(title: str, item: AgendaItem, worker: Worker) -> Alarm:
    """As the owner's hours begin on that day, on the owner's own clock."""
    begins = datetime.combine(item.on, time()) + timedelta(minutes=worker.weekly.start)
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", title)
    at = at_wall_time(begins, worker.zone).instant
    alarm.add("trigger", at, parameters={"VALUE": "DATE-TIME"})
    return alarm


def _title(item: AgendaItem) -> str:
    """With the customer's name, which not every task has in its title."""
    known = not item.customer or item.customer.split(" ", 1)[0] in item.title
    title = item.title if known else f"{item.title} ({item.customer})"
    return f"Late: {title}" if item.late else title


def _description(item: AgendaItem, worker: Worker) -> str:
    due = item.due_at.astimezone(zone(worker.zone))
    said = [f"Due by {due:%a} {due.day} {due:%b %Y, %H:%M}.", f"Task {item.task_id}."]
    if item.stands_in_for:
        said.append(f"You stand in for {item.stands_in_for}.")
    return " ".join(said)


def _house(settings: Settings) -> str:
    """What tells our tasks from those of another installation, and never changes by itself."""
    return settings.sender_email.rpartition("@")[2] or "touchline.invalid"
