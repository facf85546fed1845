"""The closed list of reasons why a touch was skipped, deferred, held or failed; always kept."""

from enum import StrEnum


class Reason(StrEnum):
    # Enum's own is written in Python, and these are keys many times a touch.
    __hash__ = str.__hash__

    SUPPRESSED = "suppressed"  # the address opted out, bounced for good or complained
    CONSENT = "consent"  # no valid consent for this channel and purpose
    CONSENT_EXPIRED = "consent_expired"  # there was one, and its time is over
    UNCONFIRMED = "unconfirmed"  # they asked for it, and have yet to confirm that by mail
    NO_ADDRESS = "no_address"  # the customer has no address for this channel
    CONDITION = "condition"  # the step's `when` is not true
    STOPPED = "stopped"  # the cadence ended for this customer before the touch left
    STALE = "stale"  # its time had passed
    SUPERSEDED = "superseded"  # a later step of the same cadence was due as well
    RESTORED = "restored"  # may have left in the time that a restored backup does not know
    CAPPED = "capped"  # the customer's days hold no more messages, or a higher one takes the place
    SPREAD = "spread"  # another cadence has a message for them on that day
    WINDOW = "window"  # outside the window; put back to its next opening
    BEST_TIME = "best_time"  # moved to the time of day that the customer likes best
    UNREGISTERED = "unregistered"  # India's carriers would block it: no registered text
    UNFIT = "unfit"  # its words promise what its recipient's country does not have, as answers
    NO_HOURS = "no_hours"  # no hour is in its window and in the customer's hours for the channel
    TOPIC = "topic"  # the customer wants nothing about this topic
    CUSTOMER_PAUSED = "customer_paused"  # the customer wants no marketing for a while
    WAIVED = "waived"  # somebody of ours said to leave the customer alone until a day
    PAUSED = "paused"  # the cadence is paused
    UNCLEAR = "unclear"  # an answer may ask us to stop, and a person has yet to read it
    CHANNEL_CLOSED = "channel_closed"  # the channel may not send, e.g. a refused key
    RESTING = "resting"  # the channel rests after answers that left messages in doubt
    COMPLAINTS = "complaints"  # marketing waits, for too many called it spam
    RATE = "rate"  # more is due than the sender may send, or the provider takes, at a time
    ERASED = "erased"  # the customer's data were erased on their request
    INACTIVE = "inactive"  # the customer has left
    TEMPLATE = "template"  # the message could not be rendered for this customer
    REJECTED = "rejected"  # the provider refused it for good
    RETRY = "retry"  # the provider or the wire refused it for now
    AGAIN = "again"  # sent again after an attempt that was in doubt
    IN_DOUBT = "in_doubt"  # sent, and no answer tells whether it arrived
    ZONE = "zone"  # the customer's time zone is unknown to this machine
    UNREACHABLE = "unreachable"  # a whole round went by without a channel left to use
    REPLIED = "replied"  # the customer answered, and the cadence stops on a reply
    OPTED_OUT = "opted_out"  # the customer asked us to stop
    MOVED = "moved"  # the end of the contract that it was for has another date
    GOAL = "goal"  # the cadence reached its goal
    ORDERED = "ordered"  # the customer ordered, and the cadence stops on an order
    TAKEN_BACK = "taken_back"  # what it followed was logged by a slip, and taken back
