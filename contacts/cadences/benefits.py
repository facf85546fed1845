"""What a customer got from us beside what they ordered: its kinds."""

from enum import StrEnum


class BenefitKind(StrEnum):
    EXTRA = "extra"  # something they had not paid for
    SERVICE = "service"  # hours of our people
    RESPONSE = "response"  # how fast somebody was there
    SAVING = "saving"  # money or time that they kept
