"""Leads a mail's links through us where a business follows clicks, and its customer lets it."""

from collections.abc import Sequence

from contacts.cadences.facts import CustomerFacts
from contacts.cadences.tracking import may_be_followed
from contacts.channels.links import followed_url, our_pages
from contacts.messages.followed import lead_through
from contacts.messages.rendered import RenderedEmail
from contacts.settings import Settings


def followed_links(
    words: RenderedEmail, attempt_id: str, customer: CustomerFacts, settings: Settings
) -> Sequence[str]:
    """Change the links of a rendered mail, if they are followed; return what they point at."""
    if not (settings.click_tracking and may_be_followed(customer.attributes)):
        return ()
    return lead_through(
        words,
        ours=our_pages(settings),
        address_of=lambda number: followed_url(settings, attempt_id, number),
    )
