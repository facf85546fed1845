"""Which of a message's languages a customer gets, and in which manner its dates are written."""

from collections.abc import Collection

DEFAULT = ""
"""The files without a language in their names."""


def normal(locale: str) -> str:
    """`hi_IN` and `HI-in` are both `hi-in`."""
    return locale.replace("_", "-").lower()


def chosen(wanted: str, there: Collection[str], default_locale: str) -> str | None:
    """The best of the languages `there`: hi-IN, else hi, else the files without one."""
    parts = normal(wanted).split("-")
    for count in range(len(parts), 0, -1):
        candidate = "-".join(parts[:count])
        if candidate in there:
            return candidate
    if DEFAULT in there:
        return DEFAULT
    language = normal(default_locale)
    return language if language in there else None


def language_of(variant: str, default_locale: str) -> str:
    return variant or default_locale


def written_in(variant: str, wanted: str, default_locale: str) -> str:
    """The locale of the message's dates and amounts: the customer's, if it is the same language.

    A customer of fr-BE who gets the English files reads English dates in them.
    """
    language = language_of(variant, default_locale)
    same = normal(wanted).split("-")[0] == normal(language).split("-")[0]
    return wanted.replace("_", "-") if same else language
