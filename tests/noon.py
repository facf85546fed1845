"""A workspace whose touches are due at once, whenever and wherever the tests run."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from contacts.settings import Settings, load_settings
from tests.free_ports import free_port

ADDRESS = "ada.planted@example.com"
NUMBER = "+12025550177"
NAME = "Adaplanted"
PERSONAL = (ADDRESS, NUMBER, NAME, "olive@example.com")

_ZONES = (
    "Pacific/Honolulu",
    "America/Los_Angeles",
    "America/New_York",
    "America/Sao_Paulo",
    "Atlantic/Azores",
    "Africa/Cairo",
    "Asia/Kolkata",
    "Asia/Tokyo",
    "Pacific/Auckland",
)
_CADENCE = """\
name: {name}
goal: to be tested
purpose: service
start: {{on: customer.added}}
timezone: {zone}
window:
  start: "08:00"
  end: "20:00"
  days: [mon, tue, wed, thu, fri, sat, sun]
  holidays: ignore
steps:
  - {{key: first, channel: {channel}, template: welcome, day: 0}}
"""
_CUSTOMERS = """\
email,phone,first_name,last_name,owner,joined_on,timezone,region,consent_email,consent_sms,\
consent_source,consent_at
{address},{number},{name},Archer,olive@example.com,{today},{zone},DC,yes,yes,signup form,{today}
"""
_SETTINGS = """\
business_name = "Example Tea"
prefect_port = {prefect}
web_port = {web}
standin_port = {standin}

[[owners]]
email = "olive@example.com"
name = "Olive Owner"
hours = {{days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"], holidays = "ignore"}}
"""


def noon_zone(now: datetime) -> str:
    """The zone in which `now` is nearest to one o'clock; never more than three hours off."""
    return min(_ZONES, key=lambda name: abs(now.astimezone(ZoneInfo(name)).hour - 13))


def noon_workspace(folder: Path, cadences: Mapping[str, str]) -> Settings:
    """Ada, who is new, and cadences of one step; `cadences` has each one's channel by its name."""
    now = datetime.now(UTC)
    zone = noon_zone(now)
    today = now.astimezone(ZoneInfo(zone)).date()
    for part in ("cadences", "data"):
        (folder / part).mkdir(parents=True)
    for name, channel in cadences.items():
        text = _CADENCE.format(name=name, channel=channel, zone=zone)
        (folder / "cadences" / f"{name}.yaml").write_text(text, encoding="utf-8")
    (folder / "data" / "customers.csv").write_text(
        _CUSTOMERS.format(address=ADDRESS, number=NUMBER, name=NAME, today=today, zone=zone),
        encoding="utf-8",
    )
    (folder / "touchline.toml").write_text(
        _SETTINGS.format(prefect=free_port(), web=free_port(), standin=free_port()),
        encoding="utf-8",
    )
    return load_settings(folder)
