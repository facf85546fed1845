"""How many segments an SMS takes, as Twilio counts them with Smart Encoding."""

_GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    "ÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_TWICE = frozenset("^{}\\[~]|€\f")
# What Smart Encoding replaces: the signs that a word processor puts in by itself.
_SMART = str.maketrans(
    {
        "\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"', "\u2013": "-", "\u2014": "-",
        "\u2026": "...", "\u00a0": " ", "\u202f": " ", "\u2022": "-", "`": "'",
    }
)  # fmt: skip


def segments_of(body: str, *, smart: bool) -> int:
    text = body.translate(_SMART) if smart else body
    if all(character in _GSM or character in _GSM_TWICE for character in text):
        units = len(text) + sum(character in _GSM_TWICE for character in text)
        return 1 if units <= 160 else -(-units // 153)
    units = len(text.encode("utf-16-le")) // 2
    return 1 if units <= 70 else -(-units // 67)
