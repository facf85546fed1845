"""E-mail addresses and phone numbers in the one form that the record keeps.

The two libraries take some addresses that no provider can serve, or that a spreadsheet spoiled;
these are refused here. No message repeats the address: messages end up in logs and artifacts.
"""

import re
from difflib import get_close_matches
from functools import lru_cache

import phonenumbers
from email_validator import EmailNotValidError, validate_email
from phonenumbers import NumberParseException, PhoneNumberType, ValidationResult
from phonenumbers.timezone import time_zones_for_number

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_PLAIN_LOCAL = re.compile(r"[A-Za-z0-9]+(?:[._+-][A-Za-z0-9]+)*")  # valid by every rule
_LONGEST_LOCAL, _LONGEST_EMAIL = 64, 254

_SCIENTIFIC = re.compile(r"[\d.,]+[eE][+-]?\d+")
_EXTENSION = re.compile(r"\d[\s,;.(]*(?:ext|extn|extension|x|#)[\s.:)]*\d", re.IGNORECASE)
_PHONE_CHARACTERS = re.compile(r"[+\uff0b]?[\d\s().\-\u2010-\u2015\u00a0/]+")
_FEWEST_DIGITS = 7  # shorter ones are emergency and short codes
_UNREACHABLE = {
    PhoneNumberType.FIXED_LINE: "a landline",
    PhoneNumberType.TOLL_FREE: "a toll-free number",
    PhoneNumberType.PREMIUM_RATE: "a premium-rate number",
    PhoneNumberType.SHARED_COST: "a shared-cost number",
    PhoneNumberType.PAGER: "a pager",
    PhoneNumberType.UAN: "a company's service number",
    PhoneNumberType.VOICEMAIL: "a voicemail number",
}

_MAIL_PROVIDERS = ("gmail", "yahoo", "hotmail", "outlook", "icloud", "googlemail", "protonmail")
_REAL_LOOKALIKES = frozenset({"mail", "email", "ymail", "rocketmail", "fastmail"})
_MISSPELT_COM = frozenset({"co", "con", "cmo", "cim", "om", "cm", "vom", "xom", "ocm", "comm"})


def normalise_email(text: str) -> str:
    """The address with its domain in lower-case ASCII; ValueError says why it is none."""
    text = text.strip()
    local, _, domain = text.rpartition("@")
    if _PLAIN_LOCAL.fullmatch(local) and len(local) <= _LONGEST_LOCAL:
        email = f"{local}@{_valid_domain(domain)}"
    else:
        email = _valid_email(text)
    if len(email) > _LONGEST_EMAIL:
        raise ValueError(f"the email address is too long: over {_LONGEST_EMAIL} characters")
    return email


def likely_typo(email: str) -> str | None:
    """The domain that was probably meant where this one looks like a slip of the keyboard."""
    return _likely_domain(email.rpartition("@")[2])


def normalise_phone(text: str, region: str | None) -> str:
    """The number in E.164; `region` is the country of a number written without one.

    Raises ValueError where no SMS can reach it, and says why.
    """
    text = text.strip()
    _refuse_odd_writing(text)
    number = _parsed(text, region)
    possible = phonenumbers.is_possible_number_with_reason(number)
    if possible == ValidationResult.TOO_LONG:
        raise ValueError("the phone number has too many digits")
    if possible == ValidationResult.TOO_SHORT:
        raise ValueError("the phone number has too few digits")
    if not phonenumbers.is_valid_number(number):
        raise ValueError("the phone number does not exist in its country's numbering plan")
    if kind := _UNREACHABLE.get(phonenumbers.number_type(number)):
        raise ValueError(f"the phone number is {kind}, which gets no SMS; write a mobile number")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


@lru_cache(maxsize=4096)
def region_of(phone: str) -> str | None:
    """The country (ISO 3166-1 alpha-2) of a number in E.164; None for one of no country."""
    return phonenumbers.region_code_for_number(phonenumbers.parse(phone, None))


def zone_of(phone: str) -> str | None:
    """The time zone of a number in E.164, where its prefix leaves only one."""
    zones = time_zones_for_number(phonenumbers.parse(phone, None))
    return zones[0] if len(zones) == 1 and zones[0] != "Etc/Unknown" else None


@lru_cache(maxsize=4096)
def _valid_domain(domain: str) -> str:
    """Most customers share few domains, and a domain is the slow part of an address."""
    return _valid_email(f"a@{domain}").removeprefix("a@")


def _valid_email(text: str) -> str:
    if not text:
        raise ValueError("the email address is empty")
    if _CONTROL.search(text):
        raise ValueError("the email address has a control character; type it anew")
    if sum("@" in part for part in re.split(r"[;,\s]+", text)) > 1:
        raise ValueError("more than one email address; write exactly one")
    try:
        checked = validate_email(text, check_deliverability=False, strict=True)
    except EmailNotValidError as error:
        raise ValueError(_first_line(error)) from None
    if checked.ascii_email is None:
        raise ValueError(
            "the email address has letters beyond ASCII before the @, which SendGrid cannot serve"
        )
    return checked.ascii_email


def _first_line(error: EmailNotValidError) -> str:
    said = str(error).splitlines()[0].rstrip(".")
    return said if "email" in said.lower() else f"not an email address: {said}"


@lru_cache(maxsize=4096)
def _likely_domain(domain: str) -> str | None:
    name, _, rest = domain.partition(".")
    if name in _MAIL_PROVIDERS:
        return f"{name}.com" if rest in _MISSPELT_COM else None
    if name in _REAL_LOOKALIKES:
        return None
    near = get_close_matches(name, _MAIL_PROVIDERS, n=1, cutoff=0.8)
    if not near or abs(len(near[0]) - len(name)) > 1:
        return None
    return f"{near[0]}.{'com' if rest in _MISSPELT_COM else rest}"


def _refuse_odd_writing(text: str) -> None:
    if not text:
        raise ValueError("the phone number is empty")
    if _SCIENTIFIC.fullmatch(text):
        raise ValueError(
            "the phone number is in scientific notation: a spreadsheet cut its digits off; "
            "format the column as text and export it again"
        )
    if _EXTENSION.search(text):
        raise ValueError("the phone number has an extension, which no SMS can reach")
    if "\n" in text or "\r" in text:
        raise ValueError("more than one line; write one phone number")
    if any(character.isalpha() for character in text) and ";" not in text:
        raise ValueError("the phone number has letters; write it in digits: +14155550123")
    if not _PHONE_CHARACTERS.fullmatch(text):
        raise ValueError("not one phone number; write it like +14155550123")
    if sum(character.isdigit() for character in text) < _FEWEST_DIGITS:
        raise ValueError("the phone number is too short; emergency and short numbers are refused")


def _parsed(text: str, region: str | None) -> phonenumbers.PhoneNumber:
    if region is None and text[0] not in "+\uff0b":
        raise ValueError(
            "the phone number has no country; begin it with + and the country's code: +14155550123"
        )
    try:
        return phonenumbers.parse(text, region)
    except NumberParseException as error:
        if error.error_type == NumberParseException.TOO_LONG:
            raise ValueError("the phone number has too many digits") from None
        raise ValueError("the phone number begins with no country's code") from None
