"""The cadences that come along and run by themselves where a setting asks for them."""

import hashlib

from contacts.cadences.load import parse_cadence
from contacts.cadences.loaded import LoadedCadence
from contacts.cadences.model import CONFIRM_CONSENT
from contacts.messages.templates import builtin_templates
from contacts.settings import Settings


def own_cadences(settings: Settings) -> list[LoadedCadence]:
    """The one that asks customers to confirm what they asked for, with double opt-in."""
    if not settings.double_opt_in:
        return []
    path = builtin_templates() / "cadences" / f"{CONFIRM_CONSENT}.yaml"
    source = path.read_text(encoding="utf-8")
    cadence = parse_cadence(source, str(path))
    return [LoadedCadence(cadence, source, hashlib.sha256(source.encode()).hexdigest(), path)]
