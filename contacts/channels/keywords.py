"""What a reply asks for by keyword: to stop, to start again, for help, or for a person to look."""

import re
import unicodedata
from enum import StrEnum


class Asked(StrEnum):
    OPT_OUT = "opt_out"  # stop this channel
    OPT_IN = "opt_in"  # start it again
    HELP = "help"
    REVIEW = "review"  # a word of opting out inside a sentence: a person decides
    NONE = "none"  # an ordinary reply


# The words of Twilio, the carriers and AWS, and the same in the languages we write in.
_OPT_OUT = frozenset(
    word.strip()
    for line in (
        "stop; stopall; stop all; unsubscribe; unsub; end; quit; cancel; revoke; optout; opt out",
        "opt me out; remove; remove me; unsubscribe me; leave me alone; td; arret; arrêt; stopp",
        "alto; parar; pare; baja; cancelar; sair; desabonner; désabonner; abmelden; abbestellen",
        "afmelden; disiscrivimi; stoppen",
        "стоп; отписаться; отписка; отпишите; отпишите меня; хватит; не пишите; не пишите мне",
        "не присылайте; удалите меня; прекратите",
        "спыніць; спыніце; адпісацца; адпішыце; адпішыце мяне; адпіска; не пішыце; не пішыце мне",
        "बंद; बंद करो; बंद करें; बंद कर दो; रोको; रोकें; रोक; मत भेजो; संदेश मत भेजो",
        "रोक्नुहोस्; बन्द; बन्द गर्नुहोस्; नपठाउनुहोस्",
        "停止; 退订; 退訂; 取消",
    )
    for word in line.split(";")
)
_OPT_IN = frozenset({"start", "unstop", "yes", "старт", "да", "так", "शुरू", "हाँ", "सुरु"})
_HELP = frozenset(
    {"help", "info", "ayuda", "aide", "hilfe", "помощь", "справка", "дапамога", "मदद", "सहायता"}
)

# Words around a request that change nothing about it.
_POLITE = frozenset(
    {
        *("please", "pls", "plz", "thanks", "thank", "you", "hi", "hello", "hey", "ok", "okay"),
        *("now", "again", "anymore", "any", "more", "ever", "at", "all", "immediately"),
        *("пожалуйста", "больше", "калі", "ласка", "больш", "कृपया"),
    }
)

# Requests in free words that mean it beyond doubt; matched against the whole reply.
_REQUESTS = re.compile(
    r"""
    (?:you\ )?(?:can\ you\ )?(?:stop|quit|cease)\ (?:sending|texting|messaging|emailing|mailing
        |contacting|calling|writing)(?:\ (?:to|me|us|texts|messages|emails|mails|these|this|such))*
  | (?:do\ not|dont|never)\ (?:ever\ )?(?:text|message|contact|email|mail|write|send|bother)
        (?:\ (?:to|me|us|anything|texts|messages|emails|mails))*
  | (?:remove|delete|take)\ (?:me|my\ (?:number|email|address|name))
        (?:\ (?:off|from|out|of|your|the|this|all|any|mailing|sms|text|email|lists?))*
  | (?:unsubscribe|unsub|opt\ out|opt\ me\ out)
        (?:\ (?:me|from|of|your|the|this|all|these|lists?|messages|texts|emails|everything))*
  | (?:cancel|end|stop)\ (?:my\ |these\ |the\ |all\ )*(?:subscription|messages|texts|emails|sms)
  | i\ (?:want|wish|would\ like|d\ like|need)\ to\ (?:unsubscribe|opt\ out|stop\ receiving)
        (?:\ (?:these|your|from|the|all|any|messages|texts|emails|lists?))*
  | lose\ my\ number | no\ more\ (?:texts|messages|emails|mails|sms)
  | не\ (?:пишите|присылайте|шлите|беспокойте)(?:\ (?:мне|меня|больше|письма|смс|сообщения))*
  | (?:मुझे\ )?(?:संदेश|मैसेज|ईमेल)\ (?:मत|न|ना)\ (?:भेजो|भेजें|भेजिए)
    """,
    re.VERBOSE,
)
# Any of these inside other words: a machine must not decide, and must not go on as if unsaid.
_DOUBTFUL = re.compile(
    r"\b(?:stop|stopp\w+|unsub\w*|opt(?:ed|ing)? ?(?:me )?out|quit|revoke|remove me|cancel\w*|spam"
    r"|harass\w*|(?:do not|dont|never) (?:text|contact|email|mail|message|write)"
    r"|no more (?:texts|messages|emails)|leave me alone|stpo|sotp|stoop|stahp"
    r"|стоп|отпи(?:сать|ши|ска)\w*|не пишите|хватит|спам|адпі(?:сац|шы)\w*|не пішыце)\b"
    r"|बंद कर|मत भेज|बन्द गर"
)


def classify(text: str) -> Asked:
    """What `text`, an SMS or the new part of an e-mail reply, asks for."""
    words = _plain(text)
    request = _without_politeness(words)
    if _asks_to_stop(request):
        return Asked.OPT_OUT
    if " ".join(words) in _OPT_IN:
        return Asked.OPT_IN
    if " ".join(words) in _HELP:
        return Asked.HELP
    return Asked.REVIEW if _DOUBTFUL.search(" ".join(words)) else Asked.NONE


def _asks_to_stop(words: list[str]) -> bool:
    whole = " ".join(words)
    if whole in _OPT_OUT or _REQUESTS.fullmatch(whole):
        return True
    if words and all(len(word) == 1 for word in words):  # S T O P
        return "".join(words) in _OPT_OUT
    return bool(words) and all(word in _OPT_OUT for word in words)  # STOP STOP


def _plain(text: str) -> list[str]:
    """The words in lower case: no emoji, no zero-width characters, wide forms made narrow."""
    folded = unicodedata.normalize("NFKC", text[:2000]).casefold()
    return "".join(_kept(character) for character in folded).split()


def _kept(character: str) -> str:
    if character in "'\u2018\u2019`":  # "don't" is one word, whatever its apostrophe
        return ""
    category = unicodedata.category(character)
    if category == "Cf":  # zero-width and direction marks
        return ""
    # Variation selectors and keycaps are marks (M) that only emoji carry here.
    if category[0] == "M" and ("\ufe00" <= character <= "\ufe0f" or character == "\u20e3"):
        return ""
    return character if category[0] in "LMN" else " "


def _without_politeness(words: list[str]) -> list[str]:
    first, last = 0, len(words)
    while first < last and words[first] in _POLITE:
        first += 1
    while last > first and words[last - 1] in _POLITE:
        last -= 1
    return words[first:last]
