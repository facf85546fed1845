"""What follows at once where a form took what was ahead of a customer: something else comes next.

The page that the form leads to is to be true: it counts whom nobody has in hand, and says what is
next. As a rule there is nothing to do, else it takes a tenth of a second; only where every message
has to be read again does it take longer, and then the answer does not wait for it.
"""

from threading import Thread

from contacts.web.site import Site
from contacts.workspace.closing import keep_in_hand

_PATIENCE = 4.0
"""Seconds for which an answer waits; what is begun then goes on beside."""


def see_to(site: Site, customer_id: int) -> None:
    """See to it that the customer has something ahead, as the sweep of the night would."""
    now = site.clock()

    def work() -> None:
        keep_in_hand(site.engine, site.settings, [customer_id], now=now)

    thread = Thread(target=work, name=f"touchline-sees-to-{customer_id}")
    thread.start()
    thread.join(_PATIENCE)
